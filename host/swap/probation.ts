/** Probation: the time after a cutover in which the incumbent is kept, frozen, and every call is journaled. */

import type { Awaitable } from "../awaitable.ts";
import type { ErrorCode } from "../errors.ts";
import type { Generation } from "../generation/generation.ts";
import type { CallObserver, Judged } from "../generation/observer.ts";
import { Journal, type JournalBounds } from "../journal/journal.ts";
import { after, now } from "../timer.ts";

export interface ProbationOptions {
  /** Calls of the successor after which it is permanent. @default no bound */
  readonly calls?: number;
  /** Seconds after which it is permanent. @default no bound */
  readonly seconds?: number;
  /** Above this share of bad calls, from 0 to 1, it is rolled back: `err` results, and what `bad` says. @default no bound */
  readonly maxErrorRate?: number;
  /** Calls before the share of bad ones means anything. @default 10 */
  readonly minCalls?: number;
  /**
   * The caller's own judgement of a call: what it answered, and how long it took. One that throws is told as an
   * event `error`, and finds nothing bad.
   * @default only `err` results are bad
   */
  readonly bad?: (call: Judged) => boolean;
  /** How much is kept for a rollback. */
  readonly journal?: JournalBounds;
  /** What happens when the journal holds as much as it may. @default "accept" */
  readonly whenFull?: "accept" | "rollback";
}

/** Why a version goes back, for its record. */
export interface Cause {
  readonly code: ErrorCode;
  readonly message: string;
}

/** What ends a probation, and how. */
export interface Verdicts {
  /** It is permanent. Called outside any call. */
  readonly accept: () => void;
  /** It goes back, now: the guest is not on the stack. */
  readonly rollBack: (cause: Cause) => Awaitable<unknown>;
}

/** What a probation is joined to. */
export interface ProbationSides {
  readonly verdicts: Verdicts;
  /** What is done with calls, besides keeping and judging them. */
  readonly duties: Pick<CallObserver, "log" | "answersLater" | "trapped" | "unlogged">;
  /** Told what the caller's own judgement threw. */
  readonly onError: (error: unknown) => void;
  /** Milliseconds since whenever, which never go back. @default performance.now */
  readonly clock?: () => number;
}

export class Probation {
  readonly incumbent: Generation;
  readonly journal: Journal;
  /** Told of the successor's calls. */
  readonly observer: CallObserver;
  readonly #options: ProbationOptions;
  readonly #verdicts: Verdicts;
  readonly #onError: (error: unknown) => void;
  readonly #endTimer: () => void = () => {};
  #bad = 0;
  #over = false;
  #stays = false;

  constructor(incumbent: Generation, options: ProbationOptions, sides: ProbationSides) {
    const { verdicts, duties, onError, clock = now } = sides;
    this.incumbent = incumbent;
    this.journal = new Journal(options.journal);
    this.#options = options;
    this.#verdicts = verdicts;
    this.#onError = onError;
    const { journal } = this;
    this.observer = {
      ...duties,
      add: (entry) => journal.add(entry),
      answered: (call) => this.answered(call),
      // Taking the time costs every call something.
      ...(options.bad && { clock }),
    };
    if (options.seconds === undefined) return;
    const name = "probation.seconds";
    this.#endTimer = after(options.seconds * 1000, () => this.#accept(), { name, unref: true });
  }

  /** A call was answered: looks whether that was the last, or one bad call too many. */
  answered(call: Judged): Awaitable<unknown> {
    const { maxErrorRate = 1, minCalls = 10, calls, whenFull = "accept" } = this.#options;
    if (call.error !== undefined || this.#finds(call)) this.#bad++;
    if (this.#stays || this.#over) return undefined;
    const passed = this.journal.entries.length;
    if (passed >= minCalls && this.#bad / passed > maxErrorRate) {
      const message = `${this.#bad} of ${passed} calls were bad, more than ${maxErrorRate * 100} %`;
      return this.#verdicts.rollBack({ code: "too-many-errors", message });
    }
    if (this.journal.full && whenFull === "rollback") {
      const message = `its journal is full with ${passed} calls`;
      return this.#verdicts.rollBack({ code: "journal-full", message });
    }
    if (this.journal.full || (calls !== undefined && passed >= calls)) queueMicrotask(() => this.#accept());
    return undefined;
  }

  /** What the caller's own judgement finds. The call is answered, whatever that throws. */
  #finds(call: Judged): boolean {
    try {
      return Boolean(this.#options.bad?.(call));
    } catch (error) {
      this.#onError(error);
      return false;
    }
  }

  /** A rollback was tried and is not possible: it is not tried again by itself. */
  stay(): void {
    this.#stays = true;
  }

  /** Ends it: no verdict comes any more. */
  end(): void {
    this.#over = true;
    this.#endTimer();
  }

  #accept(): void {
    if (!this.#over) this.#verdicts.accept();
  }
}
