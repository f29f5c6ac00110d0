/** Isolation: where a plugin runs, and what it may use there. */

import { PluginError } from "./errors.ts";
import type { Adapter } from "./guest/adapter.ts";
import { moult } from "./guest/moult.ts";
import { LazyPart } from "./lazy-part.ts";
import { type CheckedLimits, DEADLINE, type Deadline, NO_LIMITS } from "./limits.ts";
import type { LoadOptions } from "./load-options.ts";
import { LIMITING } from "./module/compile.ts";
import { misfit } from "./option.ts";
import type { WorkerMaker } from "./worker/worker-maker.ts";

export const ISOLATION = new LazyPart(() => import("./worker/worker-maker.ts"));

export interface Bounds {
  readonly limits: CheckedLimits | undefined;
  /** There for a plugin in a thread of its own. */
  readonly apart: { readonly Maker: typeof WorkerMaker; readonly deadline: Deadline } | undefined;
}

/** @throws PluginError `argument`; `unavailable` */
export async function boundsOf({
  abi = moult,
  isolation,
  limits: wanted,
}: Pick<LoadOptions, "abi" | "isolation" | "limits">): Promise<Bounds> {
  const isApart = checkedIsolation(isolation);
  const limits =
    wanted &&
    (await LIMITING.load("could not load a plugin with limits").then((part) => part.limitsOf(wanted)));
  checkTogether(isApart, limits, abi);
  if (!isApart) return { limits, apart: undefined };
  const could = "could not load a plugin in a thread of its own";
  const { WorkerMaker, stoppable } = await ISOLATION.load(could);
  const deadline = limits?.deadline ?? DEADLINE;
  return { limits: stoppable(limits ?? NO_LIMITS, deadline), apart: { Maker: WorkerMaker, deadline } };
}

/** @returns whether a plugin gets a thread of its own */
function checkedIsolation(isolation: unknown): boolean {
  if (isolation === undefined || isolation === "none") return false;
  if (isolation === "worker") return true;
  throw misfit(isolation, "isolation", '"none" or "worker"');
}

function checkTogether(isApart: boolean, limits: CheckedLimits | undefined, abi: Adapter): void {
  if (!isApart && limits?.deadline) {
    const why =
      'only a plugin in a thread of its own can be stopped in time; say isolation: "worker", or limits.fuel';
    throw new PluginError("argument", `could not load: the option limits has a deadline, and ${why}`);
  }
  if (isApart && abi !== moult) {
    const why = "only modules of moult's own ABI run in a thread of their own; leave out isolation, or abi";
    throw new PluginError("argument", `could not load: the option isolation is "worker", and ${why}`);
  }
}
