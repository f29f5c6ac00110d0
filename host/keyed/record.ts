/** The record of a key: who has it, and its state. It changes by compare-and-set alone. */
import { PluginError } from "../errors.ts";
import type { Fabric } from "../fabric/fabric.ts";
import { ownerKey } from "./address.ts";
import { type Parcel, parcel, readParcel } from "./parcel.ts";
import { type Owned, ownedSchema } from "./said.ts";

/** A record as it was read; its revision fences: who writes by it is told whether anybody wrote since. */
export interface Found extends Parcel<Owned> {
  readonly revision: number;
}

/** @throws PluginError `bad-peer`; those of the fabric */
export async function recordOf(fabric: Fabric, name: string, key: string): Promise<Found | undefined> {
  const entry = await fabric.kv.get(await ownerKey(name, key));
  if (!entry) return undefined;
  const what = `the record of ${JSON.stringify(key)} of ${name}`;
  const { head, bytes } = readParcel(ownedSchema, entry.value, what);
  if (head.key === key) return { head, bytes, revision: entry.revision };
  throw new PluginError("bad-peer", `could not read ${what}: it is that of ${JSON.stringify(head.key)}`);
}

/**
 * @param revision of the last change; nothing for a key that has no record
 * @returns its new revision, or nothing where somebody else changed it
 * @throws PluginError `too-large` where it surely was not written; those of the fabric where it may have been
 */
export async function writeRecord(
  fabric: Fabric,
  name: string,
  { head, bytes }: Parcel<Owned>,
  revision: number | undefined,
): Promise<number | undefined> {
  const value = parcel(head, bytes);
  if (value.length > fabric.maxMessageBytes) {
    const why = `it has ${bytes.length} bytes, and a value of ${fabric.shown} has at most ${fabric.maxMessageBytes}`;
    throw new PluginError("too-large", `could not save the state of ${JSON.stringify(head.key)}: ${why}`);
  }
  const at = await ownerKey(name, head.key);
  return revision === undefined ? fabric.kv.create(at, value) : fabric.kv.update(at, value, revision);
}
