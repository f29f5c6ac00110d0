/** Where a verb prints: results to one stream, everything about them to the other. */
import { styleText } from "node:util";
import { fold } from "./page/wrap.ts";
import { plainJson } from "./plain.ts";

export type Style = Parameters<typeof styleText>[0];

/** How much is printed. */
export interface Manner {
  /** Results as one JSON document; nothing else on standard output. @default false */
  readonly json?: boolean;
  /** Only results and errors. @default false */
  readonly quiet?: boolean;
  /** Also stack traces and other details for bug reports. @default false */
  readonly verbose?: boolean;
}

export interface Terminal extends Required<Manner> {
  /** Prints a line of the result, to standard output. */
  print(line?: string): void;
  /**
   * Prints the whole result as JSON, to standard output: 64-bit integers as numbers where exact, else as
   * text.
   */
  printJson(value: unknown): void;
  /** Prints one of many results as JSON, on a line of its own. */
  printRecord(value: unknown): void;
  /**
   * Prints a line about the work, to standard error; nothing when quiet. On a terminal it is wrapped between
   * words.
   *
   * @param indent the indentation of its further lines.
   * @default as far as the line itself is indented
   */
  say(line?: string, indent?: number): void;
  /** Prints a line about a failure, to standard error, wrapped as by `say`. */
  complain(line: string): void;
  /** Adds colours on a terminal, but not for pipes, or when `NO_COLOR` is set. */
  style(style: Style, text: string): string;
  /** Whether standard error is a terminal, so that progress can be drawn over. */
  readonly live: boolean;
  /** The width of standard output; 80 if it is not a terminal. */
  readonly columns: number;
  /** Fires at Ctrl-C, which has to end the work. */
  readonly signal: AbortSignal;
  /** The folder that paths are relative to. */
  readonly cwd: string;
  /** The environment's variables. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Standard input, where there is one. */
  readonly input: Input | undefined;
  /**
   * Runs work that may never return: all code of plugins in this thread. Until it has returned, Ctrl-C ends
   * the process at once, because a signal would not be handled.
   */
  blocking<T>(work: () => T | Promise<T>): Promise<T>;
}

/** The streams of a process, or a test's own. */
export interface Streams {
  readonly in?: Input;
  readonly out: Stream;
  readonly err: Stream;
}
export interface Input extends NodeJS.ReadableStream {
  readonly isTTY?: boolean;
}
export interface Stream {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

export interface TerminalOptions extends Manner {
  readonly signal: AbortSignal;
  /** @default the working directory */
  readonly cwd?: string;
  /** @default the process's: `NO_COLOR` and `FORCE_COLOR` are respected */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** @default runs it */
  readonly blocking?: Terminal["blocking"];
}

export function terminal({ in: input, out, err }: Streams, options: TerminalOptions): Terminal {
  const {
    json = false,
    quiet = false,
    verbose = false,
    signal,
    cwd = process.cwd(),
    env = process.env,
    blocking = async (work) => work(),
  } = options;
  const colours = wantsColours(out, env);
  // Read each time, because a terminal may be resized. A pipe has no width.
  const broken = ({ isTTY, columns }: Stream, text: string, indent?: number) =>
    isTTY === true && columns ? fold(text, columns, indent) : text;
  return {
    json,
    quiet,
    verbose,
    signal,
    cwd,
    env,
    input,
    blocking,
    live: err.isTTY === true && !json && !quiet,
    columns: out.columns ?? 80,
    print: (line = "") => void out.write(`${broken(out, line)}\n`),
    printJson: (value) => void out.write(`${plainJson(JSON.stringify(value, exact, 2))}\n`),
    printRecord: (value) => void out.write(`${plainJson(JSON.stringify(value, exact))}\n`),
    say: (line = "", indent = undefined) => {
      if (!quiet) err.write(`${broken(err, line, indent)}\n`);
    },
    complain: (line) => void err.write(`${broken(err, line)}\n`),
    style: (style, text) => (colours ? styleText(style, text, { validateStream: false }) : text),
  };
}

/** https://no-color.org: any value but the empty one means none. */
function wantsColours(stream: Stream, env: NonNullable<TerminalOptions["env"]>): boolean {
  if (env.NO_COLOR) return false;
  if (env.FORCE_COLOR) return env.FORCE_COLOR !== "0";
  return stream.isTTY === true && env.TERM !== "dumb";
}

/** JSON has no 64-bit integers: those that a number cannot hold become text. */
function exact(_: string, value: unknown): unknown {
  if (typeof value === "bigint") {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : String(value);
  }
  if (value instanceof Map) return [...value];
  if (value instanceof Set) return [...value];
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) return [...(value as Uint8Array)];
  return value;
}
