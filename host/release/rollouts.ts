/** Rollouts as a fabric keeps them: begun, looked at, promoted, aborted and rolled back by anybody who may write there. */
import * as z from "zod/mini";
import { PluginError } from "../errors.ts";
import type { Entry, Fabric } from "../fabric/fabric.ts";
import { optionsOf } from "../option.ts";
import { randomName } from "../random-name.ts";
import { rolloutKey } from "./address.ts";
import type { Analysis } from "./analysis.ts";
import { type Plan, planText, stableOf } from "./plan.ts";
import { keepPlan } from "./planned.ts";
import { planIn } from "./plans.ts";
import { readRecord, recordBytes } from "./record.ts";
import { releaseOf } from "./release.ts";
import { goOn, isOpen, pastOf, to as toPhase } from "./rollout.ts";
import { type Rollout, rolloutSchema, type Step } from "./rollout-record.ts";

export interface RolloutOptions {
  /** The new version, which was published. */
  readonly to: string;
  /** Behind the last one it has all calls. @default all calls at once, when nodes serve it */
  readonly steps?: readonly Step[];
  /** Measured in every step. @default nothing is measured */
  readonly analysis?: Analysis;
  /** Milliseconds for which the old version stays loaded at the end, so that a rollback finds it. @default 30_000 */
  readonly keep?: number;
  /** Milliseconds that nodes may take to load the new version. @default 60_000 */
  readonly ready?: number;
  /** The time of day, in milliseconds. @default Date.now */
  readonly date?: () => number;
}

/** How often a change is tried anew that others came before. */
const TRIES = 16;

/**
 * The rollout of a plugin that is under way, or the last one.
 *
 * @throws PluginError `bad-peer`; those of the fabric
 */
export async function rolloutIn(fabric: Fabric, name: string): Promise<Rollout | undefined> {
  const entry = await fabric.kv.get(rolloutKey(name));
  return entry && readRollout(entry, name);
}

export function readRollout(entry: Entry, name: string): Rollout {
  return readRecord(rolloutSchema, entry, `the rollout of ${name}`);
}

/**
 * Begins a rollout. A controller makes its steps: one in this process (`controlRollouts`), or in any other. The first
 * version of a plugin has nothing to come from, and gets all calls at once.
 *
 * @throws PluginError `not-found` for a version that was not published; `busy` while another rollout is under way;
 * `argument`; those of the fabric
 * @example await startRollout(fabric, "visits", { to: "2.0.0", steps: [{ weight: 5 }, { pause: 30_000 }] });
 */
export async function startRollout(fabric: Fabric, name: string, options: RolloutOptions): Promise<Rollout> {
  const {
    to,
    steps = [],
    analysis,
    keep = 30_000,
    ready = 60_000,
    date = Date.now,
  } = optionsOf(options, "startRollout");
  const could = `could not roll out ${name} ${String(to)}`;
  if (typeof to !== "string" || !(await releaseOf(fabric, name, to)))
    throw new PluginError("not-found", `${could}: this version was not published in ${fabric.shown}`);
  const key = rolloutKey(name);
  const entry = await fabric.kv.get(key);
  const last = entry && readRollout(entry, name);
  if (last && isOpen(last)) {
    const why = `the rollout to ${last.to} is ${last.phase}; abort or promote it first`;
    throw new PluginError("busy", `${could}: ${why}; nothing was changed`);
  }
  await settle(fabric, name, last);
  const plan = await planIn(fabric, name);
  const from = plan ? settled(plan, to, could) : to;
  const now = date();
  const begun = {
    ...{ id: randomName(), from, to, steps, analysis, keep, ready, begins: plan?.revision ?? 0 },
    ...{ phase: plan ? "preparing" : "promoted", sequence: 0, step: 0, weight: plan ? 0 : 100 },
    ...{ since: now, judged: now, failures: 0, passes: 0, warm: false },
    events: [{ at: now, text: plan ? `from ${from} to ${to}` : `${to} is the first version` }],
    past: last ? pastOf(last) : [],
  };
  const parsed = rolloutSchema.safeParse(begun);
  if (!parsed.success) {
    const [{ path, message } = { path: [], message: "" }] = parsed.error.issues;
    throw new PluginError("argument", `${could}: ${z.core.toDotPath(path)}: ${message}; nothing was changed`);
  }
  const rollout: Rollout = parsed.data;
  const { kv } = fabric;
  const bytes = recordBytes(rollout);
  const taken = await (entry ? kv.update(key, bytes, entry.revision) : kv.create(key, bytes));
  if (taken === undefined)
    throw new PluginError("busy", `${could}: somebody else began a rollout meanwhile; nothing was changed`);
  await settle(fabric, name, rollout);
  return rollout;
}

