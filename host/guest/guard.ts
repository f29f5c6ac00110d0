/** The guard around a guest's own code, and ours on its behalf: what goes wrong in there is told as the loader's errors are. */
import { AbiError } from "../../abi/error.ts";
import { type ErrorCode, PluginError, reason } from "../errors.ts";
import { type ModuleInfo, title } from "../module/info.ts";

/**
 * @param what went wrong, when something does: `its start failed`
 * @throws PluginError with this code, `bad-manifest` where the module is not what it says of itself, or
 * `no-memory` where the engine could not get what an instance needs
 */
export function guarded<T>(
  module: ModuleInfo,
  { code, what }: { readonly code: ErrorCode; readonly what: string },
  work: () => T,
): T {
  try {
    return work();
  } catch (cause) {
    if (cause instanceof PluginError) throw cause;
    // The engine instantiates no code that could throw one: what it asked for itself was not to be had.
    if (code === "invalid-module" && cause instanceof RangeError)
      throw new PluginError("no-memory", `${title(module)}: ${what}: ${reason(cause)}`, { cause });
    const lies = cause instanceof AbiError && cause.fault === "manifest";
    throw new PluginError(lies ? "bad-manifest" : code, `${title(module)}: ${what}: ${reason(cause)}`, {
      cause,
    });
  }
}
