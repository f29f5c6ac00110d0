/** Plans as a fabric keeps them: read, watched, and changed by those who saw the last change. */
import { PluginError } from "../errors.ts";
import type { Entry, Fabric } from "../fabric/fabric.ts";
import { planKey } from "./address.ts";
import { frozen, type Plan, type Planned, planOf, planSchema } from "./plan.ts";
import { readRecord, recordBytes } from "./record.ts";
import { releaseOf } from "./release.ts";

/** How often a change is tried anew that others came before. */
const TRIES = 16;

/** @throws PluginError `bad-peer` */
export function readPlan(entry: Entry, name: string): Plan {
  return frozen({ ...readRecord(planSchema, entry, `the plan of ${name}`), revision: entry.revision });
}

/**
 * The plan of a plugin.
 *
 * @returns nothing where it has none yet
 * @throws PluginError `bad-peer`; those of the fabric
 */
export async function planIn(fabric: Fabric, name: string): Promise<Plan | undefined> {
  const entry = await fabric.kv.get(planKey(name));
  return entry && readPlan(entry, name);
}

/** The same for those who call it. @throws PluginError `not-found` where it has none yet; as `planIn` does */
export async function planToCall(fabric: Fabric, name: string): Promise<Plan> {
  const plan = await planIn(fabric, name);
  if (plan) return plan;
  const why = `it has no plan in ${fabric.shown}; publish a version, and roll it out`;
  throw new PluginError("not-found", `could not call ${name}: ${why}`);
}

/** The last plans of a plugin, 64 at most, the oldest first. */
export async function planHistory(fabric: Fabric, name: string): Promise<Plan[]> {
  return (await fabric.kv.history(planKey(name))).map((entry) => readPlan(entry, name));
}

/**
 * Changes the plan of a plugin, or makes its first one. Its salt stays where none is said. A rollout that is under way
 * ends when somebody else changes its shares.
 *
 * @param change gets the plan as it is; it is called again where others came first
 * @throws PluginError `not-found` for a version that was not published; `argument`; `busy` where others always come
 * first; those of the fabric
 * @example await changePlan(fabric, "visits", () => ({ "1.0.0": 90, "2.0.0": 10 }));
 */
export async function changePlan(
  fabric: Fabric,
  name: string,
  change: (plan: Plan | undefined) => Planned,
): Promise<Plan> {
  for (let i = 0; i < TRIES; i++) {
    const before = await planIn(fabric, name);
    const { rollout: _, ...after } = planOf(change(before), { salt: before?.salt });
    const same = before && isSamePlan(before, after) ? before.rollout : undefined;
    const written = await putPlan(fabric, name, { ...after, rollout: same }, before?.revision);
    if (written) return written;
  }
  const why = `it was changed by others ${TRIES} times meanwhile`;
  throw new PluginError("busy", `could not change the plan of ${name}: ${why}; nothing was changed`);
}

/**
 * Writes a plan in place of the one with this revision, or of none.
 *
 * @returns nothing where another one is there
 * @throws PluginError `not-found`; those of the fabric
 */
export async function putPlan(
  fabric: Fabric,
  name: string,
  { salt, split, rules, mirror, rollout }: Omit<Plan, "revision">,
  revision: number | undefined,
): Promise<Plan | undefined> {
  for (const { version } of split) {
    if (await releaseOf(fabric, name, version)) continue;
    const why = `the version ${version} was not published in ${fabric.shown}`;
    throw new PluginError("not-found", `could not change the plan of ${name}: ${why}; nothing was changed`);
  }
  const record = recordBytes({ salt, split, rules, mirror, rollout });
  const key = planKey(name);
  const written = await (revision === undefined
    ? fabric.kv.create(key, record)
    : fabric.kv.update(key, record, revision));
  return written === undefined
    ? undefined
    : frozen({ salt, split, rules, mirror, rollout, revision: written });
}

/** Whether they give the same shares, and have the same mirror. */
export function isSamePlan(a: Pick<Plan, "split" | "mirror">, b: Pick<Plan, "split" | "mirror">): boolean {
  return (
    a.mirror === b.mirror &&
    a.split.length === b.split.length &&
    a.split.every(
      ({ version, weight }, i) => b.split[i]!.version === version && b.split[i]!.weight === weight,
    )
  );
}
