/** The status of a plugin: what is under way, and what may begin. */

/**
 * From each status, what leads where. `docs/architecture.md` draws it, and a test compares the two.
 *
 * A return may begin while another one waits for its pause: a call that is inside traps, and the version goes back at once.
 */
export const TRANSITIONS = {
  idle: { swap: "swapping", return: "returning", restart: "restarting", close: "closed" },
  swapping: { done: "idle", close: "closed" },
  returning: { return: "returning", done: "idle", close: "closed" },
  restarting: { done: "idle", close: "closed" },
  closed: {},
} as const;

export type Status = keyof typeof TRANSITIONS;
/** What takes time, and keeps others from beginning. */
export type Undertaking = "swap" | "return" | "restart";

/** Something that is under way. */
export interface Work {
  /** Ends it. From the second time on nothing happens. */
  end(): void;
}

export class StatusMachine {
  #status: Status = "idle";
  /** More than one only of returns. */
  readonly #works: Work[] = [];
  #waiting: (() => void)[] = [];

  get status(): Status {
    return this.#status;
  }

  /** Whether it may begin now. */
  may(undertaking: Undertaking): boolean {
    return undertaking in TRANSITIONS[this.#status];
  }

  /** Begins something; `may` was asked before. */
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

  /** Ends it all: nothing begins any more. What is under way finds out by its signal, and ends. */
  close(): void {
    if (this.#status !== "closed") this.#go("close");
  }

  /**
   * Runs `work` when nothing is under way, in the order in which it was asked for; never in the caller's stack. What it
   * begins in its own stack begins before anything else can; after an `await` something else may have been quicker.
   */
  whenIdle(work: () => void): void {
    this.#waiting.push(work);
    if (this.#works.length === 0) queueMicrotask(() => this.#wake());
  }

  /** Resolves when nothing is under way; something else may have begun when that is heard. */
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
