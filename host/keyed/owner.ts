/** Who has a key, for people and tools. */
import type { Fabric } from "../fabric/fabric.ts";
import { checkKey } from "./address.ts";
import { recordOf } from "./record.ts";

export interface Owner {
  /** The node that has it; nothing where none does. */
  readonly node: string | undefined;
  /** It grows whenever another node has the key, or another version. */
  readonly epoch: number;
  /** The version whose state it is. */
  readonly version: string;
  /** Its state, as a snapshot. */
  readonly state: Uint8Array;
}

/**
 * Who has a key, and its state as the last call left it.
 *
 * @returns nothing for a key that was never called
 * @throws PluginError `argument`, `bad-peer`; those of the fabric
 */
export async function ownerOf(fabric: Fabric, name: string, key: string): Promise<Owner | undefined> {
  checkKey(key);
  const found = await recordOf(fabric, name, key);
  if (!found) return undefined;
  const { node, epoch, version } = found.head;
  return { node, epoch, version, state: found.bytes };
}
