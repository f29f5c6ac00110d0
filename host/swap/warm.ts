/**
 * Warming: calls of a twin, until the engine has compiled the code that the successor will run. Both are
 * instances of one module, and so share its code.
 */
import type { Awaitable } from "../awaitable.ts";

/** Rounds after which engines have compiled every function worth compiling; most need ten. */
const ROUNDS = 32;
/** Milliseconds for all rounds together. */
const TIME = 100;

/**
 * Makes the calls again and again. Between two rounds the event loop gets a turn, because the incumbent
 * serves meanwhile.
 */
export async function warmUp(round: () => Awaitable<unknown>, signal: AbortSignal): Promise<void> {
  const end = performance.now() + TIME;
  for (let i = 0; i < ROUNDS && performance.now() < end && !signal.aborted; i++) {
    await round();
    await new Promise((resolve) => setTimeout(resolve));
  }
}
