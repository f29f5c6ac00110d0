/** Every code that a `PluginError` can carry. `docs/errors.md` has a heading for each. */
export const CODES = [
  // the source and the module
  "not-found",
  "unavailable",
  "not-wasm",
  "component",
  "invalid-module",
  "no-manifest",
  "bad-manifest",
  "abi-too-new",
  "abi-too-old",
  // what the two sides want of each other
  "bad-contract",
  "mismatch",
  "missing-grant",
  "bad-grant",
  "no-suspension",
  // calls
  "argument",
  "guest",
  "trapped",
  "swapping",
  "reentrant",
  "queue-full",
  "asynchronous",
  "closed",
  "crash-loop",
  // stores
  "bad-store",
  "store-failed",
  "store-locked",
  // swaps and state
  "busy",
  "quarantined",
  "probation",
  "permanent",
  "unreplayable",
  "no-state",
  "incompatible-state",
  "bad-snapshot",
  "failed-start",
  "failed-save",
  "failed-restore",
  "failed-check",
  "failed-verify",
  "deadline",
  "aborted",
  "internal",
] as const;

export type ErrorCode = (typeof CODES)[number];

/** Where a swap was when it ended. */
export type Phase = "prepare" | "quiesce" | "save" | "restore" | "check" | "commit" | "cutover" | "probation";

export interface PluginErrorOptions extends ErrorOptions {
  readonly phase?: Phase | undefined;
  readonly payload?: unknown;
  readonly record?: object | undefined;
  readonly advice?: string | undefined;
}

/**
 * The one error of this library. Its message reads `[code] could not X: Y; Z`, where Z says what is true now. Where
 * there is something to write, the message goes on with `advice`, below an empty line.
 */
export class PluginError extends Error {
  override readonly name = "PluginError";
  readonly code: ErrorCode;
  /** The phase of the swap that failed. */
  readonly phase: Phase | undefined;
  /** With code `guest`: what the plugin answered as its error, lifted. */
  readonly payload: unknown;
  /** With a refused swap: its event record, the same that listeners get. */
  readonly record: object | undefined;
  /** With `incompatible-state`: what an author could write so that the state crosses. */
  readonly advice: string | undefined;

  constructor(code: ErrorCode, message: string, options: PluginErrorOptions = {}) {
    super(
      `[${code}] ${message}${options.advice ? `\n\n${options.advice}` : ""}`,
      "cause" in options ? { cause: options.cause } : undefined,
    );
    this.code = code;
    this.phase = options.phase;
    this.payload = options.payload;
    this.record = options.record;
    this.advice = options.advice;
  }
}

/** What an unknown thrown value says of itself. */
export function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** What an error says in one line, without its code and without its advice. */
export function detail({ message, advice }: PluginError): string {
  const line = advice ? message.slice(0, -`\n\n${advice}`.length) : message;
  return line.replace(/^\[[a-z-]+\] /, "");
}
