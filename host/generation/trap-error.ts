/** The error of a call in which a guest ended. */
import { AbiError } from "../../abi/error.ts";
import { PluginError } from "../errors.ts";
import { GrantFailure } from "../grant/grant-failure.ts";
import { type MemoryUse, memoryUsed } from "../guest/memory-use.ts";
import { trapReason } from "../guest/trap-reason.ts";
import { HostLost } from "../host-lost.ts";
import { OutOfFuel, OutOfTime } from "../limits.ts";

/** What is true of the guest, for the message. */
export interface Ended extends MemoryUse {
  /** What could not be done: `could not call counter.add` */
  readonly could: string;
  readonly version: string;
  /** What is true after a trap, and after a grant failed. */
  readonly afterTrap: string;
  readonly afterFailure: string;
}

/**
 * The error of a call whose arguments are not of its types.
 * @returns nothing for any other error
 */
export function misfitError(could: string, error: unknown): PluginError | undefined {
  if (!(error instanceof AbiError && error.fault === "argument")) return undefined;
  return new PluginError("argument", `${could}: ${error.message}; it was not called`, { cause: error });
}

/** @param cause what the guest threw, or what was thrown into it */
export function trapError(cause: unknown, ended: Ended): PluginError {
  const { could, version, afterTrap, afterFailure } = ended;
  if (cause instanceof GrantFailure)
    return new PluginError("grant-failed", `${could}: ${cause.message}; ${afterFailure}`, { cause });
  if (cause instanceof OutOfFuel) {
    const why = `version ${version}: ${cause.message}`;
    return new PluginError("out-of-fuel", `${could}: ${why}; ${afterTrap}`, { cause });
  }
  if (cause instanceof OutOfTime)
    return new PluginError("out-of-time", `${could}: version ${version}: ${cause.message}; ${afterTrap}`, {
      cause,
    });
  if (cause instanceof HostLost) {
    const why = `${cause.message}; version ${version} may have been called`;
    return new PluginError("unavailable", `${could}: ${why}; ${afterTrap}`, { cause });
  }
  const why = `version ${version} trapped: ${trapReason(cause)}${memoryUsed(ended)}`;
  return new PluginError("trapped", `${could}: ${why}; ${afterTrap}`, { cause });
}
