/** The times at which nodes, callers and rollouts do things again. */
import { checkAmount, misfit } from "../option.ts";
import { now, type Timers } from "../timer.ts";

/** The engine's timers, looked up at each use, since tests replace them. */
export const ENGINE: Timers = {
  now,
  set: (work, milliseconds) => setTimeout(work, milliseconds),
  clear: (timer) => clearTimeout(timer as Parameters<typeof clearTimeout>[0]),
};

/** An hour. */
const MOST = 3_600_000;

/** @throws PluginError `argument` */
export function checkInterval(interval: unknown): asserts interval is number {
  const wanted = `milliseconds from 1 to ${MOST}`;
  checkAmount(interval, "interval", wanted, MOST);
  if (interval < 1) throw misfit(interval, "interval", wanted);
}
