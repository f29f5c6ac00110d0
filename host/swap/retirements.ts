/** Generations that served, and end: elsewhere, their stop hooks take a while. */

import type { Awaitable } from "../awaitable.ts";
import { isPromise } from "../awaitable.ts";
import type { Generation } from "../generation/generation.ts";

export class Retirements {
  readonly #onError: (error: unknown) => void;
  readonly #underWay = new Set<PromiseLike<void>>();

  /** @param onError told what a stop hook throws: no caller waits for it */
  constructor(onError: (error: unknown) => void) {
    this.#onError = onError;
  }

  begin(generation: Generation): Awaitable<void> {
    const ended = generation.retire();
    if (!isPromise(ended)) return this.#told(ended);
    const over = ended.then((error) => {
      this.#underWay.delete(over);
      this.#told(error);
    });
    this.#underWay.add(over);
    return over;
  }

  /** Resolves when all that have begun have ended. */
  async over(): Promise<void> {
    await Promise.all(this.#underWay);
  }

  #told(error: unknown): void {
    if (error !== undefined) this.#onError(error);
  }
}
