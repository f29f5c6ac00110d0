/** A rollout: the steps by which a new version comes to its calls, and where it stands. A pure machine. */
import * as z from "zod/mini";
import {
  type Analysis,
  analysisSchema,
  intervalOf,
  judge,
  limitOf,
  type Window,
  withoutMirror,
} from "./analysis.ts";
import { comparedText, judgeMirror, type Mirroring, NOTHING } from "./mirroring.ts";
import type { Share } from "./plan.ts";

/** One step of a rollout. */
export type Step =
  /** Percent of the keys that the new version gets. */
  | { readonly weight: number }
  /** From here to the next weight it runs the calls of the stable version, too, and answers none. */
  | { readonly mirror: true }
  /** Milliseconds, or `true` until somebody promotes it. */
  | { readonly pause: number | true }
  /** It has to do well so many times in a row of measurements, within so many milliseconds. */
  | {
      readonly analysis: Analysis & {
        /** @default 1 */
        readonly count?: number | undefined;
        /** @default the time of ten times as many measurements */
        readonly within?: number | undefined;
      };
    };

export const PHASES = ["preparing", "running", "paused", "promoted", "aborted", "superseded"] as const;
/**
 * Nodes load the new version; its share grows; somebody has to look; it has all calls; the old one has them again;
 * somebody else changed the plan.
 */
export type RolloutPhase = (typeof PHASES)[number];

export interface Rollout {
  readonly id: string;
  /** The stable version when it began. */
  readonly from: string;
  readonly to: string;
  readonly steps: readonly Step[];
  /** Holds in every step. */
  readonly analysis?: Analysis | undefined;
  /** Milliseconds for which the old version stays loaded after the new one has all calls. */
  readonly keep: number;
  /** Milliseconds that nodes may take to load the new version. */
  readonly ready: number;
  /** The revision of the plan that it began with. */
  readonly begins: number;
  readonly phase: RolloutPhase;
  /** How often it was changed: a controller that knows an earlier one may not act. */
  readonly sequence: number;
  /** The step that is under way. */
  readonly step: number;
  readonly weight: number;
  /** Whether the new version is a mirror now. */
  readonly mirror?: boolean | undefined;
  /** The time of day when that step, or the phase, began. */
  readonly since: number;
  /** When the last measurement was counted, and how many failed and went well since the weight changed. */
  readonly judged: number;
  readonly failures: number;
  readonly passes: number;
  /** Whether the old version is kept loaded. */
  readonly warm: boolean;
  /** Why it is where it is. */
  readonly why?: string | undefined;
  /** What happened, the oldest first. */
  readonly events: readonly RolloutEvent[];
  /** Earlier rollouts of the plugin, the oldest first. */
  readonly past: readonly PastRollout[];
}

export interface RolloutEvent {
  /** The time of day. */
  readonly at: number;
  readonly text: string;
}

export interface PastRollout {
  readonly from: string;
  readonly to: string;
  readonly phase: RolloutPhase;
  readonly at: number;
  readonly why?: string | undefined;
}

/** What is kept of each list. */
const [EVENTS, PAST, STEPS] = [48, 32, 64];
/** Characters of a reason. */
const LONGEST = 1_000;

const text = (most: number) => z.string().check(z.maxLength(most));
const time = z.number().check(z.gte(0), z.lte(Number.MAX_SAFE_INTEGER));
const count = z.int().check(z.gte(0));
const percent = z.number().check(z.gte(0), z.lte(100));
const phase = z.enum(PHASES);

export const stepSchema = z.union([
  z.strictObject({ weight: percent }),
  z.strictObject({ mirror: z.literal(true) }),
  z.strictObject({ pause: z.union([time, z.literal(true)]) }),
  z.strictObject({
    analysis: z.extend(analysisSchema, {
      count: z.optional(z.int().check(z.gte(1), z.lte(1e6))),
      within: z.optional(time),
    }),
  }),
]);

