/** Runs the caller's own work (`verify`, `warm` and the like) until it ends or its time is up. */

import type { Awaitable } from "./awaitable.ts";
import { PluginError } from "./errors.ts";
import { after, checkTime } from "./timer.ts";

export interface Bounds {
  /** Milliseconds; `Infinity` for never. */
  readonly timeout: number;
  /** The option that the time comes from, for messages. @default "timeout" */
  readonly option?: string;
  /** Ends the wait when the caller gives up. */
  readonly signal: AbortSignal;
  /** Turns an error of the work into the caller's error. @default the error itself */
  readonly failed?: (cause: unknown) => unknown;
}

/**
 * @param what the work, for messages: named as its option is
 * @param work gets a signal, which fires when its result is no longer wanted
 * @throws PluginError `deadline`, `aborted`; `argument`, and then the work was not begun
 */
export async function withDeadline<T>(
  what: string,
  work: (over: AbortSignal) => Awaitable<T>,
  { timeout, option = "timeout", signal, failed = (cause) => cause }: Bounds,
): Promise<T> {
  checkTime(timeout, option);
  const gone = () => new PluginError("aborted", `the caller gave up during ${what}`);
  if (signal.aborted) throw gone();
  const done = new AbortController();
  let end = () => {};
  let ended: PluginError | undefined;
  const over = new Promise<never>((_, reject) => {
    const giveUp = (error: PluginError) => {
      ended = error;
      reject(error);
    };
    const late = () => giveUp(new PluginError("deadline", `${what} did not answer within ${timeout} ms`));
    end = after(timeout, late, { name: option });
    signal.addEventListener("abort", () => giveUp(gone()), { once: true, signal: done.signal });
  });
  try {
    return await Promise.race([work(done.signal), over]);
  } catch (cause) {
    throw ended !== undefined && cause === ended ? cause : failed(cause);
  } finally {
    end();
    done.abort();
  }
}
