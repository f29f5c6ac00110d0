import { printable } from "./printable.ts";

/** The longest message, in UTF-8 bytes. */
const LONGEST = 16_384;

/**
 * The side of the contract that is at fault:
 * - `argument`: a value that the host was given does not fit its type,
 * - `guest`: the guest passed something that breaks the Canonical ABI (a trap),
 * - `manifest`: the module's manifest is unusable,
 * - `schema`: a state schema is unusable, or leads to no schema of the other side,
 * - `snapshot`: bytes that should be a state are not.
 */
export type AbiFault = "argument" | "guest" | "manifest" | "schema" | "snapshot";

/**
 * The error class of this folder. The host wraps it as the cause of a `PluginError`, which adds what the host
 * was doing and what is true now.
 */
export class AbiError extends Error {
  override readonly name = "AbiError";
  readonly fault: AbiFault;
  /**
   * The place in a value, if the error is about one: `parameter entries[3].name`. The message begins with it.
   */
  readonly place: string | undefined;
  /** What would mend it: several lines, some of them code. */
  readonly advice: string | undefined;

  constructor(
    fault: AbiFault,
    message: string,
    options?: ErrorOptions & { readonly place?: string; readonly advice?: string },
  ) {
    super(printable(message, LONGEST), options);
    this.fault = fault;
    this.place = options?.place;
    this.advice = options?.advice;
  }
}
