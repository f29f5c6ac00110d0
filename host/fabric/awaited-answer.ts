/** Waiting for an answer: until it comes, its time is up, or its caller gives up. */
import { describe } from "../../abi/canonical/memory.ts";
import { PluginError } from "../errors.ts";
import { checkSignal, optionsOf } from "../option.ts";
import { after, checkTime } from "../timer.ts";
import type { CallOptions } from "./fabric.ts";

/**
 * Checks the options of a call.
 *
 * @throws PluginError `argument`
 */
export function checkCallOptions(options: CallOptions): void {
  const { timeout, signal, idempotent } = optionsOf(options, "call");
  checkTime(timeout, "timeout");
  checkSignal(signal);
  if (idempotent === undefined || typeof idempotent === "boolean") return;
  throw new PluginError(
    "argument",
    `could not use idempotent: found ${describe(idempotent)}, wanted true or false`,
  );
}

/**
 * Does work that a signal ends: the caller's own, or that of its deadline.
 *
 * @param calling what it calls: `plug.counter`
 * @throws PluginError `deadline`; the reason of the caller's signal
 */
export async function awaitedAnswer<T>(
  calling: string,
  { timeout, signal }: CallOptions,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted();
  const ending = new AbortController();
  let clear = () => {};
  let leave = () => {};
  const ended = new Promise<never>((_, reject) => {
    const end = (why: unknown) => {
      ending.abort(why);
      reject(why);
    };
    const late = () => {
      const why = `it did not answer within ${timeout} ms (timeout); it may have been called`;
      end(new PluginError("deadline", `could not call ${calling}: ${why}`));
    };
    clear = after(timeout, late, { name: "timeout" });
    const abort = () => end(signal!.reason);
    signal?.addEventListener("abort", abort, { once: true });
    leave = () => signal?.removeEventListener("abort", abort);
  });
  try {
    return await Promise.race([work(ending.signal), ended]);
  } finally {
    clear();
    leave();
  }
}
