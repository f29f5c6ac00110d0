/** A rollout: the steps by which a new version comes to its calls, and where it goes from where it stands. A pure machine. */
import { intervalOf, judge, limitOf, type Window, withoutMirror } from "./analysis.ts";
import { comparedText, judgeMirror, type Mirroring, NOTHING } from "./mirroring.ts";
import type { Share } from "./plan.ts";
import {
  EVENTS,
  LONGEST,
  PAST,
  type PastRollout,
  type Rollout,
  type RolloutEvent,
  type RolloutPhase,
  type Step,
} from "./rollout-record.ts";

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
