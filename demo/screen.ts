/**
 * What people see: lines that stay, and on a terminal a few live rows under them, drawn anew in place. Anywhere
 * else there are plain lines alone.
 */
import { wrap } from "./wrap.ts";

/** `0` to `4` are the hues of generations, in turn. */
export type Style = "plain" | "bold" | "dim" | "good" | "refused" | 0 | 1 | 2 | 3 | 4;

/** Pieces of one row, from left to right. */
export type Row = readonly (readonly [text: string, style?: Style | undefined])[];

/** The characters of pictures: those of Unicode, or such as every terminal has. */
export interface Glyphs {
  readonly good: string;
  readonly refused: string;
  readonly plain: string;
  readonly back: string;
  readonly more: string;
  /** The parts of a timeline: the first column of a generation, its others, and what has not come yet. */
  readonly begin: string;
  readonly bar: string;
  readonly rest: string;
  /** From nothing to all. */
  readonly levels: string;
}

const UNICODE: Glyphs = {
  good: "✓",
  refused: "✗",
  plain: "·",
  back: "↩",
  more: "…",
  begin: "┣",
  bar: "━",
  rest: "─",
  levels: "▁▂▃▄▅▆▇█",
};
const ASCII: Glyphs = {
  good: "+",
  refused: "x",
  plain: "-",
  back: "<",
  more: "~",
  begin: "|",
  bar: "=",
  rest: ".",
  levels: "_.-=^",
};

/** By the number of colours: 256, or 16. The same hues as in `docs/run.svg`. */
const CODES: Readonly<Record<Style, readonly [many: string, few: string]>> = {
  plain: ["", ""],
  bold: ["1", "1"],
  dim: ["2", "2"],
  good: ["38;5;72", "32"],
  refused: ["38;5;179", "33"],
  0: ["38;5;252", "37"],
  1: ["38;5;209", "31"],
  2: ["38;5;111", "34"],
  3: ["38;5;79", "36"],
  4: ["38;5;180", "35"],
};

/** What the demo needs of a standard stream. */
export interface Out {
  write(text: string): unknown;
  on(event: "resize", listener: () => void): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
  getColorDepth?(env?: object): number;
}

/** Milliseconds between two pictures. */
const EVERY = 50;

export class Screen {
  readonly glyphs: Glyphs;
  readonly #out: Out;
  readonly #depth: number;
  #rows: ((columns: number) => readonly Row[]) | undefined;
  /** The columns of each row as it was drawn. */
  #drawn: number[] = [];
  #last = 0;

  constructor(out: Out, env: NodeJS.ProcessEnv = process.env) {
    this.#out = out;
    // A pipe leads to a file or a program, whatever this terminal can show.
    this.glyphs = !out.isTTY || hasUnicode(env) ? UNICODE : ASCII;
    this.#depth = depthOf(out, env);
    if (out.isTTY) out.on("resize", () => this.#draw());
  }

  /** Whether rows can be drawn in place. */
  get live(): boolean {
    return this.#out.isTTY === true;
  }

  get columns(): number {
    return this.#out.columns || 80;
  }

  /**
   * Prints a line that stays, above the live rows.
   *
   * @param how on a terminal `cut` keeps it in one row, and `fold` wraps it between words; elsewhere it is as it is
   */
  say(text: string, style: Style = "plain", how: "cut" | "fold" = "fold"): void {
    this.#erase();
    const columns = this.columns;
    const fitting = !this.live ? text : how === "fold" ? wrap(text, columns, 2) : this.cut(text, columns);
    this.#out.write(`${this.#painted(fitting, style)}\n`);
    this.#draw();
  }

  /** Draws the live rows, unless they were drawn a moment ago. */
  show(rows: (columns: number) => readonly Row[]): void {
    this.#rows = rows;
    const now = performance.now();
    if (now - this.#last >= EVERY) this.#draw();
  }

  /** Ends the live rows, which stay as a last picture if that is wanted. */
  end({ keep = false } = {}): void {
    if (keep) this.#draw();
    else this.#erase();
    this.#drawn = [];
    this.#rows = undefined;
  }

  /** Text in at most so many columns; the last one says when there was more. */
  cut(text: string, columns: number): string {
    return text.length <= columns ? text : `${text.slice(0, Math.max(0, columns - 1))}${this.glyphs.more}`;
  }

  #draw(): void {
    if (!this.live || !this.#rows) return;
    this.#last = performance.now();
    const columns = this.columns;
    const rows = this.#rows(columns).map((row) => this.#fit(row, columns));
    this.#erase();
    this.#drawn = rows.map((row) => row.reduce((sum, [text]) => sum + text.length, 0));
    const lines = rows.map((row) => row.map(([text, style]) => this.#painted(text, style)).join(""));
    this.#out.write(`${lines.join("\n")}\n`);
  }

  /** A terminal that became narrower has wrapped what was drawn. */
  #erase(): void {
    if (this.#drawn.length === 0) return;
    const columns = this.columns;
    const up = this.#drawn.reduce((sum, width) => sum + Math.max(1, Math.ceil(width / columns)), 0);
    this.#out.write(`\r\x1b[${up}A\x1b[J`);
    this.#drawn = [];
  }

  #fit(row: Row, columns: number): Row {
    let room = columns;
    return row.flatMap(([text, style]) => {
      if (room <= 0) return [];
      const fitting = this.cut(text, room);
      room -= fitting.length;
      return [[fitting, style] as const];
    });
  }

  #painted(text: string, style: Style = "plain"): string {
    const code = CODES[style][this.#depth >= 8 ? 0 : 1];
    if (this.#depth < 4 || code === "" || text === "") return text;
    return text
      .split("\n")
      .map((line) => `\x1b[${code}m${line}\x1b[0m`)
      .join("\n");
  }
}

/** The bits of a colour: 1 for none. An empty NO_COLOR is as good as none, which not every Node knows. */
function depthOf(out: Out, { NO_COLOR, ...env }: NodeJS.ProcessEnv): number {
  return out.isTTY && !NO_COLOR && env.TERM !== "dumb" ? (out.getColorDepth?.(env) ?? 1) : 1;
}

/** Whether the terminal shows block characters. */
function hasUnicode(env: NodeJS.ProcessEnv): boolean {
  if (process.platform === "win32") return Boolean(env.WT_SESSION || env.TERM_PROGRAM || env.TERM);
  // The console of Linux has a small font.
  if (env.TERM === "linux" || env.TERM === "dumb") return false;
  return /utf-?8/i.test(env.LC_ALL || env.LC_CTYPE || env.LANG || "");
}

/** Text of a log without control characters, which could steer the terminal. */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
  return text.replace(/[\x00-\x08\x0b-\x1f\x7f-\x9f]/g, "�");
}

export function count(n: number): string {
  return n.toLocaleString("en-US");
}

/** A piece of a row that is not broken. */
export type Piece = readonly [text: string, style: Style];

/** Pieces in as few rows as there is room for, in their order. */
export function gathered(pieces: readonly Piece[], columns: number, { plain }: Glyphs): Row[] {
  const between = `  ${plain}  `;
  const rows: Piece[][] = [];
  let used = columns + 1;
  for (const piece of pieces) {
    const more = between.length + piece[0].length;
    if (used + more > columns) {
      rows.push([piece]);
      used = piece[0].length;
    } else {
      rows.at(-1)!.push([between, "dim"], piece);
      used += more;
    }
  }
  return rows;
}
