/** The lines that a plugin may write: each of a length, and so many a second. */
import { checkAmount, optionsOf } from "../option.ts";
import { after, now } from "../timer.ts";

export interface LogOptions {
  /** Bytes of a line, in UTF-8; the rest of a longer one is left out, and the line says how much. @default 16_384 */
  readonly lineBytes?: number;
  /**
   * Lines that each version may write in a second. What is more is left out, and told in one line when the second is
   * over: `250 lines were left out ...`, as a warning.
   * @default 10_000
   */
  readonly linesPerSecond?: number;
}

type Bounds = Required<LogOptions>;

/** @throws PluginError `argument` */
export function logBounds(options: LogOptions | undefined): Bounds {
  const { lineBytes = 16_384, linesPerSecond = 10_000 } = optionsOf(options, "log");
  checkAmount(lineBytes, "lineBytes", "bytes from 0 up, or Infinity for any number");
  checkAmount(linesPerSecond, "linesPerSecond", "lines from 0 up, or Infinity for any number");
  return { lineBytes, linesPerSecond };
}

const SECOND = 1_000;

export class LogLines {
  readonly #bounds: Bounds;
  readonly #tell: (message: string) => void;
  /** When the second began, the lines that were written in it, and those that were left out. */
  #since = Number.NEGATIVE_INFINITY;
  #written = 0;
  #left = 0;

  /** @param tell called with what was left out */
  constructor(bounds: Bounds, tell: (message: string) => void) {
    this.#bounds = bounds;
    this.#tell = tell;
  }

  /** The line, as it may be written; nothing where it may not. */
  take(message: string): string | undefined {
    const { lineBytes, linesPerSecond } = this.#bounds;
    if (linesPerSecond === Number.POSITIVE_INFINITY) return shortened(message, lineBytes);
    const at = now();
    if (at - this.#since >= SECOND) {
      this.tellLeft();
      this.#since = at;
      this.#written = 0;
    }
    if (this.#written < linesPerSecond) {
      this.#written++;
      return shortened(message, lineBytes);
    }
    if (this.#left++ === 0) {
      const rest = Math.max(0, this.#since + SECOND - at);
      after(rest, () => this.tellLeft(), { name: "linesPerSecond", unref: true });
    }
    return undefined;
  }

  /** Tells of the lines that were left out, if there are any. */
  tellLeft(): void {
    const left = this.#left;
    if (left === 0) return;
    this.#left = 0;
    const { linesPerSecond } = this.#bounds;
    const found = (this.#written + left).toLocaleString("en-US");
    this.#tell(
      `${left.toLocaleString("en-US")} lines were left out: found ${found} lines in a second, wanted at most ${linesPerSecond.toLocaleString("en-US")} (linesPerSecond)`,
    );
  }
}

function shortened(message: string, most: number): string {
  // No character takes more than three bytes for each of its code units.
  if (message.length * 3 <= most) return message;
  const room = Math.min(most, 3 * message.length);
  const { read } = new TextEncoder().encodeInto(message, new Uint8Array(room));
  if (read === message.length) return message;
  return `${message.slice(0, read)}… (${message.length - read} of ${message.length} characters left out: wanted at most ${most} bytes, lineBytes)`;
}
