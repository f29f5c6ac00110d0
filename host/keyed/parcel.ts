/** Parcels: what is said about bytes, as one line of JSON, and the bytes. Records, calls and answers are parcels. */
import type * as z from "zod/mini";
import { PluginError } from "../errors.ts";
import { joined } from "../fabric/joined.ts";
import { readRecord, recordBytes } from "../release/record.ts";

const NEWLINE = 10;
/** Bytes of what is said: a key may be long, and all of it escaped. */
const MOST = 2 ** 14;
const NOTHING = new Uint8Array(0);

export interface Parcel<T> {
  readonly head: T;
  readonly bytes: Uint8Array;
}

export function parcel(head: unknown, bytes: Uint8Array = NOTHING): Uint8Array {
  return joined([recordBytes(head), Uint8Array.of(NEWLINE), bytes]);
}

/**
 * @param what it is, for messages: `the record of room-1`
 * @throws PluginError `bad-peer`
 */
export function readParcel<S extends z.ZodMiniType>(
  schema: S,
  whole: Uint8Array,
  what: string,
): Parcel<z.output<S>> {
  const end = whole.subarray(0, MOST).indexOf(NEWLINE);
  if (end < 0) throw new PluginError("bad-peer", `could not read ${what}: its first line does not end`);
  return {
    head: readRecord(schema, { value: whole.subarray(0, end) }, what),
    bytes: whole.subarray(end + 1),
  };
}
