/** Isolation: where a plugin runs, in how many instances, and what it may use there. */

import { PluginError } from "./errors.ts";
import type { Build, GenerationMaker, Surroundings } from "./generation/generation.ts";
import type { Adapter } from "./guest/adapter.ts";
import { moult } from "./guest/moult.ts";
import { LazyPart } from "./lazy-part.ts";
import { type CheckedLimits, DEADLINE, type Deadline, NO_LIMITS } from "./limits.ts";
import type { LoadOptions } from "./load-options.ts";
import { LIMITING } from "./module/compile.ts";
import { misfit } from "./option.ts";
import type { WorkerMaker } from "./worker/worker-maker.ts";

export const ISOLATION = new LazyPart(() => import("./worker/worker-maker.ts"));

export const POOLING = new LazyPart(() => import("./generation/pooled-maker.ts"));

export interface Bounds {
  readonly limits: CheckedLimits | undefined;
  /** There for a plugin in a thread of its own. */
  readonly apart: { readonly Maker: typeof WorkerMaker; readonly deadline: Deadline } | undefined;
  /** There for a plugin of several instances. */
  readonly pool: Pool | undefined;
}

interface Pool {
  /** @param single makes the maker of single instances @param build that maker's build */
  of<M extends GenerationMaker>(
    surroundings: Surroundings,
    single: (surroundings: Surroundings) => M,
    build: (maker: M) => Build,
  ): { readonly maker: GenerationMaker; readonly build: Build };
}

/** @throws PluginError `argument`; `unavailable` */
export async function boundsOf({
  abi = moult,
  isolation,
  limits: wanted,
  instances = 1,
  store,
}: Pick<LoadOptions, "abi" | "isolation" | "limits" | "instances" | "store">): Promise<Bounds> {
  const isApart = checkedIsolation(isolation);
  const limits =
    wanted === undefined
      ? undefined
      : (await LIMITING.load("could not load a plugin with limits")).limitsOf(wanted);
  checkTogether(isApart, limits, abi);
  const pool = await poolOf(instances, store);
  if (!isApart) return { limits, apart: undefined, pool };
  const could = "could not load a plugin in a thread of its own";
  const { WorkerMaker, stoppable } = await ISOLATION.load(could);
  const deadline = limits?.deadline ?? DEADLINE;
  const own = stoppable(limits ?? NO_LIMITS, deadline);
  return { limits: own, apart: { Maker: WorkerMaker, deadline }, pool };
}

/** More would only wait for each other. */
const MOST = 1_024;

async function poolOf(instances: number, store: LoadOptions["store"]): Promise<Pool | undefined> {
  if (!Number.isInteger(instances) || instances < 1 || instances > MOST)
    throw misfit(instances, "instances", `a whole number from 1 to ${MOST}`);
  if (instances === 1) return undefined;
  if (store) {
    const why = "a store keeps the calls of one instance; leave out instances, or store";
    throw new PluginError("argument", `could not load: the option instances is ${instances}, and ${why}`);
  }
  const { PooledMaker } = await POOLING.load("could not load a plugin of several instances");
  return {
    of(surroundings, single, build) {
      let inner!: ReturnType<typeof single>;
      const maker = new PooledMaker(surroundings, instances, (around) => {
        inner = single(around);
        return inner;
      });
      return { maker, build: maker.over(build(inner)) };
    },
  };
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
    const how = "leave out isolation, and say limits.fuel, which ends those of any ABI";
    const why = `only modules of moult's own ABI run in a thread of their own; ${how}`;
    throw new PluginError("argument", `could not load: the option isolation is "worker", and ${why}`);
  }
}
