/**
 * Event records: one for each transition of a plugin. Plain data, on a lower floor than the code that writes
 * it.
 */
import type { Difference } from "../abi/state/avro/differences.ts";
import type { ErrorCode, Phase } from "./codes.ts";

export interface VersionRecord {
  /** Its number in the life of the plugin; the first generation is 1. */
  readonly generation: number;
  /** The plugin's version, from its manifest. */
  readonly version: string;
  /** SHA-256 of the module's bytes, where it is known. */
  readonly digest: string | undefined;
  /** Where it ran, if that was not where the plugin is: the URL of its server. */
  readonly place?: string;
}

export interface Transition {
  readonly plugin: string;
  /**
   * What became of the transition. `permanent` ends a probation; `rehearsed` is a dry run; the outcomes with
   * `not-` are attempts that failed.
   */
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
  /** The version that served when it began. */
  readonly from: VersionRecord;
  /** Unknown when the source could not be read. */
  readonly to: VersionRecord | undefined;
  /** Milliseconds that each phase took, in order; phases that were not reached are missing. */
  readonly phases: Readonly<Partial<Record<Phase, number>>>;
  /** Milliseconds in which no version served. */
  readonly pause: number;
  /** Milliseconds from the request to the end. */
  readonly total: number;
  /** Bytes of state that crossed. */
  readonly stateBytes: number;
  /** Classes that the state passed through: `["TotalsV1", "Totals"]`. */
  readonly steps: readonly string[];
  /**
   * How the state crossed: unchanged (`same`), by the lossless rule, or `migrated` by the typed steps between
   * `steps`. Missing where no state crossed.
   */
  readonly way?: "same" | "lossless" | "migrated";
  /**
   * Of a dry run: the lossless table, which lists every difference between the states of the two versions.
   */
  readonly changes?: readonly Difference[];
  /** Of a dry run with `answers`: how the same calls were answered on both sides. */
  readonly answers?: RehearsedAnswers;
  /** Calls that waited during the pause. */
  readonly waited: number;
  /** What a rollback, a restart, or a state that crossed beside what served, replayed. */
  readonly replayed?: Replayed;
  /** Why the swap was refused, or the version rolled back. */
  readonly cause?: { readonly code: ErrorCode; readonly message: string };
}

/** What a replay did. */
export interface Replayed {
  /** Calls that were replayed. */
  readonly calls: number;
  /** Replayed calls whose answer differs from the original one. A new version may differ on purpose. */
  readonly divergences: number;
  /** The first of those: its place among the replayed calls, from 1, and its function's WIT name. */
  readonly first?: { readonly call: number; readonly name: string };
}

/** How the same calls were answered before and after a rehearsed swap. */
export interface RehearsedAnswers {
  /**
   * The serving version against another instance of it that took over its state. A difference means that
   * something is held outside of the state, and is lost with every swap. Missing with `reset`.
   */
  readonly itself?: Answers;
  /** The serving version against the next one. Missing when both are the same module. */
  readonly next?: Answers;
  /** Why nothing was compared. */
  readonly skipped?: string;
}

/** How the same calls were answered on both sides. Every text in it is short, and meant for people. */
export interface Answers {
  /** Calls that were made on both sides and compared. */
  readonly calls: number;
  /** Functions whose answers differ, each with its first differing call. */
  readonly differing: readonly DifferingCall[];
  /** Functions that could not be compared. */
  readonly leftOut: readonly LeftOut[];
  /** Where the states differ after all the calls; missing when they are equal, or cannot be compared. */
  readonly state?: Differing;
}

export interface DifferingCall extends Differing {
  readonly name: string;
  /** `find("a")` */
  readonly call: string;
  /** Calls of the function whose answers differ. */
  readonly times: number;
}

export interface LeftOut {
  readonly name: string;
  readonly why: string;
}

/** Where two outcomes differ, spelled for people. */
export interface Differing {
  /** The path into the answer, where the answers are too long to be shown whole: `.items[3].name`. */
  readonly at?: string;
  readonly was: string;
  readonly is: string;
}
