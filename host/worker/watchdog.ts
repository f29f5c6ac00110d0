/** The watchdog of a thread: it counts the time in which the thread has its turn, and no other. */
import { after, now } from "../timer.ts";
import type { Turns } from "./host-end.ts";

export class Watchdog implements Turns {
  readonly #late: () => void;
  /** Milliseconds that are left. */
  #left = Number.POSITIVE_INFINITY;
  #since = 0;
  #clear: (() => void) | undefined;

  /** @param late called when the time is up, while the thread has its turn */
  constructor(late: () => void) {
    this.#late = late;
  }

  /** The thread may take so many milliseconds from now on. */
  allow(milliseconds: number): void {
    this.#left = milliseconds;
  }

  begin(): void {
    if (this.#left === Number.POSITIVE_INFINITY) return;
    this.#since = now();
    this.#clear = after(Math.max(0, this.#left), this.#late, { name: "limits.deadline" });
  }

  end(): void {
    if (!this.#clear) return;
    this.#clear();
    this.#clear = undefined;
    this.#left -= now() - this.#since;
  }
}
