/**
 * Assembling: from a source's content to a plugin that answers. This part is loaded with the first plugin.
 */

import { begin } from "./begin.ts";
import { contractOf } from "./contract/bindings.ts";
import type { Contract, Functions } from "./contract/contract.ts";
import type { Build, GenerationMaker, Surroundings } from "./generation/generation.ts";
import { moduleOf, NearMaker } from "./generation/near-maker.ts";
import { grantsOf } from "./grant/grants.ts";
import { moult } from "./guest/moult.ts";
import { LazyPart } from "./lazy-part.ts";
import type { CheckedLimits, Limits } from "./limits.ts";
import type { LoadOptions } from "./load-options.ts";
import { LIMITING } from "./module/compile.ts";
import type { Fetched } from "./module/source.ts";
import { checkAmount, checkBytes } from "./option.ts";
import { Plugin } from "./plugin.ts";
import { restartOf } from "./swap/after-trap-option.ts";
import { checkFollow } from "./swap/follow.ts";
import { Lifecycle } from "./swap/lifecycle.ts";
import type { LiveSource } from "./swap/live-source.ts";

export const RECOVERY = new LazyPart(() => import("./recovery.ts"));

/** @param live the plugin follows it @throws PluginError and nothing runs on */
export async function assembled(
  fetched: Fetched,
  { contract, ...options }: LoadOptions,
  live: LiveSource | undefined,
): Promise<Plugin> {
  const { abi = moult, queue = 1024, maxSourceBytes, maxStateBytes, heldPosts = {} } = options;
  const limits = options.limits === undefined ? undefined : await checkedLimits(options.limits);
  checkAmount(queue, "queue", "a number of calls from 0 up, or Infinity for any number");
  for (const name of ["maxWaitingBytes", "maxStateBytes"] as const) {
    if (options[name] !== undefined) checkBytes(options[name], name);
  }
  checkFollow(options.follow);
  const module = await moduleOf(fetched, { adapter: abi, limits, blocking: true });
  const expected = contract ?? contractOf(module);
  const keepBytes = options.store !== undefined;
  const nearOptions = {
    grants: grantsOf(options.grant),
    adapter: abi,
    maxSourceBytes,
    maxStateBytes,
    heldPosts,
    limits,
    keepBytes,
  };
  const { name } = module.manifest;
  const plugin = await assemble({ ...options, name, contract: expected, queue }, (surroundings) => {
    const maker = new NearMaker(surroundings, nearOptions);
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
}

/** A plugin of a maker's generations, wherever those run. When this resolves, the first generation serves. */
export async function assemble<F extends Functions>(
  {
    name,
    contract,
    queue,
    state,
    store,
    afterTrap = "fail-closed",
    grantTimeout,
    maxJournalBytes,
    maxWaitingBytes: queueBytes,
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
    maker: (surroundings) => {
      const { maker, build: first } = made(surroundings);
      build = first;
      return maker;
    },
  });
  if (!recovery || !lifecycle.keep) {
    await begin(lifecycle, build, state);
    return new Plugin(contract, lifecycle, undefined);
  }
  lifecycle.restarting = new recovery.Restarter(lifecycle, lifecycle.keep, restart);
  await lifecycle.maker.recording();
  return new Plugin(contract, lifecycle, await recovery.beginKept(lifecycle, build, state));
}
