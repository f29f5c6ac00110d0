/** Transports: how one request is sent, and its answer read, where this runs. */

/** What can go wrong, as the plugin's error begins. */
export type HttpFault =
  | "denied"
  | "invalid"
  | "too-large"
  | "busy"
  | "timed-out"
  | "unreachable"
  | "malformed"
  | "closed";

/** One request to one origin, which was found to be allowed. */
export interface Hop {
  readonly url: URL;
  readonly method: string;
  /** With names in lower case, each once. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** The most bytes of the answer's body, as it comes and decoded. */
  readonly maxResponseBytes: number;
  readonly maxHeaderBytes: number;
  /** Its reason is the error to fail with. */
  readonly signal: AbortSignal;
  /** Why an address that the name leads to may not be connected to, if so. */
  refusal(address: string): string | undefined;
  /** Makes an error for the plugin. */
  failure(fault: HttpFault, why: string, cause?: unknown): Error;
}

/** The answer of one hop. */
export interface Reply {
  readonly status: number;
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Decoded. */
  readonly body: Uint8Array;
}

export interface HttpTransport {
  /** Whether it asks `refusal` for the address that it connects to, and sees redirects. */
  readonly checks: boolean;
  /** @throws what `hop.failure` makes, or the reason of `hop.signal` */
  send(hop: Hop): Promise<Reply>;
}
