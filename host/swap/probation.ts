/**
 * Probation: the time after a cutover in which the incumbent is kept, frozen, and every call is journaled.
 */

import { type Awaitable, isPromise } from "../awaitable.ts";
import { type ErrorCode, PluginError } from "../errors.ts";
import type { Generation } from "../generation/generation.ts";
import type { CallObserver, Judged, RecordedCalls } from "../generation/observer.ts";
import { boundsOf, type JournalBounds } from "../journal/bounds.ts";
import type { JournalCursor } from "../journal/cursor.ts";
import type { Journal } from "../journal/journal.ts";
import { versionOf } from "../module/info.ts";
import { checkAmount, checkFunction, checkGroup, misfit } from "../option.ts";
import { after, checkTime, now } from "../timer.ts";
import type { VersionRecord } from "../transition.ts";

export interface ProbationOptions {
  /** Calls of the successor after which it becomes permanent. @default no bound */
  readonly calls?: number;
  /**
   * Milliseconds after which it becomes permanent; `Infinity` for no bound.
   * @default no bound if `calls` is given, otherwise 60_000
   */
  readonly duration?: number;
  /**
   * The share of bad calls, from 0 to 1, above which the successor is rolled back. Bad are calls that answer
   * an `err`, and those that `bad` finds.
   * @default no bound
   */
  readonly maxErrorRate?: number;
  /** Calls before the share of bad ones counts. @default 10 */
  readonly minCalls?: number;
  /**
   * The caller's own check of a call, from its answer and its duration: `true` for a bad call. An error that
   * it throws becomes an event `error`, and the call does not count as bad.
   * @default only `err` results are bad
   */
  readonly bad?: (call: Judged) => boolean;
  /**
   * The bounds of the journal for a rollback.
   * @default 100_000 calls, and the bytes of the `load` option `maxJournalBytes`
   */
  readonly journal?: JournalBounds;
  /**
   * What happens when the journal is full: the successor becomes permanent (`"accept"`), or is rolled back,
   * and the incumbent answers the call that did not fit (`"rollback"`).
   * @default "accept"
   */
  readonly whenFull?: "accept" | "rollback";
}

/** Milliseconds of a probation without bounds of its own. */
const DURATION = 60_000;

/** @throws PluginError `argument` for invalid bounds */
export function checkProbation(options: ProbationOptions): void {
  checkGroup(options, "probation");
  const { duration, calls, minCalls, maxErrorRate, bad, whenFull } = options;
  checkFunction(bad, "probation.bad");
  if (whenFull !== undefined && whenFull !== "accept" && whenFull !== "rollback")
    throw misfit(whenFull, "probation.whenFull", '"accept" or "rollback"');
  if (duration !== undefined) checkTime(duration, "probation.duration");
  if (calls !== undefined) checkAmount(calls, "probation.calls", "a number of calls from 0 up");
  if (minCalls !== undefined) checkAmount(minCalls, "probation.minCalls", "a number of calls from 0 up");
  if (maxErrorRate === undefined) return;
  checkAmount(maxErrorRate, "probation.maxErrorRate", "a share from 0 to 1", 1);
}

/** How a probation stands. */
export interface ProbationStatus {
  /** What the version on probation can be rolled back to. */
  readonly incumbent: VersionRecord;
  /** Calls since the cutover. */
  readonly calls: number;
  /** Those of them that were bad: an `err`, or what `bad` finds. Counted where something judges them. */
  readonly bad: number;
}

/** Why a version is rolled back, for the record. */
export interface Cause {
  readonly code: ErrorCode;
  readonly message: string;
}

/** How a probation ends. */
export interface Verdicts {
  /** Makes the successor permanent. Called outside of any call. */
  readonly accept: () => void;
  /** Rolls back now: the guest is not on the stack. */
  readonly rollBack: (cause: Cause) => Awaitable<unknown>;
}

/** What a probation works with. */
export interface ProbationSides {
  /** Where the successor's calls are recorded. */
  readonly journal: Journal;
  readonly verdicts: Verdicts;
  /** The other duties of the plugin's calls. */
  readonly duties: Pick<CallObserver, "log" | "answersLater" | "trapped" | "unlogged">;
  /** Called with errors that the `bad` option throws. */
  readonly onError: (error: unknown) => void;
  /** Milliseconds of a clock that never goes back. @default performance.now */
  readonly clock?: () => number;
}

