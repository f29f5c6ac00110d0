/** The one error class of this library, and how thrown values of others are described. */

import { escaped, printable } from "../abi/printable.ts";
import type { ErrorCode, Phase } from "./codes.ts";
import type { Transition } from "./transition.ts";

export { CODES, type ErrorCode, PHASES, type Phase } from "./codes.ts";

export interface PluginErrorOptions extends ErrorOptions {
  readonly phase?: Phase | undefined;
  readonly payload?: unknown;
  readonly record?: Transition | undefined;
  readonly advice?: string | undefined;
}

/** The longest message, in UTF-8 bytes. A text from elsewhere takes at most 4 KiB of it. */
const LONGEST = 16_384;

/**
 * The one error class of this library. Its message reads `[code] could not X: Y; Z`, where Z says what is
 * true now. Where there is something for the author to write, `advice` follows below an empty line. The
 * message is safe to print anywhere, whatever texts of modules, guests and peers it quotes: it is one line of
 * at most 16 KiB, with every control character escaped.
 */
export class PluginError extends Error {
  override readonly name = "PluginError";
  readonly code: ErrorCode;
  /** The message in one line, without its code and without the advice. */
  readonly rawMessage: string;
  /** The phase of the swap that failed. */
  readonly phase: Phase | undefined;
  /** With code `guest-error`: the payload of the `err` that the plugin answered, lifted. */
  readonly payload: unknown;
  /** With a refused swap: its record, the same object that listeners of `transition` get. */
  readonly record: Transition | undefined;
  /** With `incompatible-state`: code that the author could write so that the state crosses. */
  readonly advice: string | undefined;

  constructor(code: ErrorCode, message: string, options: PluginErrorOptions = {}) {
    const line = printable(message, LONGEST);
    const advice = options.advice?.split("\n").map(escaped).join("\n");
    super(
      `[${code}] ${line}${advice ? `\n\n${advice}` : ""}`,
      "cause" in options ? { cause: options.cause } : undefined,
    );
    this.code = code;
    this.rawMessage = line;
    this.phase = options.phase;
    this.payload = options.payload;
    this.record = options.record;
    this.advice = advice;
  }
}

/** A description of an unknown thrown value, for messages: one line, cut to a short length. */
export function reason(error: unknown): string {
  return printable(said(error));
}

/**
 * The same description in full, where it becomes a value. Anything can be thrown, and reading it may throw
 * again.
 */
export function said(error: unknown): string {
  try {
    if (error instanceof Error) return String(error.message || error.name);
    const { message } = (error ?? {}) as { readonly message?: unknown };
    return typeof message === "string" && message !== "" ? message : String(error);
  } catch {
    return `a value that cannot be shown (${typeof error})`;
  }
}

/** What was thrown; or an error in its place, where already asking what it is throws. */
export function thrown(error: unknown): unknown {
  try {
    void (error instanceof Error);
    return error;
  } catch {
    return new Error(said(error));
  }
}

/** The message of an error in one line, without its code and its advice. */
export function detail({ rawMessage }: PluginError): string {
  return rawMessage;
}

/**
 * A description of an error that this library did not foresee, and that is its own fault. No plugin, grant or
 * store is accused. Used with the code `internal`.
 */
export function ownFault(error: unknown): string {
  const kind = error instanceof Error ? error.name : typeof error;
  return `moult itself failed: ${kind}: ${reason(error)}; please report it, with the stack of its cause`;
}
