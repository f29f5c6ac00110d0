/** Loading: from a source to a plugin that answers. */

import { readSnapshot } from "../abi/container.ts";
import { AbiError } from "../abi/error.ts";
import { passageFrom } from "./candidate.ts";
import type { Grant } from "./capability.ts";
import { compile } from "./compile.ts";
import type { Contract, Functions } from "./contract.ts";
import { PluginError } from "./errors.ts";
import { type Changing, type FollowOptions, isChanging } from "./follow.ts";
import type { PluginModule } from "./module.ts";
import { type Beginning, Plugin } from "./plugin.ts";
import { fetchSource, type Source } from "./source.ts";
import { contractOf } from "./view.ts";

export interface LoadOptions {
  /** What the plugin may reach. @default nothing */
  readonly grant?: readonly (Grant | readonly Grant[])[];
  /** A snapshot to begin from, of this version's schema or of one that leads to it. @default a fresh start */
  readonly state?: Uint8Array;
  /** How the swaps are done that a source which changes asks for. */
  readonly follow?: FollowOptions;
  /** `"assemblyscript"` loads a module that stock `asc --exportRuntime` made. @default "moult" */
  readonly abi?: "moult" | "assemblyscript";
  /** Calls that may wait while a swap or another call is under way. @default 1024 */
  readonly queue?: number;
  /** Milliseconds that the source may take to arrive. @default 30_000 */
  readonly timeout?: number;
  readonly signal?: AbortSignal;
}

/**
 * Loads a plugin: compiles the module, checks it against the contract and the grants, and starts it.
 *
 * @param contract what the caller expects; without one, the functions that the module says it has, untyped
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
  const contract = isContract(first) ? first : undefined;
  const given = (contract ? second : first) as Source | Changing;
  const options = ((contract ? third : second) as LoadOptions | undefined) ?? {};
  const { grant = [], state, abi = "moult", queue = 1024, timeout = 30_000, signal } = options;
  const source = isChanging(given) ? await given.current() : given;
  const module = await compile(await fetchSource(source, { timeout, signal }), abi);
  const beginning = await begin(module, state);
  const plugin = new Plugin(contract ?? contractOf(module), beginning, { grants: grant.flat(), abi, queue });
  if (isChanging(given)) plugin.follow(given, options.follow);
  return plugin;
}

async function begin(module: PluginModule, snapshot: Uint8Array | undefined): Promise<Beginning> {
  if (snapshot === undefined) return { module, state: undefined, way: undefined };
  try {
    const { datum, ...origin } = await readSnapshot(snapshot);
    return { module, state: { datum }, way: passageFrom(origin, module) };
  } catch (cause) {
    if (!(cause instanceof AbiError)) throw cause;
    throw new PluginError(
      "bad-snapshot",
      `could not load ${module.from} with the given state: ${cause.message}`,
      { cause },
    );
  }
}

function isContract(value: Contract | Source | Changing): value is Contract {
  return typeof value === "object" && value !== null && "functions" in value && "interface" in value;
}
