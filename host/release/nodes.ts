/** The nodes of a fabric, as they reported themselves. */
import type { Fabric } from "../fabric/fabric.ts";
import { NODES } from "./address.ts";
import { type Mirroring, mirroringOf } from "./mirroring.ts";
import { planIn } from "./plans.ts";
import { readRecord } from "./record.ts";
import { type NodeReport, nodeSchema } from "./reports.ts";

/**
 * The nodes that have reported themselves, and not said that they end. One whose `at` lies many of its intervals back
 * is gone, as a rule.
 *
 * @throws PluginError `bad-peer`; those of the fabric
 */
export async function nodesIn(fabric: Fabric): Promise<NodeReport[]> {
  const keys = await fabric.kv.keys(NODES);
  const entries = await Promise.all(keys.map((key) => fabric.kv.get(key)));
  return entries.flatMap((entry) => (entry ? readRecord(nodeSchema, entry, `the record ${entry.key}`) : []));
}

/**
 * What the mirror of a plugin came to, on all nodes together, since it began on each.
 *
 * @returns nothing where its plan has none
 * @throws PluginError `bad-peer`; those of the fabric
 */
export async function mirrorIn(fabric: Fabric, name: string): Promise<Mirroring | undefined> {
  const mirror = (await planIn(fabric, name))?.mirror;
  return mirror === undefined ? undefined : mirroringOf(await nodesIn(fabric), name, mirror);
}