export const rolloutSchema = z.object({
  id: z.string().check(z.regex(/^[0-9a-f]{32}$/, "wanted the id of a rollout")),
  from: text(256),
  to: text(256),
  steps: z.array(stepSchema).check(z.maxLength(STEPS, `wanted at most ${STEPS} steps`)),
  analysis: z.optional(analysisSchema),
  keep: time,
  ready: time,
  begins: count,
  phase,
  sequence: count,
  step: count,
  weight: percent,
  mirror: z.optional(z.boolean()),
  since: time,
  judged: time,
  failures: count,
  passes: count,
  warm: z.boolean(),
  why: z.optional(text(2 * LONGEST)),
  events: z.array(z.object({ at: time, text: text(2 * LONGEST) })).check(z.maxLength(2 * EVENTS)),
  past: z
    .array(z.object({ from: text(256), to: text(256), phase, at: time, why: z.optional(text(2 * LONGEST)) }))
    .check(z.maxLength(2 * PAST)),
});

/** Whether something is still to be done. */
export function isOpen({ phase }: Rollout): boolean {
  return phase === "preparing" || phase === "running" || phase === "paused";
}

/** The shares that its plan has now. */
export function sharesOf({ phase, from, to, weight, warm }: Rollout): Share[] {
  const all = (version: string) => ({ version, weight: 100 });
  if (phase === "aborted") return [all(from)];
  if (phase === "promoted") return warm ? [all(to), { version: from, weight: 0 }] : [all(to)];
  const own = phase === "preparing" ? 0 : weight;
  return [
    { version: from, weight: 100 - own },
    { version: to, weight: own },
  ];
}

/** The version that its plan has as a mirror now. */
export function mirrorOf(rollout: Rollout): string | undefined {
  const { phase, mirror, to } = rollout;
  return mirror && (phase === "running" || phase === "paused") ? to : undefined;
}

/** What a controller knows. */
export interface Facts {
  /** The time of day. */
  readonly now: number;
  /** Nodes that host the plugin, and what the new version is there. */
  readonly nodes: { readonly all: number; readonly serving: number; readonly failed: readonly string[] };
  /** What the calls came to since the weight changed. */
  readonly window: Window;
  /** What the mirror came to, on all nodes together. */
  readonly mirror?: Mirroring | undefined;
  /** When this controller measured last. */
  readonly judged: number;
}

/**
 * One step on.
 *
 * @returns the rollout as it should be now; nothing where it stays. `judged` says that it was measured
 */
export function advance(
  rollout: Rollout,
  facts: Facts,
): { readonly next?: Rollout; readonly judged: boolean } {
  const { phase } = rollout;
  if (phase === "preparing") return still(prepared(rollout, facts));
  if (phase === "promoted") {
    const over = rollout.warm && facts.now - rollout.since >= rollout.keep;
    return still(over ? changed(rollout, { warm: false, since: facts.now }) : undefined);
  }
  if (phase !== "running" && phase !== "paused") return still(undefined);
  const step = phase === "running" ? rollout.steps[rollout.step] : undefined;
  if (phase === "running" && step === undefined) return still(promoted(rollout, facts.now));
  if (step && "weight" in step) return still(weighted(rollout, step.weight, facts));
  if (step && "mirror" in step) return still(mirroring(rollout, facts.now));
  return measured(rollout, step, facts);
}

const still = (next: Rollout | undefined) => ({ ...(next && { next }), judged: false });

function prepared(rollout: Rollout, { now, nodes }: Facts): Rollout | undefined {
  const { all, serving, failed } = nodes;
  const run = (said: string) => to(rollout, "running", now, { step: 0, text: said });
  if (serving > 0 && serving + failed.length >= all)
    return run(`${serving} of ${all} nodes serve ${rollout.to}`);
  if (all > 0 && failed.length >= all)
    return to(rollout, "aborted", now, { why: `no node could load it: ${failed[0]}` });
  if (now - rollout.since < rollout.ready) return undefined;
  if (serving > 0)
    return run(`${serving} of ${all} nodes serve ${rollout.to}; the others were not waited for`);
  return to(rollout, "aborted", now, { why: `no node serves it after ${rollout.ready} ms` });
}

const FRESH = { failures: 0, passes: 0 };

function weighted(rollout: Rollout, weight: number, { now, mirror = NOTHING }: Facts): Rollout {
  const { to: version, step } = rollout;
  const fresh = { ...FRESH, step: step + 1, weight, mirror: false, since: now, judged: now };
  const last = rollout.mirror ? `; as a mirror, ${comparedText(mirror)}` : "";
  return changed(rollout, fresh, { at: now, text: `${version} gets ${weight} %${last}`.slice(0, LONGEST) });
}

