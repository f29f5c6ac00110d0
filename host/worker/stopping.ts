/** Stopping a thread: some engines go on with a loop of WebAssembly, so that its guest has to end by itself. */
import type { CheckedLimits, Deadline, Fuel } from "../limits.ts";

/** Units that no guest uses up in a millisecond: more than the fastest engine can do. */
const MOST_A_MILLISECOND = 100_000_000;

/** Whether the engine is JavaScriptCore: Bun's and Safari's. Its errors have a line of their own. */
function isJavaScriptCore(): boolean {
  return Object.hasOwn(new Error("any"), "line");
}

/**
 * The limits of a guest in a thread. Where a thread cannot be stopped, a guest without a limit of fuel gets one that
 * it cannot reach in its time: what is left of it ends then.
 */
export function stoppable(
  limits: CheckedLimits,
  deadline: Deadline,
  stops = !isJavaScriptCore(),
): CheckedLimits {
  if (stops || limits.fuel || deadline.call === Number.POSITIVE_INFINITY) return limits;
  return { ...limits, fuel: fuelFor(deadline), byItself: true };
}

function fuelFor({ call, hook }: Deadline): Fuel {
  const units = (time: number) => Math.min(Math.max(1, time) * MOST_A_MILLISECOND, Number.MAX_SAFE_INTEGER);
  return { call: units(call), hook: units(hook) };
}
