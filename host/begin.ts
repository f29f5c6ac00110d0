/** The beginning of a plugin: its first generation, from a fresh start, a snapshot, or a store. */

import { AbiError } from "../abi/error.ts";
import { readSnapshot } from "../abi/state/container.ts";
import { run } from "./awaitable.ts";
import { type Found, StoreKeep, stateless } from "./durable/store-keep.ts";
import { detail, PluginError } from "./errors.ts";
import { nearCandidate, passageFrom } from "./generation/candidate.ts";
import type { NearGeneration } from "./generation/near.ts";
import { linkage } from "./grant/link.ts";
import { rebuild } from "./journal/rebuild.ts";
import { type PluginModule, title } from "./module/module.ts";
import type { Standing } from "./swap/lifecycle.ts";

/** What a store gave back. */
export interface Recovered {
  /** Calls that were run again, and those that answered otherwise than then. */
  readonly calls: number;
  readonly divergences: number;
  /** Bytes at the end of the journal that were no whole record, and were cut off: nothing acknowledged was in them. */
  readonly torn: number;
  /** A call without an answer when the process ended: it was gone on with, or left out, because it trapped or never ended. */
  readonly interrupted?: { readonly name: string; readonly outcome: "resumed" | "dropped" };
}

/** @throws PluginError and nothing runs on */
export async function begin(
  standing: Standing,
  module: PluginModule,
  snapshot: Uint8Array | undefined,
): Promise<Recovered | undefined> {
  const { keep } = standing;
  const { store } = standing.options;
  if (!(keep instanceof StoreKeep) || !store) {
    const first = await fresh(standing, module, snapshot);
    if (keep) keep.checkpoint(first);
    serve(standing, first);
    return undefined;
  }
  if (!module.manifest.state) throw stateless(module, store);
  if (!store.synchronous) refuseEffects(standing, module);
  const found = await keep.open();
  try {
    if (found) return await restored(standing, module, { keep, found, snapshot });
    const first = await fresh(standing, module, snapshot);
    try {
      await keep.checkpoint(first);
    } catch (error) {
      first.discard();
      throw error;
    }
    serve(standing, first);
    return undefined;
  } catch (error) {
    await keep.abandon();
    throw error;
  }
}

async function fresh(
  standing: Standing,
  module: PluginModule,
  snapshot: Uint8Array | undefined,
): Promise<NearGeneration> {
  const { lineage } = standing;
  const { grants } = standing.options;
  const given = snapshot && (await read(module, snapshot));
  const bindings = () => standing.bound({ module });
  const candidate = nearCandidate({ module, grants, lineage, bindings, number: 1, way: given?.way });
  const first = candidate.successor() as NearGeneration;
  try {
    if (given) first.restore(given.state);
    first.check();
  } catch (error) {
    first.discard();
    throw error;
  }
  return first;
}

async function read(module: PluginModule, snapshot: Uint8Array) {
  try {
    const { datum, ...origin } = await readSnapshot(snapshot);
    return { state: { datum }, way: passageFrom(origin, module) };
  } catch (cause) {
    if (!(cause instanceof AbiError)) throw cause;
    throw new PluginError(
      "bad-snapshot",
      `could not load ${module.from} with the given state: ${cause.message}`,
      { cause },
    );
  }
}

interface Restoring {
  readonly keep: StoreKeep;
  readonly found: Found;
  readonly snapshot: Uint8Array | undefined;
}

async function restored(
  standing: Standing,
  module: PluginModule,
  { keep, found, snapshot }: Restoring,
): Promise<Recovered> {
  const { head, journal, torn } = found;
  const { name } = standing.options.store!;
  const could = `could not load ${title(module)} from ${name}`;
  if (snapshot) {
    const why = "it has a state already; leave out the one that was given, or give an empty store";
    throw new PluginError("bad-store", `${could}: ${why}`);
  }
  if (head.plugin !== module.manifest.name && module.adapter.typed) {
    throw new PluginError("bad-store", `${could}: it holds the state of the plugin ${head.plugin}`);
  }
  const { version } = module.manifest;
  const other =
    head.digest !== undefined && module.digest !== undefined
      ? head.digest !== module.digest
      : head.version !== version;
  if (other && journal.entries.length > 0) {
    const by = `version ${head.version}${head.digest ? ` (SHA-256 ${head.digest})` : ""}`;
    const ways = "load that version and close it, or swap it to this one: either writes a snapshot";
    throw new PluginError(
      "bad-store",
      `${could}: ${journal.entries.length} calls in its journal were answered by ${by}, and only that code can run them again; ${ways}`,
    );
  }
  let made: Awaited<ReturnType<typeof rebuilt>>;
  try {
    made = await rebuilt(standing, module, { keep, found });
  } catch (error) {
    if (!(error instanceof PluginError)) throw error;
    throw new PluginError(error.code, `${could}: ${detail(error)}; its files are as they were`, {
      cause: error,
      advice: error.advice,
    });
  }
  const { generation, replayed, interrupted } = made;
  try {
    if (other) await keep.checkpoint(generation);
  } catch (error) {
    generation.discard();
    throw error;
  }
  serve(standing, generation);
  const { calls, divergences } = replayed;
  return { calls, divergences, torn, ...(interrupted && { interrupted }) };
}

async function rebuilt(
  standing: Standing,
  module: PluginModule,
  { keep, found }: Pick<Restoring, "keep" | "found">,
) {
  return run(rebuild(standing, { module, keep, number: 1, recalled: found }));
}

function serve(standing: Standing, first: NearGeneration): void {
  const { name, gate, lineage } = standing;
  const slow = lineage.waits ? "its store" : undefined;
  standing.serving = { name, gate, nesting: lineage.nesting, current: first, slow };
  standing.attend();
  first.serve();
}

/** What an effect answers is logged before the guest sees it, and a guest that is not suspended cannot wait for that. */
function refuseEffects({ options }: Standing, module: PluginModule): void {
  const { matches } = linkage(module, options.grants);
  const names = matches.flatMap(({ import: owner, functions }) =>
    functions
      .filter(({ granted }) => granted.kind === "effect" && !granted.async)
      .map(({ name }) => `${owner}#${name}`),
  );
  if (names.length === 0) return;
  throw new PluginError(
    "no-suspension",
    `could not load ${title(module)} from ${options.store!.name}: ${names.join(", ")} has an effect and answers at once, and this store answers later; declare it async: true, or use a store that is synchronous`,
  );
}