export class Probation {
  readonly incumbent: Generation;
  /** The calls since the cutover. */
  readonly journal: JournalCursor;
  /** Observes the successor's calls. */
  readonly observer: CallObserver;
  readonly #options: ProbationOptions;
  readonly #verdicts: Verdicts;
  readonly #onError: (error: unknown) => void;
  readonly #endTimer: () => void = () => {};
  readonly #passed: () => number;
  /** The refusal of a call that did not fit the journal. */
  #refused: PluginError | undefined;
  #bad = 0;
  #over = false;
  #stays = false;

  constructor(incumbent: Generation, options: ProbationOptions, sides: ProbationSides) {
    const { journal, verdicts, duties, onError, clock = now } = sides;
    const { calls, bad, maxErrorRate } = options;
    const bounds = boundsOf(options.journal, { option: "probation.journal", maxBytes: journal.maxBytes });
    this.incumbent = incumbent;
    this.#options = options;
    this.#verdicts = verdicts;
    this.#onError = onError;
    const first = journal.calls;
    this.#passed = () => journal.calls - first;
    this.journal = journal.follow({ bounds, calls, onFull: (needed) => this.#noRoom(needed) });
    this.observer = {
      ...duties,
      journal,
      // Observing every call, and measuring its time, both cost something at each call.
      everyCall: bad !== undefined || maxErrorRate !== undefined,
      ...(bad && { clock }),
      answered: (call) => this.answered(call),
    };
    const { duration = calls === undefined ? DURATION : Number.POSITIVE_INFINITY } = options;
    this.#endTimer = after(duration, () => this.#accept(), { name: "probation.duration", unref: true });
  }

  get status(): ProbationStatus {
    const { build, number } = this.incumbent;
    return { incumbent: versionOf(build, number), calls: this.#passed(), bad: this.#bad };
  }

  /** Called after each answer: decides whether this was the last call, or one bad call too many. */
  answered(call: Judged): Awaitable<unknown> {
    const { maxErrorRate = 1, minCalls = 10, calls, whenFull = "accept" } = this.#options;
    if (call.error !== undefined || this.#finds(call)) this.#bad++;
    if (this.#stays || this.#over) return undefined;
    const passed = this.#passed();
    const { lost, full, held } = this.journal;
    if (!lost && passed >= minCalls && this.#bad / passed > maxErrorRate) {
      const message = `${this.#bad} of ${passed} calls were bad, more than ${maxErrorRate * 100} %`;
      return this.#verdicts.rollBack({ code: "too-many-errors", message });
    }
    if (!lost && full && whenFull === "rollback") {
      return this.#verdicts.rollBack({ code: "journal-full", message: `its journal is full: ${held}` });
    }
    if (full || (calls !== undefined && passed >= calls)) queueMicrotask(() => this.#accept());
    return undefined;
  }

  /**
   * The calls since the cutover, for a replay.
   * @throws PluginError `unreplayable` when one was too large for the journal
   */
  recorded(): RecordedCalls {
    if (!this.journal.lost) return this.journal;
    const { most, option } = this.journal.bounds.bytes;
    const why = `a call since the cutover did not fit its journal of ${most} bytes (${option})`;
    throw new PluginError("unreplayable", why);
  }

  /** The reason for a rollback, where an error comes from a call that did not fit the journal. */
  refusal(error: unknown): Cause | undefined {
    for (let each = error; each instanceof Error; each = each.cause) {
      if (each === this.#refused) return { code: "journal-full", message: this.#refused.rawMessage };
    }
    return undefined;
  }

  /** @param needed bytes @throws PluginError `journal-full` when the version is rolled back instead */
  #noRoom(needed: number): void {
    const { whenFull = "accept" } = this.#options;
    if (whenFull === "accept" || this.#stays || this.#over) return;
    const why = `its journal is full: ${this.journal.held}, and ${needed} more would not fit`;
    this.#refused = new PluginError("journal-full", why);
    throw this.#refused;
  }

  /** Asks `bad`. The call is answered whatever `bad` throws. */
  #finds(call: Judged): boolean {
    try {
      const found: unknown = this.#options.bad?.(call);
      if (!isPromise(found)) return Boolean(found);
      // The next call is answered before a promise is: a promise finds nothing bad, and nothing of it is lost.
      found.then(undefined, this.#onError);
      throw new TypeError("bad(call) answered a promise; wanted true or false at once");
    } catch (error) {
      this.#onError(error);
      return false;
    }
  }

  /** A rollback was tried and is impossible: the probation does not try again by itself. */
  stay(): void {
    this.#stays = true;
  }

  /** Ends the probation: it decides nothing any more. */
  end(): void {
    this.#over = true;
    this.#endTimer();
    this.journal.end();
  }

  #accept(): void {
    if (!this.#over) this.#verdicts.accept();
  }
}
