/** Memory that the host asks its engine for. */
import { PluginError, reason } from "./errors.ts";

/**
 * Runs an allocation whose arguments are known to be right, so that only a lack of memory can make it fail. Engines say
 * it each in a way of its own (V8 and JavaScriptCore throw a RangeError, SpiderMonkey an InternalError or a text), with
 * messages that change: the place tells what it is, and no message does.
 *
 * @param what is allocated, for the message: `16 pages of memory for a guest`
 * @throws PluginError `no-memory`
 */
export function allocating<T>(what: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (cause instanceof PluginError || cause instanceof TypeError) throw cause;
    throw new PluginError("no-memory", `could not allocate ${what}: ${reason(cause)}`, { cause });
  }
}
