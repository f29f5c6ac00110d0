/** Work of somebody else's, until it ends or its time is up. */

import type { Awaitable } from "./awaitable.ts";
import { PluginError } from "./errors.ts";

export interface Bounds {
  /** Milliseconds. */
  readonly timeout: number;
  /** Ends it, because its caller gave up. */
  readonly signal: AbortSignal;
  /** What an error of the work is to whoever asked for it. @default itself */
  readonly failed?: (cause: unknown) => unknown;
}

/**
 * @param who does it, for messages: named as its option is
 * @param work is told by a signal when nobody waits for it any more
 * @throws PluginError `deadline`, `aborted`
 */
export async function bounded<T>(
  who: string,
  work: (over: AbortSignal) => Awaitable<T>,
  { timeout, signal, failed = (cause) => cause }: Bounds,
): Promise<T> {
  const late = new PluginError("deadline", `${who} did not answer within ${timeout} ms`);
  const gone = new PluginError("aborted", `the caller gave up while ${who} looked`);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const done = new AbortController();
  const over = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(late), timeout);
    signal.addEventListener("abort", () => reject(gone), { once: true, signal: done.signal });
  });
  try {
    return await Promise.race([work(done.signal), over]);
  } catch (cause) {
    throw cause === late || cause === gone ? cause : failed(cause);
  } finally {
    clearTimeout(timer);
    done.abort();
  }
}
