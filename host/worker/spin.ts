/**
 * Spinning: looking for what the other thread is about to write. Between two processors a sleep and a wake-up take some
 * fifty microseconds, and a small call three; on one processor they take less than a spin. So an end spins where waits
 * have lately taken that long, and leaves out more and more of the spins that find nothing: an idle plugin takes no time.
 */
import { now } from "../timer.ts";
import { TURN } from "./wire.ts";

/** Looks between two looks at the clock. */
const LOOKS = 32;
/** Spins that are left out at most before one is tried again. */
const MOST = 16;
/** Milliseconds of a wait that a spin may shorten: a shorter one is on one processor, a longer one is no wake-up. */
const [SHORT, LONG] = [0.025, 0.25];

type Navigator = { readonly hardwareConcurrency?: number } | undefined;
/** With one processor, nothing comes while this thread looks. */
const ALONE = (globalThis as { readonly navigator?: Navigator }).navigator?.hardwareConcurrency === 1;

export class Spin {
  readonly #header: Int32Array;
  readonly #milliseconds: number;
  /** Whether the last spin found something, or the last wait took as long as a wake-up does. */
  #pays = false;
  /** Spins to leave out now, and after the next vain one. */
  #left = 0;
  #more = 1;
  #since = 0;

  /** @param milliseconds that one spin takes at most */
  constructor(header: Int32Array, milliseconds: number) {
    this.#header = header;
    this.#milliseconds = milliseconds;
  }

  /** Looks for a while. @returns whether it is no longer the other's turn */
  ends(turn: number): boolean {
    this.#since = now();
    if (ALONE || !this.#pays || this.#left-- > 0) return false;
    if (this.#found(turn)) {
      this.#left = 0;
      this.#more = 1;
      return true;
    }
    this.#left = this.#more;
    this.#more = Math.min(2 * this.#more, MOST);
    return false;
  }

  /** What was waited for has come. */
  came(): void {
    const waited = now() - this.#since;
    this.#pays = waited > SHORT && waited < LONG;
  }

  #found(turn: number): boolean {
    const header = this.#header;
    const end = this.#since + this.#milliseconds;
    do {
      for (let i = 0; i < LOOKS; i++) if (Atomics.load(header, TURN) !== turn) return true;
    } while (now() < end);
    return false;
  }
}
