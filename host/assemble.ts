/**
 * Assembling: from a source's content to a plugin that answers. This part is loaded with the first plugin.
 */

import { begin } from "./begin.ts";
import { contractOf } from "./contract/bindings.ts";
import type { Contract, Functions } from "./contract/contract.ts";
import { PluginError } from "./errors.ts";
import type { Build, GenerationMaker, Surroundings } from "./generation/generation.ts";
import { moduleOf, NearMaker } from "./generation/near-maker.ts";
import type { Grant } from "./grant/capability.ts";
import { grantsOf } from "./grant/grants.ts";
import type { Adapter } from "./guest/adapter.ts";
import { moult } from "./guest/moult.ts";
import { LazyPart } from "./lazy-part.ts";
import { type CheckedLimits, DEADLINE, type Limits, NO_LIMITS } from "./limits.ts";
import type { LoadOptions } from "./load-options.ts";
import { LIMITING } from "./module/compile.ts";
import type { Fetched } from "./module/source.ts";
import { checkAmount, checkBytes, misfit } from "./option.ts";
import { Plugin } from "./plugin.ts";
import { restartOf } from "./swap/after-trap-option.ts";
import { checkFollow } from "./swap/follow.ts";
import { Lifecycle } from "./swap/lifecycle.ts";
import type { LiveSource } from "./swap/live-source.ts";

export const ISOLATION = new LazyPart(() => import("./worker/worker-maker.ts"));
export const RECOVERY = new LazyPart(() => import("./recovery.ts"));

/** @param live the plugin follows it @throws PluginError and nothing runs on */
export async function assembled(
  fetched: Fetched,
  { contract, ...options }: LoadOptions,
  live: LiveSource | undefined,
): Promise<Plugin> {
  const { abi = moult, queue = 1024, maxSourceBytes, maxStateBytes, heldPosts = {} } = options;
  const apart = isApart(options.isolation);
  const given = options.limits === undefined ? undefined : await checkedLimits(options.limits);
  checkIsolation(apart, given, abi);
  const worker = apart ? await ISOLATION.load("could not load a plugin in a thread of its own") : undefined;
  const deadline = given?.deadline ?? DEADLINE;
  const limits = worker ? worker.stoppable(given ?? NO_LIMITS, deadline) : given;
  checkAmount(queue, "queue", "a number of calls from 0 up, or Infinity for any number");
  for (const name of ["maxWaitingBytes", "maxStateBytes"] as const) {
    if (options[name] !== undefined) checkBytes(options[name], name);
  }
  checkFollow(options.follow);
  const module = await moduleOf(fetched, { adapter: abi, limits, blocking: true });
  const expected = contract ?? contractOf(module);
  const keepBytes = options.store !== undefined;
  const grants = grantsOf(options.grant);
  const nearOptions = {
    grants,
    adapter: abi,
    maxSourceBytes,
    maxStateBytes,
    heldPosts,
    limits,
    keepBytes,
  };
  const { name } = module.manifest;
  const spare = options.store !== undefined || options.afterTrap !== undefined;
  const own = { ...options, name, contract: expected, queue, grants, slow: apart ? "its thread" : undefined };
  const plugin = await assemble(own, (surroundings) => {
    const maker = worker
      ? new worker.WorkerMaker(surroundings, { ...nearOptions, deadline, spare })
      : new NearMaker(surroundings, nearOptions);
    return { maker, build: maker.of(module, fetched) };
  });
  try {
    if (live) plugin.follow(live, options.follow);
    return plugin;
  } catch (error) {
    await plugin.close();
    throw error;
  }
}

/** Whether a plugin gets a thread of its own. @throws PluginError `argument` */
function isApart(isolation: unknown): boolean {
  if (isolation === undefined || isolation === "none") return false;
  if (isolation === "worker") return true;
  throw misfit(isolation, "isolation", '"none" or "worker"');
}

/** @throws PluginError `argument` */
function checkIsolation(apart: boolean, limits: CheckedLimits | undefined, abi: Adapter): void {
  if (!apart && limits?.deadline) {
    const why =
      'only a plugin in a thread of its own can be stopped in time; say isolation: "worker", or limits.fuel';
    throw new PluginError("argument", `could not load: the option limits has a deadline, and ${why}`);
  }
  if (apart && abi !== moult) {
    const why = "only modules of moult's own ABI run in a thread of their own; leave out isolation, or abi";
    throw new PluginError("argument", `could not load: the option isolation is "worker", and ${why}`);
  }
}

async function checkedLimits(limits: Limits): Promise<CheckedLimits> {
  return (await LIMITING.load("could not load a plugin with limits")).limitsOf(limits);
}

export interface AssembleOptions<F extends Functions>
  extends Pick<
    LoadOptions,
    "state" | "store" | "afterTrap" | "grantTimeout" | "maxJournalBytes" | "maxWaitingBytes"
  > {
  readonly name: string;
  readonly contract: Contract<F>;
  readonly queue: number;
  /** What makes calls answer promises, where it is not a grant. */
  readonly slow?: string | undefined;
  /** What it may reach. */
  readonly grants?: readonly Grant[];
}

/** A plugin of a maker's generations, wherever those run. When this resolves, the first generation serves. */
export async function assemble<F extends Functions>(
  {
    name,
    contract,
    queue,
    grants = [],
    state,
    store,
    afterTrap = "fail-closed",
    grantTimeout,
    maxJournalBytes,
    maxWaitingBytes: queueBytes,
    slow,
  }: AssembleOptions<F>,
  made: (surroundings: Surroundings) => { readonly maker: GenerationMaker; readonly build: Build },
): Promise<Plugin<F>> {
  if (maxJournalBytes !== undefined) checkBytes(maxJournalBytes, "maxJournalBytes");
  const restart = restartOf(afterTrap);
  const recovery = store || restart ? await RECOVERY.load(`could not load ${name}`) : undefined;
  let build!: Build;
  const lifecycle = new Lifecycle(name, contract as Contract, {
    queue,
    queueBytes,
    grantTimeout,
    restarts: restart !== undefined,
    keeping: recovery && ((passed) => recovery.keeping(name, { store, restart, maxJournalBytes }, passed)),
    maxJournalBytes,
    waits: store && !store.synchronous ? store.name : undefined,
    slow,
    maker: (surroundings) => {
      const { maker, build: first } = made(surroundings);
      build = first;
      return maker;
    },
  });
  try {
    lifecycle.dependencies.join(grants, build);
    if (!recovery || !lifecycle.keep) {
      await begin(lifecycle, build, state);
      return new Plugin(contract, lifecycle, undefined);
    }
    lifecycle.restarting = new recovery.Restarter(lifecycle, lifecycle.keep, restart);
    await lifecycle.maker.recording();
    return new Plugin(contract, lifecycle, await recovery.beginKept(lifecycle, build, state));
  } catch (error) {
    lifecycle.dependencies.leave();
    throw error;
  }
}