/**
 * Writes the plan of a rollout that is over, so that it holds without a controller, too. Where somebody else changed
 * the plan meanwhile, that one counts.
 */
async function settle(fabric: Fabric, name: string, rollout: Rollout | undefined): Promise<void> {
  if (!rollout || isOpen(rollout) || rollout.phase === "superseded") return;
  for (let i = 0; i < TRIES; i++) if ((await keepPlan(fabric, name, rollout)) !== "later") return;
}

/** The version that has all calls. @throws PluginError `argument`, `busy` */
function settled(plan: Plan, to: string, could: string): string {
  const stable = stableOf(plan);
  if (plan.split[0]!.weight !== 100) {
    const why = `the plan is ${planText(plan)}, and a rollout begins where one version has all calls`;
    throw new PluginError("busy", `${could}: ${why}; nothing was changed`);
  }
  if (stable !== to) return stable;
  throw new PluginError("argument", `${could}: it has all calls already; nothing was changed`);
}

/**
 * Ends a rollout: the old version has all calls again.
 *
 * @param why for those who look at its history
 * @throws PluginError `not-found` where none is under way; `busy`; those of the fabric
 */
export function abortRollout(
  fabric: Fabric,
  name: string,
  {
    why = "somebody aborted it",
    date = Date.now,
  }: { readonly why?: string; readonly date?: () => number } = {},
): Promise<Rollout> {
  return change(fabric, name, "abort", (rollout) => toPhase(rollout, "aborted", date(), { why }));
}

/**
 * Goes on behind the pause that a rollout is in; with `full`, past all of its steps at once.
 *
 * @throws PluginError `not-found` where none is under way; `busy` where it is in no pause; those of the fabric
 */
export function promoteRollout(
  fabric: Fabric,
  name: string,
  { full = false, date = Date.now }: { readonly full?: boolean; readonly date?: () => number } = {},
): Promise<Rollout> {
  return change(fabric, name, "promote", (rollout) => {
    if (full || rollout.phase === "paused") return goOn(rollout, date(), full);
    const why = `it is ${rollout.phase}, and waits for nobody`;
    throw new PluginError("busy", `could not promote the rollout of ${name}: ${why}; nothing was changed`);
  });
}

/**
 * Returns to the version before: aborts the rollout that is under way, or begins one back from the last.
 *
 * @param options of the one that it begins
 * @throws PluginError `not-found` where there is nothing to return to; `busy`; those of the fabric
 */
export async function rollBack(
  fabric: Fabric,
  name: string,
  options: Pick<RolloutOptions, "keep" | "ready" | "date"> = {},
): Promise<Rollout> {
  const { date } = optionsOf(options, "rollBack");
  const last = await rolloutIn(fabric, name);
  if (last && isOpen(last)) {
    const why = "somebody rolled it back";
    return abortRollout(fabric, name, { why, ...(date && { date }) });
  }
  await settle(fabric, name, last);
  const plan = await planIn(fabric, name);
  const back = last?.phase === "promoted" && last.from !== last.to && plan && stableOf(plan) === last.to;
  if (back) return startRollout(fabric, name, { to: last.from, ...options });
  throw new PluginError(
    "not-found",
    `could not roll back ${name}: its version did not come by a rollout; nothing was changed`,
  );
}

async function change(
  fabric: Fabric,
  name: string,
  verb: string,
  made: (rollout: Rollout) => Rollout,
): Promise<Rollout> {
  const could = `could not ${verb} the rollout of ${name}`;
  const key = rolloutKey(name);
  for (let i = 0; i < TRIES; i++) {
    const entry = await fabric.kv.get(key);
    const rollout = entry && readRollout(entry, name);
    if (!entry || !rollout || !isOpen(rollout))
      throw new PluginError(
        "not-found",
        `${could}: none is under way${rollout ? `, the last was ${rollout.phase}` : ""}`,
      );
    const next = made(rollout);
    if ((await fabric.kv.update(key, recordBytes(next), entry.revision)) === undefined) continue;
    await settle(fabric, name, next);
    return next;
  }
  throw new PluginError(
    "busy",
    `${could}: it was changed by others ${TRIES} times meanwhile; nothing was changed`,
  );
}
