/** Memory that the host asks its engine for. */
import { PluginError, reason } from "./errors.ts";

/**
 * Runs an allocation whose arguments are known to be right, so that only a lack of memory can make it fail.
 * Engines report that each in its own way (V8 and JavaScriptCore throw a RangeError, SpiderMonkey an
 * InternalError or a string), with messages that change: so any error thrown here counts as a lack of memory.
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
