/** Bytes of requests and answers that a server holds at a time, of all its callers. */
import { PluginError } from "../errors.ts";

export class HeldBytes {
  readonly #most: number;
  #held = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** @param what is held: `a request` @throws PluginError `queue-full` */
  take(bytes: number, what: string): void {
    if (this.#held + bytes > this.#most) {
      const why = `${this.#held} bytes of requests and answers are held, and at most ${this.#most} may be (maxHeldBytes)`;
      throw new PluginError("queue-full", `could not take ${what} of ${bytes} bytes or more: ${why}`);
    }
    this.#held += bytes;
  }

  give(bytes: number): void {
    this.#held -= bytes;
  }
}
