/** The one error of this library, and what is said of others. */

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

/** Bytes, in UTF-8, of a message: of a text from elsewhere in it there are 4 KiB at most. */
const LONGEST = 16_384;

/**
 * The one error of this library. Its message reads `[code] could not X: Y; Z`, where Z says what is true now. Where
 * there is something to write, the message goes on with `advice`, below an empty line. Whatever texts of modules, guests
 * and peers are in it, it can be printed anywhere: the message is one line of at most 16 KiB, and every control character
 * is escaped.
 */
export class PluginError extends Error {
  override readonly name = "PluginError";
  readonly code: ErrorCode;
  /** The message in one line, without its code and without the advice. */
  readonly rawMessage: string;
  /** The phase of the swap that failed. */
  readonly phase: Phase | undefined;
  /** With code `guest-error`: what the plugin answered as its error, lifted. */
  readonly payload: unknown;
  /** With a refused swap: its event record, the same that listeners get. */
  readonly record: Transition | undefined;
  /** With `incompatible-state`: what an author could write so that the state crosses. */
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

/** What an unknown thrown value says of itself, for messages: one line, and never long. */
export function reason(error: unknown): string {
  return printable(said(error));
}

/** The same in full, for those to whom it is a value. Anything can be thrown, and reading it may throw again. */
export function said(error: unknown): string {
  try {
    return error instanceof Error ? String(error.message || error.name) : String(error);
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
