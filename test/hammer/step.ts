/** The steps of the hammer: plain data, made before anything runs, so that they can be shown, shrunk and run again. */
import type { Gap } from "./gap.ts";
import type { Op } from "./op.ts";

/** How a granted function behaves when it is asked in one call. */
export interface Granted {
  /** Until it answers; `held` until the next checkpoint, or until its generation retires. For a world that answers later. */
  readonly delay?: Gap | "held";
  /** It throws (or rejects): the first time, or always. */
  readonly fails?: "once" | "always";
  /** What is done while it is asked, in its stack. */
  readonly during?: Step;
}

export interface CallStep {
  readonly do: "call";
  readonly op: Op;
  readonly size: number;
  readonly how: "call" | "sync" | "within";
  /** With `within`: milliseconds, and when its caller gives up. */
  readonly timeout?: number;
  readonly abort?: Gap;
  readonly granted?: Granted;
  /** Gives an argument that does not fit. */
  readonly unfit?: boolean;
}

/** Where the bytes of a version come from. */
export interface SourcePlan {
  readonly version: string;
  readonly as: "bytes" | "module" | "response" | "missing" | "junk";
  /** Of a response: until its body arrives. */
  readonly slow?: Gap;
}

export interface VerifyPlan {
  readonly verdict: "accepts" | "refuses" | "throws";
  readonly slow?: Gap;
  /** It wants to see the incumbent too. */
  readonly both: boolean;
  /** Calls an effect of the twin, which is refused. */
  readonly acts: boolean;
  readonly during?: Step;
}

export interface ProbationPlan {
  readonly calls?: number;
  readonly duration?: number;
  readonly maxErrorRate?: number;
  readonly minCalls?: number;
  readonly bad?: "all" | "some" | "throws";
  readonly journal?: { readonly calls?: number; readonly bytes?: number };
  readonly whenFull?: "accept" | "rollback";
}

export interface SwapStep {
  readonly do: "swap";
  readonly source: SourcePlan;
  readonly dryRun?: boolean;
  /** Of a dry run: asks both sides. */
  readonly answers?: boolean;
  readonly supersede?: boolean;
  readonly reset?: boolean;
  readonly drain?: number;
  readonly timeout?: number;
  readonly abort?: Gap;
  readonly verify?: VerifyPlan;
  readonly warm?: boolean;
  readonly probation?: ProbationPlan;
}

/** A turn of a guest's life in which something goes wrong. */
export type Turn = "start" | "restored" | "check" | "stop";

export type Step = (
  | CallStep
  | SwapStep
  | { readonly do: "rollback"; readonly discard: boolean; readonly drain?: number; readonly abort?: Gap }
  | { readonly do: "accept" }
  | { readonly do: "snapshot" }
  | {
      readonly do: "mirror";
      readonly source: SourcePlan;
      readonly sample: number;
      readonly lag?: number;
      readonly drain?: number;
      readonly abort?: Gap;
    }
  | { readonly do: "report" }
  | { readonly do: "end-mirror" }
  /** Takes a wider view, with which calls are made from then on. */
  | { readonly do: "widen" }
  | {
      readonly do: "reopen";
      readonly from: "kept" | "fresh";
      readonly drain?: number;
      /** Steps that are done before anything waits for it. */
      readonly linger: number;
    }
  /** The nth write from now on fails. */
  | { readonly do: "fail-store"; readonly nth: number }
  /** The nth time that a guest comes to this turn, it goes wrong. */
  | { readonly do: "break"; readonly turn: Turn; readonly wrong: "trap" | "wrong"; readonly nth: number }
  /** The source that is followed changes. */
  | { readonly do: "change"; readonly source: SourcePlan }
  /** A listener of the next event of this type: does something, or throws. */
  | {
      readonly do: "listen";
      readonly to: "transition" | "trap";
      readonly during?: Step;
      readonly throws: boolean;
    }
  /** Makes a plugin whose generation trapped for good serve again. */
  | { readonly do: "mend" }
  /** Waits for everything, and compares it with the model. */
  | { readonly do: "checkpoint" }
) & {
  /** Time until the next step. */
  readonly then?: Gap;
};

/** One line for people, and for `--replay`. */
export function lineOf(step: Step): string {
  return JSON.stringify(step);
}
