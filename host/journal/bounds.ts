/** The bounds of a journal. */
import { describe } from "../../abi/canonical/memory.ts";
import { PluginError } from "../errors.ts";
import { checkAmount, checkBytes } from "../option.ts";

export interface JournalBounds {
  /** Calls that it keeps. @default 100_000 */
  readonly calls?: number;
  /**
   * Bytes that it keeps: arguments and host answers as value bytes, and 12 for each call and answer.
   * @default 67_108_864 (64 MiB)
   */
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
  /** The option's path, for messages: `probation.journal`. */
  readonly option: string;
  /** Calls where the option gives no number. @default 100_000 */
  readonly calls?: number;
  /** Bytes where the option gives no number: those of the plugin's journal. */
  readonly maxBytes: number;
}

/** The given bounds, completed by the defaults. @throws PluginError `argument` */
export function boundsOf(given: JournalBounds = {}, options: BoundsOptions): Bounds {
  const { option, calls: usual = 100_000, maxBytes } = options;
  if (typeof given !== "object" || given === null) {
    const wanted = "an object with calls and bytes, or without them";
    throw new PluginError("argument", `could not use ${option}: found ${describe(given)}, wanted ${wanted}`);
  }
  const { calls = usual, bytes } = given;
  checkAmount(calls, `${option}.calls`, "calls from 0 up, or Infinity for any number");
  return {
    calls: { most: calls, option: `${option}.calls` },
    bytes:
      bytes === undefined
        ? { most: maxBytes, option: "maxJournalBytes" }
        : { most: checkedBytes(bytes, `${option}.bytes`), option: `${option}.bytes` },
  };
}

/** @throws PluginError `argument` */
export function checkedBytes(value: unknown, option: string): number {
  checkBytes(value, option);
  return value;
}

/** `it holds 10 of 10 calls (probation.journal.calls) and 1,200 of 67,108,864 bytes (maxJournalBytes)` */
export function held(bounds: Bounds, calls: number, bytes: number): string {
  const part = (count: number, what: string, { most, option }: Bound) =>
    `${count.toLocaleString("en-US")} of ${most.toLocaleString("en-US")} ${what} (${option})`;
  return `it holds ${part(calls, "calls", bounds.calls)} and ${part(bytes, "bytes", bounds.bytes)}`;
}
