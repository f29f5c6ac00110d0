/** How a plugin is, as plain data. */
import type { VersionRecord } from "../transition.ts";
import { type Lifecycle, versionOfGeneration } from "./lifecycle.ts";
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
  readonly probation?: {
    readonly incumbent: VersionRecord;
    /** Calls since the cutover, and how many of them were bad: an `err`, or what `bad` finds. */
    readonly calls: number;
    readonly bad: number;
  };
}

export function statusOf({ status, current, gate, probation }: Lifecycle): PluginStatus {
  return {
    status: status.status,
    version: versionOfGeneration(current),
    trapped: current.trapped !== undefined,
    inside: gate.depth,
    waiting: gate.waiting,
    ...(probation && {
      probation: { incumbent: versionOfGeneration(probation.incumbent), ...probation.judged },
    }),
  };
}
