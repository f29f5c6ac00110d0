/** Loading: from a source to a plugin that answers. */

import { allocating } from "./allocation.ts";
import { type Contract, checkContract, type Functions, isContract } from "./contract/contract.ts";
import { PluginError } from "./errors.ts";
import { placeOf } from "./generation/place.ts";
import { checkPostBounds } from "./grant/post-bounds.ts";
import { checkAdapter } from "./guest/adapter.ts";
import { LazyPart } from "./lazy-part.ts";
import type { LoadOptions } from "./load-options.ts";
import { isPlaced } from "./module/placed.ts";
import { type Fetched, fetchSource, isSource, type Source } from "./module/source.ts";
import { misfit, optionsOf } from "./option.ts";
import type { Plugin } from "./plugin.ts";
import { currentOf, isLive, type LiveSource } from "./swap/live-source.ts";
import { checkTime } from "./timer.ts";

export const ASSEMBLY = new LazyPart(() => import("./assemble.ts"));

/**
 * Loads a plugin: compiles the module, checks it against the contract and the grants, and starts it.
 *
 * @param source a `file:` or `http(s):` URL, a Response, bytes, or a compiled module; a source that changes
 * is followed: every change becomes a swap
 * @throws PluginError and nothing runs on; `docs/errors.md` lists the codes
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
  // Copied: the caller may change them while the source is read.
  const options = { ...optionsOf((ahead ? third : second) as LoadOptions | undefined, "load") };
  const sound = checkedOptions(ahead ? { ...options, contract: ahead } : options);
  const live = isLive(given) ? given : undefined;
  const place = isPlaced(given) ? placeOf(given) : undefined;
  // The code that makes a plugin is loaded at the same time as the source.
  const [fetched, { assembled }] = await Promise.all([
    contentOf(place?.source ?? given, sound),
    ASSEMBLY.load("could not load a plugin"),
  ]);
  if (sound.signal?.aborted) throw new PluginError("aborted", "could not load a plugin: the caller gave up");
  return assembled(fetched, sound, { live, place });
}

/** Options that are sound, with a state of their own. @throws PluginError `argument`, `bad-contract`, `no-memory` */
export function checkedOptions(options: LoadOptions): LoadOptions {
  const { contract, abi, heldPosts, grantTimeout, store } = options;
  if (contract !== undefined) checkContract(contract, "load");
  const state = stateOf(options.state);
  checkStore(store);
  if (abi !== undefined) checkAdapter(abi);
  if (heldPosts !== undefined) checkPostBounds(heldPosts);
  if (grantTimeout !== undefined) checkTime(grantTimeout, "grantTimeout");
  return state ? { ...options, state } : options;
}

/** What a source holds now. @throws PluginError as `fetchSource` does */
export async function contentOf(given: Source | LiveSource, options: LoadOptions): Promise<Fetched> {
  const { timeout = 30_000, signal } = options;
  const source = isLive(given) ? await currentOf(given, { timeout, signal }) : given;
  const { fuel, memory } = options.limits ?? {};
  return fetchSource(source, { ...options, compiles: fuel === undefined && memory === undefined });
}

/** The same bytes, which the caller cannot change any more. @throws PluginError `argument`, `no-memory` */
function stateOf(state: Uint8Array | undefined): Uint8Array | undefined {
  if (state === undefined) return undefined;
  // Bytes of another realm are bytes too.
  if (Object.prototype.toString.call(state) !== "[object Uint8Array]")
    throw misfit(state, "state", "the bytes of a snapshot, a Uint8Array, or undefined for a fresh start");
  return allocating(`${state.byteLength} bytes for a state`, () => new Uint8Array(state));
}

const METHODS = ["open", "read", "append", "begin", "close"];

/** @throws PluginError `argument` */
function checkStore(store: unknown): void {
  if (store === undefined) return;
  const given = Object(store) as Readonly<Record<string, unknown>>;
  const missing = METHODS.filter((name) => typeof given[name] !== "function");
  if (missing.length === 0) return;
  const wanted = "a store, such as directoryStore(path) of moult/node, or undefined for none";
  throw misfit(store, "store", `${wanted}; it lacks ${missing.join(", ")}`);
}
