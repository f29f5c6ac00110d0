import { printable } from "./printable.ts";

/** Bytes, in UTF-8, of a message. */
const LONGEST = 16_384;

/**
 * What a fault of the contract is about:
 * - `argument`: a value that the host was given does not fit its type,
 * - `guest`: the guest handed over something that breaks the Canonical ABI (a trap),
 * - `manifest`: the module's description of itself cannot be used,
 * - `schema`: a state schema cannot be used, or does not lead where it should,
 * - `snapshot`: bytes that should hold state do not.
 */
export type AbiFault = "argument" | "guest" | "manifest" | "schema" | "snapshot";

/**
 * What this folder throws. The host says what it was doing and what is true now, in a `PluginError` that has
 * this as its cause.
 */
export class AbiError extends Error {
  override readonly name = "AbiError";
  readonly fault: AbiFault;
  /** Where in a value, when it is about one: `parameter entries[3].name`. The message begins with it. */
  readonly place: string | undefined;
  /** What would mend it, in several lines, some of them code. */
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
