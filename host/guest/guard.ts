/** The guard around calls into a guest's own hooks: errors become the loader's errors. */
import { AbiError } from "../../abi/error.ts";
import { type ErrorCode, PluginError, reason } from "../errors.ts";
import { GrantFailure } from "../grant/grant-failure.ts";
import { HostLost } from "../host-lost.ts";
import { OutOfFuel, OutOfTime } from "../limits.ts";
import { type ModuleInfo, title } from "../module/info.ts";
import { type MemoryUse, memoryUsed } from "./memory-use.ts";

/** What is done, for the message of what goes wrong. */
export interface Guarded {
  readonly code: ErrorCode;
  /** What went wrong, when something does: `its start failed` */
  readonly what: string;
  /** Of the guest whose own code runs. */
  readonly memory?: () => MemoryUse;
}

/**
 * @throws PluginError with this code; `grant-failed` where a grant was at fault; `unavailable` where the server that ran it is gone; `bad-manifest` where the module is not what it declares; `no-memory`
 * where the engine could not allocate what an instance needs
 */
export function guarded<T>(module: ModuleInfo, { code, what, memory }: Guarded, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (cause instanceof PluginError) throw cause;
    // A failing grant, such as a database that is down, is no fault of the version.
    if (cause instanceof GrantFailure)
      throw new PluginError("grant-failed", `${title(module)}: ${what}: ${cause.message}`, { cause });
    if (cause instanceof HostLost)
      throw new PluginError("unavailable", `${title(module)}: ${what}: ${cause.message}`, { cause });
    // No guest code runs in an instantiation, so a RangeError means that the engine could not allocate.
    if (code === "invalid-module" && cause instanceof RangeError)
      throw new PluginError("no-memory", `${title(module)}: ${what}: ${reason(cause)}`, { cause });
    const lies = cause instanceof AbiError && cause.fault === "manifest";
    const ownCode = !(cause instanceof OutOfFuel || cause instanceof OutOfTime);
    const why = `${reason(cause)}${ownCode && memory ? memoryUsed(memory()) : ""}`;
    throw new PluginError(lies ? "bad-manifest" : code, `${title(module)}: ${what}: ${why}`, { cause });
  }
}

/** The error of a stop hook, or of a server that is gone before it ran. It keeps nothing from ending. */
export function stopError(module: ModuleInfo, cause: unknown): PluginError {
  if (cause instanceof PluginError) return cause;
  const could = `could not stop ${title(module)}`;
  if (cause instanceof HostLost) {
    const unknown = "its stop hook may not have run";
    return new PluginError("unavailable", `${could}: ${cause.message}; ${unknown}`, { cause });
  }
  const code = cause instanceof GrantFailure ? "grant-failed" : "failed-stop";
  return new PluginError(code, `${could}: ${reason(cause)}`, { cause });
}
