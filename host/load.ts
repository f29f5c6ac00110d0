/** Loading: from a source to a plugin that answers. */

import { begin } from "./begin.ts";
import { contractOf } from "./contract/bindings.ts";
import { type Contract, checkContract, type Functions, isContract } from "./contract/contract.ts";
import type { Store } from "./durable/store.ts";
import type { Build, GenerationMaker, Surroundings } from "./generation/generation.ts";
import { NearMaker } from "./generation/maker.ts";
import type { Grant } from "./grant/capability.ts";
import { checkPostBounds, type PostBounds } from "./grant/held-posts.ts";
import { type Adapter, checkAdapter } from "./guest/adapter.ts";
import { moult } from "./guest/moult.ts";
import { compile } from "./module/compile.ts";
import { fetchSource, isSource, type Source } from "./module/source.ts";
import { checkAmount, optionsOf } from "./option.ts";
import { Part } from "./part.ts";
import { Plugin } from "./plugin.ts";
import { type AfterTrap, restartOf } from "./swap/after-trap.ts";
import { checkFollow, type FollowOptions, isLive, type LiveSource } from "./swap/follow.ts";
import { Lifecycle } from "./swap/lifecycle.ts";
import { checkTime } from "./timer.ts";

const RECOVERY = new Part(() => import("./recovery.ts"));

export interface LoadOptions<F extends Functions = Functions> {
  /** What the caller expects of the plugin. @default all functions that this version says it has, untyped */
  readonly contract?: Contract<F>;
  /** What the plugin may reach. @default nothing */
  readonly grant?: readonly (Grant | readonly Grant[])[];
  /** A snapshot to begin from, of this version's schema or of one that leads to it. @default a fresh start */
  readonly state?: Uint8Array;
  /** Where it outlives its process: what it holds is recovered, and every call is written ahead. @default nowhere */
  readonly store?: Store;
  /** What follows a trap: every call fails from then on, or (`"restart"`) a fresh instance takes over. @default "fail-closed" */
  readonly afterTrap?: AfterTrap;
  /** How the swaps are done that a source which changes asks for. */
  readonly follow?: FollowOptions<F>;
  /**
   * Speaks the ABI of the module and of all that it is swapped to: `assemblyscript()` from `moult/assemblyscript` for what stock
   * `asc --exportRuntime` made.
   * @default moult's own ABI
   */
  readonly abi?: Adapter;
  /** Calls that may wait while a swap or another call is under way. @default 1024 */
  readonly queue?: number;
  /** What a version may post before it serves, which is kept until then. */
  readonly heldPosts?: PostBounds;
  /**
   * Milliseconds that a call waits while a grant of this plugin suspends the one before it. Where a runtime cannot tell that
   * the grant itself makes the call, and waits for it, this ends the two. `Infinity` for as long as it takes.
   * @default Infinity in Node, Deno and Bun, which can tell; elsewhere 30_000
   */
  readonly grantTimeout?: number;
  /** Milliseconds that the source may take to arrive. @default 30_000 */
  readonly timeout?: number;
  /**
   * Bytes that the source may bring, decoded; those of later swaps too, unless they say another number. `Infinity` for
   * any number. @default 134_217_728 (128 MiB)
   */
  readonly maxSourceBytes?: number;
  /**
   * Bytes that are kept in memory of calls and of what the host answered in them: for a probation, a mirror, and a restart
   * without a store, unless those say another number. `Infinity` for any number. @default 67_108_864 (64 MiB)
   */
  readonly maxJournalBytes?: number;
  readonly signal?: AbortSignal;
}

/**
 * Loads a plugin: compiles the module, checks it against the contract and the grants, and starts it.
 *
 * @param source a `file:` or `http(s):` URL, a Response, bytes, or a compiled module; one that changes is followed: every
 * change becomes a swap
 * @throws PluginError and nothing runs on: see `docs/errors.md`
 */
export function load<F extends Functions>(
  source: Source | LiveSource,
  options: LoadOptions<F> & { readonly contract: Contract<F> },
): Promise<Plugin<F>>;
export function load(source: Source | LiveSource, options?: LoadOptions): Promise<Plugin>;
/** The same, with the contract first. */
export function load<F extends Functions>(
  contract: Contract<F>,
  source: Source | LiveSource,
  options?: Omit<LoadOptions<F>, "contract">,
): Promise<Plugin<F>>;
export async function load(
  first: Contract | Source | LiveSource,
  second?: Source | LiveSource | LoadOptions,
  third?: LoadOptions,
): Promise<Plugin> {
  if (isSource(second)) checkContract(first, "load");
  const ahead = isContract(first) ? first : undefined;
  const given = (ahead ? second : first) as Source | LiveSource;
  const options = optionsOf((ahead ? third : second) as LoadOptions | undefined, "load");
  if (options.contract !== undefined) checkContract(options.contract, "load");
  const contract = ahead ?? options.contract;
  const { grant = [], abi = moult, queue = 1024, timeout = 30_000, maxSourceBytes, signal } = options;
  const { heldPosts = {}, grantTimeout } = options;
  checkAdapter(abi);
  checkPostBounds(heldPosts);
  checkAmount(queue, "queue", "a number of calls from 0 up, or Infinity for any number");
  checkFollow(options.follow);
  if (grantTimeout !== undefined) checkTime(grantTimeout, "grantTimeout");
  const source = isLive(given) ? await given.current() : given;
  const fetched = await fetchSource(source, { timeout, maxSourceBytes, signal });
  const module = await compile(fetched, { adapter: abi, blocking: true });
  const expected = contract ?? contractOf(module);
  const keepBytes = options.store !== undefined;
  const nearOptions = { grants: grant.flat(), adapter: abi, maxSourceBytes, heldPosts, keepBytes };
  const { name } = module.manifest;
  const plugin = await assemble({ name, contract: expected, queue, ...options }, (surroundings) => {
    const maker = new NearMaker(surroundings, nearOptions);
    return { maker, build: maker.of(module, fetched) };
  });
  if (isLive(given)) plugin.follow(given, options.follow);
  return plugin;
}

export interface AssembleOptions<F extends Functions>
  extends Pick<LoadOptions, "state" | "store" | "afterTrap" | "grantTimeout" | "maxJournalBytes"> {
  readonly name: string;
  readonly contract: Contract<F>;
  readonly queue: number;
}

/** A plugin of the generations that a maker makes, wherever those run. Its first one serves when this is done. */
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
  }: AssembleOptions<F>,
  made: (surroundings: Surroundings) => { readonly maker: GenerationMaker; readonly build: Build },
): Promise<Plugin<F>> {
  if (maxJournalBytes !== undefined)
    checkAmount(maxJournalBytes, "maxJournalBytes", "bytes from 0 up, or Infinity for any number");
  const restart = restartOf(afterTrap);
  const recovery = store || restart ? await RECOVERY.load(`could not load ${name}`) : undefined;
  let build!: Build;
  const lifecycle = new Lifecycle(name, contract as Contract, {
    queue,
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
