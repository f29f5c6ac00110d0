/** Loading: from a source to a plugin that answers. */

import { begin } from "./begin.ts";
import { contractOf } from "./contract/bindings.ts";
import { type Contract, checkContract, type Functions, isContract } from "./contract/contract.ts";
import { MemoryKeep } from "./durable/memory-keep.ts";
import type { Store } from "./durable/store.ts";
import { StoreKeep } from "./durable/store-keep.ts";
import { NearMaker } from "./generation/maker.ts";
import type { Grant } from "./grant/capability.ts";
import { checkPostBounds, type PostBounds } from "./grant/held-posts.ts";
import { compile } from "./module/compile.ts";
import { fetchSource, isSource, type Source } from "./module/source.ts";
import { Plugin } from "./plugin.ts";
import { type Changing, type FollowOptions, isChanging } from "./swap/follow.ts";
import { Lifecycle, type LifecycleOptions } from "./swap/lifecycle.ts";
import { type AfterTrap, Restarter, type RestartOptions, restartOf } from "./swap/restart.ts";
import { checkTime } from "./timer.ts";

export interface LoadOptions {
  /** What the plugin may reach. @default nothing */
  readonly grant?: readonly (Grant | readonly Grant[])[];
  /** A snapshot to begin from, of this version's schema or of one that leads to it. @default a fresh start */
  readonly state?: Uint8Array;
  /** Where it outlives its process: what it holds is recovered, and every call is written ahead. @default nowhere */
  readonly store?: Store;
  /** What follows a trap: every call fails from then on, or (`"restart"`) a fresh instance takes over. @default "fail-closed" */
  readonly afterTrap?: AfterTrap;
  /** How the swaps are done that a source which changes asks for. */
  readonly follow?: FollowOptions;
  /** `"assemblyscript"` loads a module that stock `asc --exportRuntime` made. @default "moult" */
  readonly abi?: "moult" | "assemblyscript";
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
  readonly signal?: AbortSignal;
}

/**
 * Loads a plugin: compiles the module, checks it against the contract and the grants, and starts it.
 *
 * @param contract what the caller expects; without one, all functions that this version says it has, untyped
 * @param source a `file:` or `http(s):` URL, a Response, bytes, or a compiled module; one that changes is followed: every
 * change becomes a swap
 * @throws PluginError and nothing runs on: see `docs/errors.md`
 */
export function load<F extends Functions>(
  contract: Contract<F>,
  source: Source | Changing,
  options?: LoadOptions,
): Promise<Plugin<F>>;
export function load(source: Source | Changing, options?: LoadOptions): Promise<Plugin>;
export async function load(
  first: Contract | Source | Changing,
  second?: Source | Changing | LoadOptions,
  third?: LoadOptions,
): Promise<Plugin> {
  if (isSource(second)) checkContract(first, "load");
  const contract = isContract(first) ? first : undefined;
  const given = (contract ? second : first) as Source | Changing;
  const options = ((contract ? third : second) as LoadOptions | undefined) ?? {};
  const {
    grant = [],
    state,
    abi = "moult",
    queue = 1024,
    timeout = 30_000,
    maxSourceBytes,
    heldPosts = {},
    grantTimeout,
    signal,
  } = options;
  checkPostBounds(heldPosts);
  if (grantTimeout !== undefined) checkTime(grantTimeout, "grantTimeout");
  const source = isChanging(given) ? await given.current() : given;
  const fetched = await fetchSource(source, { timeout, maxSourceBytes, signal });
  const module = await compile(fetched, { abi, blocking: true });
  const expected = contract ?? contractOf(module);
  const { afterTrap = "fail-closed", store } = options;
  const { name } = module.manifest;
  const restart = restartOf(afterTrap);
  let maker!: NearMaker;
  const lifecycle = new Lifecycle(name, expected, {
    queue,
    grantTimeout,
    restarts: restart !== undefined,
    keep: keeping(name, store, restart),
    waits: store && !store.synchronous ? store.name : undefined,
    maker: (surroundings) => {
      maker = new NearMaker(surroundings, { grants: grant.flat(), abi, maxSourceBytes, heldPosts });
      return maker;
    },
  });
  if (lifecycle.keep) lifecycle.restarting = new Restarter(lifecycle, lifecycle.keep, restart);
  const plugin = new Plugin(expected, lifecycle, await begin(lifecycle, maker.of(module), state));
  if (isChanging(given)) plugin.follow(given, options.follow);
  return plugin;
}

/** What a plugin needs to come back, if it is to: in a store, or in memory. */
function keeping(
  name: string,
  store: Store | undefined,
  restart: RestartOptions | undefined,
): LifecycleOptions["keep"] {
  if (store) return () => new StoreKeep(name, store);
  return restart && ((passed) => new MemoryKeep(restart.journal, passed));
}
