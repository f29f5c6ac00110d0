/** Why an instance stays on a node that is not its own any more: the other one could not take it, or did not say. */

/** Milliseconds after which it is offered again, at most. */
const LONGEST = 60_000;

export class Stay {
  readonly #nodes: readonly string[];
  readonly #until: number;
  readonly #wait: number;

  /** @param first milliseconds until the second attempt: each further one waits twice as long as the one before */
  constructor(before: Stay | undefined, nodes: readonly string[], now: number, first: number) {
    this.#nodes = nodes;
    this.#wait = before && before.#nodes === nodes ? Math.min(2 * before.#wait, LONGEST) : first;
    this.#until = now + this.#wait;
  }

  /** It is offered again after a while, or as soon as nodes come or go. */
  holds(nodes: readonly string[], now: number): boolean {
    return nodes === this.#nodes && now < this.#until;
  }
}
