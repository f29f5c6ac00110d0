/** What event records say: one record for each transition of a plugin. Plain data, which lies below what makes it. */
import type { Difference } from "../abi/state/avro/resolve.ts";
import type { ErrorCode, Phase } from "./codes.ts";

export interface VersionRecord {
  readonly generation: number;
  readonly version: string;
  /** SHA-256 of the module's bytes, where it is known. */
  readonly digest: string | undefined;
}

export interface Transition {
  readonly plugin: string;
  readonly outcome:
    | "swapped"
    | "rehearsed"
    | "refused"
    | "rolled-back"
    | "not-rolled-back"
    | "permanent"
    | "restarted"
    | "not-restarted";
  /** When it began, in milliseconds since 1970. */
  readonly at: number;
  readonly from: VersionRecord;
  /** Unknown when the source could not be read. */
  readonly to: VersionRecord | undefined;
  /** Milliseconds that each phase took, in order; a phase that was not reached is not there. */
  readonly phases: Readonly<Partial<Record<Phase, number>>>;
  /** Milliseconds in which nobody served. */
  readonly pause: number;
  /** Milliseconds from the request to the end. */
  readonly total: number;
  /** Bytes of state that crossed. */
  readonly stateBytes: number;
  /** Classes that the state went through: `["TotalsV1", "Totals"]`. */
  readonly steps: readonly string[];
  /**
   * How the state crossed: as it was, by the lossless rule, or `migrated`: by the typed steps between `steps`.
   * Not there where none crossed.
   */
  readonly way?: "same" | "lossless" | "migrated";
  /** Of a dry run: the lossless table, all that differs between the two versions' states. */
  readonly changes?: readonly Difference[];
  /** Of a dry run with `answers`: what the same calls were answered on both sides. */
  readonly answers?: RehearsedAnswers;
  /** Calls that waited for it. */
  readonly waited: number;
  /** What a rollback or a restart ran again. */
  readonly replayed?: Replayed;
  /** Why it was refused or rolled back. */
  readonly cause?: { readonly code: ErrorCode; readonly message: string };
}

/** What a replay did. */
export interface Replayed {
  readonly calls: number;
  /** Calls whose answer is another than the one that was given. A new version answers differently on purpose. */
  readonly divergences: number;
  readonly first?: { readonly call: number; readonly name: string };
}

/** What the same calls were answered before and after a swap that was rehearsed. */
export interface RehearsedAnswers {
  /**
   * The version that serves, and what its state became in another instance of it. What differs is held outside of the
   * state, and is lost with every swap. Not there with `reset`.
   */
  readonly itself?: Answers;
  /** The version that serves, and the next one. Not there when they are one module. */
  readonly next?: Answers;
  /** Why nothing was compared. */
  readonly skipped?: string;
}

/** What the same calls were answered on both sides. All of it is text for people, and short. */
export interface Answers {
  /** Calls that were made on both sides and compared. */
  readonly calls: number;
  /** Functions that answered otherwise, each by its first call that did. */
  readonly differing: readonly DifferingCall[];
  /** Functions that could not be compared. */
  readonly leftOut: readonly LeftOut[];
  /** Where the states differ after all the calls; nothing when they do not, or are not of one kind. */
  readonly state?: Differing;
}

export interface DifferingCall extends Differing {
  readonly name: string;
  /** `find("a")` */
  readonly call: string;
  /** Calls of the function that were answered otherwise. */
  readonly times: number;
}

export interface LeftOut {
  readonly name: string;
  readonly why: string;
}

/** Where two outcomes differ, as people read it. */
export interface Differing {
  /** The place in the answer, where the answers are too long to be shown whole: `.items[3].name`. */
  readonly at?: string;
  readonly was: string;
  readonly is: string;
}
