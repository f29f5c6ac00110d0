/** The one error of this library, and what is said of others. */
import type { Code, Phase } from "./codes.ts";
import type { SwapRecord } from "./record.ts";

export { CODES, type Code, PHASES, type Phase } from "./codes.ts";

export interface PluginErrorOptions extends ErrorOptions {
  readonly phase?: Phase | undefined;
  readonly payload?: unknown;
  readonly record?: SwapRecord | undefined;
  readonly advice?: string | undefined;
}

/**
 * The one error of this library. Its message reads `[code] could not X: Y; Z`, where Z says what is true now. Where
 * there is something to write, the message goes on with `advice`, below an empty line.
 */
export class PluginError extends Error {
  override readonly name = "PluginError";
  readonly code: Code;
  /** The message in one line, without its code and without the advice. */
  readonly rawMessage: string;
  /** The phase of the swap that failed. */
  readonly phase: Phase | undefined;
  /** With code `guest-error`: what the plugin answered as its error, lifted. */
  readonly payload: unknown;
  /** With a refused swap: its event record, the same that listeners get. */
  readonly record: SwapRecord | undefined;
  /** With `incompatible-state`: what an author could write so that the state crosses. */
  readonly advice: string | undefined;

  constructor(code: Code, message: string, options: PluginErrorOptions = {}) {
    super(
      `[${code}] ${message}${options.advice ? `\n\n${options.advice}` : ""}`,
      "cause" in options ? { cause: options.cause } : undefined,
    );
    this.code = code;
    this.rawMessage = message;
    this.phase = options.phase;
    this.payload = options.payload;
    this.record = options.record;
    this.advice = options.advice;
  }
}

/** What an unknown thrown value says of itself. Anything can be thrown, and reading it may throw again. */
export function reason(error: unknown): string {
  try {
    return error instanceof Error ? error.message || error.name : String(error);
  } catch {
    return `a value that cannot be shown (${typeof error})`;
  }
}

/** What an error says in one line, without its code and without its advice. */
export function detail({ rawMessage }: PluginError): string {
  return rawMessage;
}

/**
 * What is said of an error that nothing here foresaw: a fault of this library's own. No plugin, no grant and no store is
 * accused of it. It goes with the code `internal`.
 */
export function ownFault(error: unknown): string {
  const kind = error instanceof Error ? error.name : typeof error;
  return `moult itself failed: ${kind}: ${reason(error)}; please report it, with the stack of its cause`;
}
