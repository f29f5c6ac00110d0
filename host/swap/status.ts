/** The status of a plugin: what is under way, and what may begin. */

/**
 * Which statuses each status leads to. `docs/architecture.md` draws the same table, and a test compares the
 * two.
 *
 * A return may begin while another one waits for its pause: when a call that is inside traps, the version
 * goes back at once.
 */
export const TRANSITIONS = {
  idle: { swap: "swapping", return: "returning", restart: "restarting", close: "closed" },
  swapping: { done: "idle", close: "closed" },
  returning: { return: "returning", done: "idle", close: "closed" },
  restarting: { done: "idle", close: "closed" },
  closed: {},
} as const;

export type Status = keyof typeof TRANSITIONS;
/** Undertakings that take time; one keeps the others from beginning. */
export type Undertaking = "swap" | "return" | "restart";

/** An undertaking that is under way. */
export interface Work {
  /** Ends it. Later calls do nothing. */
  end(): void;
}

export class StatusMachine {
  #status: Status = "idle";
  /** Several only of returns. */
  readonly #works: Work[] = [];
  #waiting: (() => void)[] = [];

  get status(): Status {
    return this.#status;
  }

  /** Whether an undertaking may begin now. */
  may(undertaking: Undertaking): boolean {
    return undertaking in TRANSITIONS[this.#status];
  }

  /** Begins an undertaking, after a check with `may`. */
  begin(undertaking: Undertaking): Work {
    this.#go(undertaking);
    const work: Work = {
      end: () => {
        const at = this.#works.indexOf(work);
        if (at !== -1) this.#works.splice(at, 1);
        if (at === -1 || this.#works.length > 0) return;
        if (this.#status !== "closed") this.#go("done");
        queueMicrotask(() => this.#wake());
      },
    };
    this.#works.push(work);
    return work;
  }

  /** Closes: nothing may begin any more. What is under way is aborted by its signal. */
  close(): void {
    if (this.#status !== "closed") this.#go("close");
  }

  /**
   * Runs `work` when nothing is under way, in the order of the requests, and never in the caller's stack.
   * What `work` begins synchronously begins before anything else can; after an `await` something else may
   * have begun.
   */
  whenIdle(work: () => void): void {
    this.#waiting.push(work);
    if (this.#works.length === 0) queueMicrotask(() => this.#wake());
  }

  /**
   * Resolves when nothing is under way; by the time that the caller continues, something else may have begun.
   */
  idle(): Promise<void> {
    return new Promise((resolve) => this.whenIdle(resolve));
  }

  #wake(): void {
    while (this.#works.length === 0) {
      const next = this.#waiting.shift();
      if (!next) return;
      next();
    }
  }

  #go(event: Undertaking | "done" | "close"): void {
    const next = (TRANSITIONS[this.#status] as Partial<Record<typeof event, Status>>)[event];
    if (next === undefined) throw new Error(`a plugin that is ${this.#status} has no transition "${event}"`);
    this.#status = next;
  }
}
