/**
 * Spinning: looking for what the other thread is about to write. A sleep and a wake-up take longer than a small call.
 * Spins that find nothing are left out more and more often, so that an idle plugin takes no processor time.
 */
import { now } from "../timer.ts";
import { TURN } from "./wire.ts";

/** Looks between two looks at the clock. */
const LOOKS = 32;
/** Spins that are left out at most before one is tried again. */
const MOST = 16;

type Navigator = { readonly hardwareConcurrency?: number } | undefined;
/** With one processor, nothing comes while this thread looks. */
const ALONE = (globalThis as { readonly navigator?: Navigator }).navigator?.hardwareConcurrency === 1;

export class Spin {
  readonly #header: Int32Array;
  readonly #milliseconds: number;
  /** Spins to leave out now, and after the next vain one. */
  #left = 0;
  #more = 1;

  /** @param milliseconds that one spin takes at most */
  constructor(header: Int32Array, milliseconds: number) {
    this.#header = header;
    this.#milliseconds = milliseconds;
  }

  /** Looks for a while. @returns whether it is no longer the other's turn */
  ends(turn: number): boolean {
    if (ALONE || this.#left-- > 0) return false;
    if (this.#found(turn)) {
      this.#left = 0;
      this.#more = 1;
      return true;
    }
    this.#left = this.#more;
    this.#more = Math.min(2 * this.#more, MOST);
    return false;
  }

  #found(turn: number): boolean {
    const header = this.#header;
    const end = now() + this.#milliseconds;
    do {
      for (let i = 0; i < LOOKS; i++) if (Atomics.load(header, TURN) !== turn) return true;
    } while (now() < end);
    return false;
  }
}
