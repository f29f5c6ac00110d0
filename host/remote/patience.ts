/** How long a caller waits for one call. */
export interface Patience {
  /** Milliseconds for the answer; `Infinity` for as long as it takes. @default that of all calls */
  readonly timeout?: number | undefined;
  /** Gives the call up. */
  readonly signal?: AbortSignal | undefined;
}
