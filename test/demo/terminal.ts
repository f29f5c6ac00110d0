/** A terminal, as far as the demo's output needs one: text, line ends, the cursor up, erasing, and wrapping. */
import { EventEmitter } from "node:events";

/** What may be sent; styles take no room. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: terminals are told what to do by them
const SENT = /\x1b\[(?:(\d+)A|(J)|[\d;]*m)|([\r\n])|([^\x1b\r\n]+)/g;

export class Terminal extends EventEmitter {
  readonly isTTY = true;
  columns: number;
  readonly #depth: number;
  /** What it was sent. */
  sent = "";
  #lines: string[] = [""];
  #row = 0;

  constructor(columns: number, depth = 1) {
    super();
    this.columns = columns;
    this.#depth = depth;
  }

  getColorDepth(): number {
    return this.#depth;
  }

  write(text: string): boolean {
    this.sent += text;
    for (const [, up, erase, end, plain] of text.matchAll(SENT)) {
      if (up) this.#row = Math.max(0, this.#row - Number(up));
      if (erase) this.#lines.length = this.#row;
      if (end === "\n") this.#row++;
      if (plain) this.#put(plain);
      this.#lines[this.#row] ??= "";
    }
    return true;
  }

  /** Other columns: what is there is wrapped anew. */
  resize(columns: number): void {
    this.#lines = this.#lines.flatMap((line) => this.#wrapped(line, columns));
    this.#row = this.#lines.length - 1;
    this.columns = columns;
    this.emit("resize");
  }

  /** The rows, from the first that was ever printed. */
  get rows(): readonly string[] {
    return this.#lines;
  }

  #put(text: string): void {
    const [first = "", ...rest] = this.#wrapped(text, this.columns);
    this.#lines[this.#row] = `${this.#lines[this.#row] ?? ""}${first}`;
    for (const each of rest) this.#lines[++this.#row] = each;
  }

  #wrapped(text: string, columns: number): string[] {
    return text.length <= columns
      ? [text]
      : [text.slice(0, columns), ...this.#wrapped(text.slice(columns), columns)];
  }
}
