/** Times that options give: checked in one place, and waited for, however long they are. */
import { checkAmount } from "./option.ts";

/** Where time comes from: the engine's timers, or those of a test. */
export interface Timers {
  /** Milliseconds since an arbitrary moment; they never go back. */
  readonly now: () => number;
  /** Runs `work` once, after `milliseconds`, at most `LONGEST`. @returns a handle for `clear` */
  readonly set: (work: () => void, milliseconds: number) => unknown;
  readonly clear: (timer: unknown) => void;
}

export interface AfterOptions {
  /** The option that the time comes from, for messages: `probation.seconds`. */
  readonly name: string;
  /** Lets the process end meanwhile, where the engine can. @default false */
  readonly unref?: boolean;
  /** @default the engine's */
  readonly timers?: Timers;
}

/**
 * The longest time that engines can wait: they keep it in 31 bits, and run a timer with a longer time at
 * once.
 */
export const LONGEST = 2 ** 31 - 1;

/** The engine's timers, looked up at each use, since tests replace them. */
const ENGINE: Timers = {
  now: () => performance.now(),
  set: (work, milliseconds) => setTimeout(work, milliseconds),
  clear: (timer) => clearTimeout(timer as Parameters<typeof clearTimeout>[0]),
};

/**
 * Milliseconds of a clock that never goes back: for durations, deadlines and pauses, not for the time of day.
 */
export function now(): number {
  return ENGINE.now();
}

/**
 * Runs `work` once, when the time is up. `Infinity` means never; a time longer than `LONGEST` is waited for
 * in several parts.
 *
 * @param milliseconds as the option gave them
 * @returns a function that cancels the timer; afterwards it does nothing
 * @throws PluginError `argument`, as `checkTime` does
 * @example const end = after(timeout, () => reject(late), { name: "timeout" })
 */
export function after(milliseconds: number, work: () => void, options: AfterOptions): () => void {
  const { name, unref = false, timers = ENGINE } = options;
  checkTime(milliseconds, name);
  if (milliseconds === Number.POSITIVE_INFINITY) return () => {};
  const due = timers.now() + milliseconds;
  let timer: unknown;
  const arm = (left: number) => {
    const part = Math.min(left, LONGEST);
    timer = timers.set(() => (part < left ? arm(Math.max(0, due - timers.now())) : work()), part);
    if (unref) release(timer);
  };
  arm(milliseconds);
  return () => timers.clear(timer);
}

/**
 * A signal that fires when the time is up, of any time that an option may give: Node's own refuses fractions, `Infinity`
 * and what is longer than it can wait.
 */
export function lateAfter(milliseconds: number): AbortSignal {
  return AbortSignal.timeout(Math.min(Math.ceil(milliseconds), LONGEST));
}

/** Lets the process end while the timer runs. Browsers have nothing to end, and Deno's own timers are numbers. */
function release(timer: unknown): void {
  const { Deno } = globalThis as { readonly Deno?: { unrefTimer?(timer: number): void } };
  if (typeof timer === "number") Deno?.unrefTimer?.(timer);
  else (timer as { readonly unref?: () => void }).unref?.();
}

/**
 * Checks that a value is a time in milliseconds.
 *
 * @param name of the option: `drain`
 * @throws PluginError `argument`
 */
export function checkTime(value: unknown, name: string): asserts value is number {
  checkAmount(value, name, "milliseconds from 0 up, or Infinity for never");
}
