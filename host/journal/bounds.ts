/** Bounds of what a journal keeps. */

export interface JournalBounds {
  /** @default 100_000 */
  readonly calls?: number;
  /** Bytes that it keeps: arguments and host answers as value bytes, and 12 for each call and answer. @default 67_108_864 */
  readonly bytes?: number;
}

/** A bound, and the option that sets it. */
interface Bound {
  readonly most: number;
  readonly option: string;
}

export interface Bounds {
  readonly calls: Bound;
  readonly bytes: Bound;
}

export interface BoundsOptions {
  /** Where it is given: `probation.journal`. */
  readonly option: string;
  /** @default 100_000 */
  readonly calls?: number;
  /** Bytes that the plugin's journal may keep. */
  readonly maxBytes: number;
}

/** The bounds that were given, and the usual ones beside them. */
export function boundsOf(given: JournalBounds | undefined, options: BoundsOptions): Bounds {
  const { option, calls = 100_000, maxBytes } = options;
  return {
    calls: { most: given?.calls ?? calls, option: `${option}.calls` },
    bytes:
      given?.bytes === undefined
        ? { most: maxBytes, option: "maxJournalBytes" }
        : { most: given.bytes, option: `${option}.bytes` },
  };
}

/** `it holds 10 of 10 calls (probation.journal.calls) and 1,200 of 67,108,864 bytes (maxJournalBytes)` */
export function held(bounds: Bounds, calls: number, bytes: number): string {
  const part = (count: number, what: string, { most, option }: Bound) =>
    `${count.toLocaleString("en-US")} of ${most.toLocaleString("en-US")} ${what} (${option})`;
  return `it holds ${part(calls, "calls", bounds.calls)} and ${part(bytes, "bytes", bounds.bytes)}`;
}
