/** The plan that a rollout wants, written by whoever knows the rollout as it is. */
import type { Fabric } from "../fabric/fabric.ts";
import { planOf } from "./plan.ts";
import { isSamePlan, planIn, putPlan } from "./plans.ts";
import { mirrorOf, sharesOf } from "./rollout.ts";
import type { Rollout } from "./rollout-record.ts";

/**
 * Gives a plugin's plan the shares that a rollout wants now.
 *
 * @returns whether it has them; `later` where others were before us; `another` where the plan is somebody else's
 * @throws PluginError `not-found` for a version that is not there; those of the fabric
 */
export async function keepPlan(
  fabric: Fabric,
  name: string,
  rollout: Rollout,
): Promise<"so" | "later" | "another"> {
  const { id, sequence, begins } = rollout;
  const plan = await planIn(fabric, name);
  const own = plan?.rollout?.id === id;
  if (!own && (plan?.revision ?? 0) !== begins) return "another";
  // Written by one that knows more than we do.
  if (own && plan.rollout!.sequence > sequence) return "later";
  const split = sharesOf(rollout);
  const mirror = mirrorOf(rollout);
  if (plan && isSamePlan(plan, { split, mirror })) return "so";
  const versions = new Set(split.map(({ version }) => version));
  const rules = plan?.rules.filter(({ version }) => versions.has(version)) ?? [];
  // The salt is the rollout's own for all of its life.
  const next = { ...planOf({ split, salt: own ? plan.salt : id, rules, mirror }), rollout: { id, sequence } };
  return (await putPlan(fabric, name, next, plan?.revision)) ? "so" : "later";
}
