/**
 * Assembling: from a source's content to a plugin that answers. This part is loaded with the first plugin.
 */

import { begin } from "./begin.ts";
import { contractOf } from "./contract/bindings.ts";
import type { Contract, Functions } from "./contract/contract.ts";
import type { Build, GenerationMaker, StateCopy, Surroundings } from "./generation/generation.ts";
import { moduleOf, NearMaker } from "./generation/near-maker.ts";
import type { ToCross } from "./generation/near-options.ts";
import type { Place } from "./generation/place.ts";
import type { Grant } from "./grant/capability.ts";
import { grantsOf } from "./grant/grants.ts";
import { moult } from "./guest/moult.ts";
import { type Bounds, boundsOf } from "./isolation.ts";
import { LazyPart } from "./lazy-part.ts";
import type { LoadOptions } from "./load-options.ts";
import type { PluginModule } from "./module/module.ts";
import { type Fetched, TRUST } from "./module/source.ts";
import { checkAmount, checkBytes } from "./option.ts";
import { Plugin } from "./plugin.ts";
import { restartOf } from "./swap/after-trap-option.ts";
import { checkFollow } from "./swap/follow.ts";
import { Lifecycle } from "./swap/lifecycle.ts";
import type { LiveSource } from "./swap/live-source.ts";

export const PLACING = new LazyPart(() => import("./swap/placing-maker.ts"));

export const RECOVERY = new LazyPart(() => import("./recovery.ts"));

/** What is special about a plugin's source. */
export interface Special {
  /** The plugin follows it. */
  readonly live?: LiveSource | undefined;
  /** Where the first generation runs, if that is not here. */
  readonly place?: Place | undefined;
}

/** @throws PluginError and nothing runs on */
export async function assembled(fetched: Fetched, options: LoadOptions, special: Special): Promise<Plugin> {
  return started(await content(fetched, options), options, special);
}

/** What a plugin begins with. */
export interface Content {
  readonly fetched: Fetched;
  readonly module: PluginModule;
  readonly bounds: Bounds;
}

/** Compiles what was fetched. @throws PluginError as `compile` does; `argument` */
export async function content(
  fetched: Fetched,
  options: Pick<LoadOptions, "abi" | "limits" | "isolation" | "instances" | "store">,
): Promise<Content> {
  const bounds = await boundsOf(options);
  const { abi: adapter = moult } = options;
  const module = await moduleOf(fetched, { adapter, limits: bounds.limits, blocking: true });
  return { fetched, module, bounds };
}

/** @throws PluginError and nothing runs on */
export async function started(
  { fetched, module, bounds }: Content,
  { contract, ...options }: LoadOptions,
  { live, place }: Special = {},
): Promise<Plugin> {
  const { abi = moult, queue = 1024, maxSourceBytes, heldPosts = {} } = options;
  const { maxStateBytes, maxValueBytes } = options;
  const { limits, apart, pool } = bounds;
  checkAmount(queue, "queue", "a number of calls from 0 up, or Infinity for any number");
  for (const name of ["maxWaitingBytes", "maxStateBytes", "maxValueBytes"] as const) {
    if (options[name] !== undefined) checkBytes(options[name], name);
  }
  checkFollow(options.follow);
  const expected = contract ?? contractOf(module);
  const keepBytes = options.store !== undefined;
  const grants = grantsOf(options.grant);
  // A thread is kept ready where a fresh instance may have to take over.
  const spare = restartOf(options.afterTrap ?? "fail-closed") !== undefined;
  const makerOptions = {
    grants,
    adapter: abi,
    maxSourceBytes,
    maxStateBytes,
    maxValueBytes,
    heldPosts,
    limits,
    // It is there where the options have any.
    proofs: TRUST.there?.ownProofs(options),
    keepBytes,
    spare,
    // Threads run modules of moult's own ABI; those that run in one already cross there.
    crossing: apart || abi !== moult ? undefined : crossing,
    ...(apart && { deadline: apart.deadline }),
  };
  const { name } = module.manifest;
  const own = { ...options, name, contract: expected, queue, grants };
  const makerAt = await place?.load();
  const placing = place && (await PLACING.load(`could not load ${name}`));
  const plugin = await assemble(own, (surroundings) => {
    const single = (around: Surroundings) =>
      apart ? new apart.Maker(around, makerOptions) : new NearMaker(around, makerOptions);
    if (pool) return pool.of(surroundings, single, (maker) => maker.of(module, fetched));
    const maker = single(surroundings);
    if (!placing || !makerAt) return { maker, build: maker.of(module, fetched) };
    const both = new placing.PlacingMaker(maker, surroundings);
    return { maker: both, build: both.at(place, makerAt).of(module, fetched) };
  });
  try {
    if (live) plugin.follow(live, options.follow);
    return plugin;
  } catch (error) {
    await plugin.close();
    throw error;
  }
}

export const CARRYING = new LazyPart(() => import("./worker/thread-carrier.ts"));

/** @throws PluginError `unavailable` */
async function crossing(what: ToCross): Promise<StateCopy | undefined> {
  const { ThreadCarrier } = await CARRYING.load(
    `could not bring the state of ${what.surroundings.plugin} across`,
  );
  return ThreadCarrier.copy(what);
}

export interface AssembleOptions<F extends Functions>
  extends Pick<
    LoadOptions,
    "state" | "store" | "afterTrap" | "instances" | "grantTimeout" | "maxJournalBytes" | "maxWaitingBytes"
  > {
  readonly name: string;
  readonly contract: Contract<F>;
  readonly queue: number;
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
    instances = 1,
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
    concurrency: instances,
    maker: (surroundings) => {
      const { maker, build: first } = made(surroundings);
      build = first;
      return maker;
    },
  });
  const provider = grants.find((each) => each.provider)?.provider;
  try {
    lifecycle.dependencies = provider?.dependenciesOf(lifecycle);
    lifecycle.dependencies?.join(grants, build);
    if (!recovery || !lifecycle.keep) {
      await begin(lifecycle, build, state);
      return new Plugin(contract, lifecycle, undefined);
    }
    lifecycle.restarting = new recovery.Restarter(lifecycle, lifecycle.keep, restart);
    await lifecycle.maker.recording();
    return new Plugin(contract, lifecycle, await recovery.beginKept(lifecycle, build, state));
  } catch (error) {
    lifecycle.dependencies?.leave();
    throw error;
  }
}
