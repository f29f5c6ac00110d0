/** How a plugin is, as plain data. */
import { leftOut } from "../contract/bindings.ts";
import type { Contract } from "../contract/contract.ts";
import { title } from "../module/info.ts";
import type { VersionRecord } from "../transition.ts";
import { type Lifecycle, versionOfGeneration } from "./lifecycle.ts";
import type { ProbationStatus } from "./probation.ts";
import type { Status } from "./status.ts";

export interface PluginStatus {
  /** What is under way: `idle`, `swapping`, `returning` to the version before, `restarting`; or `closed`. */
  readonly status: Status;
  /** The version that serves. */
  readonly version: VersionRecord;
  /** Whether that version trapped and is not called any more. */
  readonly trapped: boolean;
  /** Calls that are inside, suspended ones included. */
  readonly inside: number;
  /** Calls that wait for their turn. */
  readonly waiting: number;
  /** While a version is on probation: what it can be rolled back to. */
  readonly probation?: ProbationStatus;
}

export function statusOf({ status, current, gate, probation }: Lifecycle): PluginStatus {
  return {
    status: status.status,
    version: versionOfGeneration(current),
    trapped: current.trapped !== undefined,
    inside: gate.depth,
    waiting: gate.waiting,
    ...(probation && { probation: probation.status }),
  };
}

/** What its version cannot do, and what its store cannot promise. */
export function warningsOf({ current, keep }: Lifecycle, contract: Contract): readonly string[] {
  const { build, cloneable } = current;
  const ofStore = keep?.warnings ?? [];
  const warnings = [...build.warnings, ...leftOut(contract, build), ...ofStore];
  if (!build.manifest.state || cloneable) return warnings;
  return [
    ...warnings,
    `${title(build)} does not export its mutable globals, so it cannot be copied: a save that traps ends it (recoverable: false)`,
  ];
}
