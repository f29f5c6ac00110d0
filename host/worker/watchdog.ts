/** The watchdog of a thread: it counts the time in which the thread has its turn, and no other. */
import { after, now } from "../timer.ts";
import type { Turns } from "./host-end.ts";

const NEVER = Number.POSITIVE_INFINITY;

/** One timer serves many turns: it is set when there is none, and looks when it fires whether it came too early. */
export class Watchdog implements Turns {
  readonly #late: () => void;
  /** Milliseconds that are left. */
  #left = NEVER;
  #since = 0;
  /** When the thread's time is up; never while the host has its turn. */
  #due = NEVER;
  /** When the timer fires; never while there is none. */
  #looks = NEVER;
  #clear = () => {};

  /** @param late called when the time is up, while the thread has its turn */
  constructor(late: () => void) {
    this.#late = late;
  }

  /** The thread may take so many milliseconds from now on. */
  allow(milliseconds: number): void {
    this.#left = milliseconds;
  }

  begin(): void {
    if (this.#left === NEVER) return;
    this.#since = now();
    this.#due = this.#since + Math.max(0, this.#left);
    if (this.#due < this.#looks) this.#set(this.#due);
  }

  end(): void {
    if (this.#due === NEVER) return;
    this.#due = NEVER;
    this.#left -= now() - this.#since;
  }

  /** Nothing is watched any more. */
  over(): void {
    this.end();
    this.#clear();
    this.#looks = NEVER;
  }

  #set(looks: number): void {
    this.#clear();
    this.#looks = looks;
    const left = Math.max(0, looks - now());
    // The thread keeps the process while it has its turn.
    this.#clear = after(left, () => this.#look(), { name: "limits.deadline", unref: true });
  }

  #look(): void {
    this.#looks = NEVER;
    if (this.#due === NEVER) return;
    if (now() < this.#due) this.#set(this.#due);
    else this.#late();
  }
}
