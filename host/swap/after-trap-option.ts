/** What happens after a trap, as an option. */
import type { JournalBounds } from "../journal/bounds.ts";
import { checkAmount, misfit } from "../option.ts";
import { checkTime } from "../timer.ts";

export interface RestartOptions {
  /** Restarts within `window` before the plugin fails closed. @default 5 */
  readonly limit?: number;
  /** Milliseconds in which restarts are counted together. @default 60_000 */
  readonly window?: number;
  /**
   * Milliseconds before the second restart within `window`. The first one is immediate, and each further one
   * waits twice as long as the one before.
   * @default 100
   */
  readonly delay?: number;
  /** The longest delay, in milliseconds. @default 30_000 */
  readonly longest?: number;
  /**
   * Without a store: the bounds of the calls that are kept in memory between two checkpoints.
   * @default as many calls as took a second, from 10_000 up to 100_000, and the bytes of the `load` option
   * `maxJournalBytes`
   */
  readonly journal?: JournalBounds;
}

/**
 * What happens when a version traps that is not on probation: every later call fails with `[trapped]`, or a
 * fresh instance takes over the state and every acknowledged call. The call that trapped is answered
 * `[trapped]` in both cases.
 */
export type AfterTrap = "fail-closed" | "restart" | { readonly restart: RestartOptions };

/**
 * The restart options, where restarts are wanted.
 * @throws PluginError `argument` for invalid times and numbers
 */
export function restartOf(afterTrap: AfterTrap): RestartOptions | undefined {
  if (afterTrap === "fail-closed") return undefined;
  if (afterTrap === "restart") return {};
  const { restart } = (afterTrap ?? {}) as { readonly restart?: RestartOptions };
  if (typeof restart !== "object" || restart === null) {
    const wanted = '"fail-closed", "restart" or { restart: { limit, window, delay, longest } }';
    throw misfit(afterTrap, "afterTrap", wanted);
  }
  for (const name of ["window", "delay", "longest"] as const) {
    if (restart[name] !== undefined) checkTime(restart[name], `afterTrap.restart.${name}`);
  }
  if (restart.limit !== undefined)
    checkAmount(restart.limit, "afterTrap.restart.limit", "a number of restarts from 0 up");
  return restart;
}
