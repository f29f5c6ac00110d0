/** Waiting with an end: a watchdog counts turns, and not seconds, so that a busy machine is no fault. */
import { turn } from "./gap.ts";

/** Turns without a timer in them, and then with one of a millisecond. */
const QUICK = 100;

/**
 * Waits until it is true.
 *
 * @param turns of the event loop, most of which take a millisecond or more
 * @returns whether it became true
 */
export async function waitFor(isTrue: () => boolean, turns: number): Promise<boolean> {
  for (let i = 0; i < turns; i++) {
    if (isTrue()) return true;
    await tick(i);
  }
  return isTrue();
}

/** Waits for the nth time: the first times a turn, and then a millisecond. */
export function tick(nth: number): Promise<void> {
  return nth < QUICK ? turn() : new Promise((resolve) => setTimeout(resolve, 1));
}