function mirroring(rollout: Rollout, now: number): Rollout {
  const { to: version, step } = rollout;
  const fresh = { ...FRESH, step: step + 1, mirror: true, since: now, judged: now };
  return changed(rollout, fresh, {
    at: now,
    text: `${version} is a mirror: it runs all calls, and answers none`,
  });
}

/** Steps that take their time. */
type Waiting = Extract<Step, { readonly pause: unknown } | { readonly analysis: unknown }>;

/** In a pause or an analysis: measures where it is time to, and goes on where that is over. */
function measured(
  rollout: Rollout,
  step: Waiting | undefined,
  facts: Facts,
): { readonly next?: Rollout; readonly judged: boolean } {
  const { now } = facts;
  const own = step && "analysis" in step ? step.analysis : undefined;
  const all = own ?? rollout.analysis;
  const analysis = all && (rollout.mirror ? all : withoutMirror(all));
  let at = rollout;
  let judged = false;
  if (analysis && now - Math.max(rollout.judged, facts.judged) >= intervalOf(analysis)) {
    judged = true;
    const { outcome, why } = rollout.mirror
      ? judgeMirror(analysis, facts.mirror ?? NOTHING)
      : judge(analysis, facts.window);
    const failures = at.failures + 1;
    if (outcome === "failure" && failures > limitOf(analysis))
      return { next: to(at, "aborted", now, { why }), judged };
    if (outcome === "failure")
      at = changed(at, { failures, judged: now }, { at: now, text: `failed: ${why}` });
    if (outcome === "success" && (own || at.passes === 0))
      at = changed(at, { passes: at.passes + 1, judged: now }, { at: now, text: why });
  }
  const next = step ? gone(at, step, { now, isMeasured: analysis !== undefined }) : undefined;
  return { ...(next || at !== rollout ? { next: next ?? at } : {}), judged };
}

/** Behind a step that is over. */
function gone(
  rollout: Rollout,
  step: Waiting,
  { now, isMeasured }: { readonly now: number; readonly isMeasured: boolean },
): Rollout | undefined {
  const { since, passes } = rollout;
  const on = () => changed(rollout, { step: rollout.step + 1, since: now, passes: 0 });
  const pause = (why: string) => to(rollout, "paused", now, { why });
  if ("pause" in step) {
    if (step.pause === true) return pause("until somebody promotes it");
    if (now - since < step.pause) return undefined;
    return isMeasured && passes === 0 ? pause("inconclusive: there were too few calls to measure") : on();
  }
  const { count = 1, within = 10 * count * intervalOf(step.analysis) } = step.analysis;
  if (passes >= count) return on();
  if (now - since < within) return undefined;
  return pause(`inconclusive: it did well ${passes} of ${count} times`);
}

function promoted(rollout: Rollout, now: number): Rollout {
  const { to: version, from, keep } = rollout;
  const warm = keep > 0 && from !== version;
  return to({ ...rollout, weight: 100, warm }, "promoted", now, { text: `${version} is promoted` });
}

/** @param step that is under way then */
export function to(
  rollout: Rollout,
  phase: RolloutPhase,
  now: number,
  {
    why,
    step = rollout.step,
    text,
  }: { readonly why?: string; readonly step?: number; readonly text?: string },
): Rollout {
  const because = why?.slice(0, LONGEST);
  const said = text ?? (because === undefined ? phase : `${phase}: ${because}`);
  return changed(rollout, { phase, since: now, step, why: because }, { at: now, text: said });
}

function changed(rollout: Rollout, change: Partial<Rollout>, event?: RolloutEvent): Rollout {
  const events = event ? [...rollout.events, event].slice(-EVENTS) : rollout.events;
  return { ...rollout, ...change, events, sequence: rollout.sequence + 1 };
}

/** Goes on behind the pause, or past all steps. */
export function goOn(rollout: Rollout, now: number, full: boolean): Rollout {
  if (full) return promoted(rollout, now);
  const step = rollout.step + 1;
  return to({ ...rollout, passes: 0 }, "running", now, { step, text: "somebody promoted it" });
}

/** The rollouts before the next one. */
export function pastOf({ past, from, to: version, phase, since, why }: Rollout): PastRollout[] {
  const last = { from, to: version, phase, at: since, ...(why !== undefined && { why }) };
  return [...past, last].slice(-PAST);
}
