/** Changes as data of Avro: in files, and between a hub and those who use it. */
import type { Change } from "./fabric.ts";

/** The schema, in Avro's JSON form. */
export const CHANGE = {
  type: "record",
  name: "Change",
  fields: [
    { name: "key", type: "string" },
    // Of a deletion there is none.
    { name: "value", type: ["null", "bytes"] },
    { name: "revision", type: "long" },
  ],
} as const;

/** A change as `encode` takes it and `decode` gives it. */
export interface ChangeDatum {
  readonly key: string;
  readonly value: Uint8Array | null;
  readonly revision: bigint;
}

export function datumOf(change: Change): ChangeDatum {
  const { key, revision } = change;
  return { key, value: "value" in change ? change.value : null, revision: BigInt(revision) };
}

export function changeFrom({ key, value, revision }: ChangeDatum): Change {
  const own = { key, revision: Number(revision) };
  // It may be a part of a buffer of Node's.
  return value ? { ...own, value: new Uint8Array(value) } : { ...own, deleted: true };
}
