/** Which errors a step may end with, and why. An error that nothing accounts for is a problem. */
import { answersLater, type Mode } from "./mode.ts";
import type { CallStep, SourcePlan, Step, SwapStep } from "./step.ts";
import { kindOfVersion } from "./version.ts";

/** What happened to a plugin so far that errors can come of. */
export interface Facts {
  readonly mode: Mode;
  /** Generations that serve trapped. */
  readonly traps: number;
  /** Faults that were planned and came up: in turns of guests, in grants, in the store. */
  readonly turnsFailed: number;
  readonly grantsFailed: number;
  readonly storeFailed: number;
  readonly closing: boolean;
  /** It is not restarted any more. */
  readonly gaveUp: boolean;
  /** A view wants a function that not all versions have. */
  readonly widened: boolean;
  /** Calls that may wait. */
  readonly queue: number;
}

type Allowed = Readonly<Record<string, boolean>>;

/** @param nested whether it was made in a grant of the same plugin */
export function allowedOfCall(step: CallStep, nested: boolean, facts: Facts): Allowed {
  const { mode } = facts;
  return {
    argument: step.unfit === true,
    trapped: facts.traps > 0,
    "crash-loop": facts.gaveUp,
    swapping: step.how === "sync",
    "answers-later": step.how === "sync" && answersLater(mode),
    reentrant: nested,
    "queue-full": facts.queue < 100,
    deadline: step.timeout !== undefined,
    aborted: step.abort !== undefined,
    ...common(facts),
  };
}

export function allowedOfSwap(step: SwapStep, facts: Facts): Allowed {
  const { source, verify } = step;
  return {
    ...ofSource(source),
    ...ofPreparing(source, facts),
    busy: true,
    probation: !step.supersede && !step.dryRun,
    aborted: step.abort !== undefined,
    deadline: step.drain !== undefined || step.timeout !== undefined,
    // An instance that tires, or in which an effect was tried, may trap under it.
    "failed-verify":
      (verify !== undefined && (verify.verdict !== "accepts" || (verify.both && down(facts)))) ||
      (verify?.acts === true && step.warm === true) ||
      tires(source) ||
      facts.closing,
    ...common(facts),
  };
}

export function allowedOfMirror(step: Extract<Step, { do: "mirror" }>, facts: Facts): Allowed {
  return {
    ...ofSource(step.source),
    ...ofPreparing(step.source, facts),
    busy: true,
    probation: true,
    aborted: step.abort !== undefined,
    deadline: step.drain !== undefined,
    ...common(facts),
  };
}

export function allowedOfRollback(step: Extract<Step, { do: "rollback" }>, facts: Facts): Allowed {
  return {
    busy: true,
    "not-on-probation": true,
    // The incumbent tires, or the version that served did not do what it said.
    unreplayable: true,
    trapped: facts.traps > 0,
    aborted: step.abort !== undefined,
    deadline: step.drain !== undefined,
    ...common(facts),
  };
}

export function allowedOfSnapshot(facts: Facts): Allowed {
  return {
    trapped: facts.traps > 0,
    "crash-loop": facts.gaveUp,
    "queue-full": facts.queue < 100,
    ...common(facts),
  };
}

function common({ closing, storeFailed, grantsFailed }: Facts): Allowed {
  return { closed: closing, "store-failed": storeFailed > 0, "grant-failed": grantsFailed > 0 };
}

/** What serves may not be asked for anything. */
function down({ traps, storeFailed, grantsFailed }: Facts): boolean {
  return traps + storeFailed + grantsFailed > 0;
}

function ofSource({ as }: SourcePlan): Allowed {
  return { "not-found": as === "missing", "invalid-module": as === "junk", "not-wasm": as === "junk" };
}

function ofPreparing({ version }: SourcePlan, { traps, turnsFailed, widened }: Facts): Allowed {
  const { takes, more } = kindOfVersion(version);
  return {
    trapped: traps > 0,
    "incompatible-state": takes.length < 3,
    mismatch: widened && !more,
    "failed-start": turnsFailed > 0,
    "failed-restore": turnsFailed > 0,
    "failed-check": turnsFailed > 0,
  };
}

function tires({ version }: SourcePlan): boolean {
  return kindOfVersion(version).tires;
}
