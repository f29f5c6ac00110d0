/** The beginning of a plugin: its first generation, from a fresh start, a snapshot, or a store. */

import { AbiError } from "../abi/error.ts";
import { readSnapshot } from "../abi/state/container.ts";
import { run } from "./awaitable.ts";
import { type Rebuilt, rebuild } from "./durable/rebuild.ts";
import { StoreKeep, stateless } from "./durable/store-keep.ts";
import type { Found } from "./durable/store-reading.ts";
import { detail, PluginError } from "./errors.ts";
import type { Build, Generation } from "./generation/generation.ts";
import { title } from "./module/info.ts";
import { passageFrom } from "./module/passage.ts";
import { deploy } from "./swap/deployment.ts";
import type { Lifecycle } from "./swap/lifecycle.ts";

/** What a store gave back. */
export interface Recovery {
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
  lifecycle: Lifecycle,
  build: Build,
  snapshot: Uint8Array | undefined,
): Promise<Recovery | undefined> {
  const { keep } = lifecycle;
  if (keep instanceof StoreKeep) return await stored(lifecycle, build, { keep, snapshot });
  const first = await fresh(lifecycle, build, snapshot);
  if (keep) await keep.checkpoint(first);
  lifecycle.serve(first);
  return undefined;
}

interface Beginning {
  readonly keep: StoreKeep;
  readonly snapshot: Uint8Array | undefined;
}

async function stored(
  lifecycle: Lifecycle,
  build: Build,
  { keep, snapshot }: Beginning,
): Promise<Recovery | undefined> {
  if (!build.manifest.state) throw stateless(build, keep.storeName);
  const found = await keep.open();
  try {
    if (found) return await restored(lifecycle, build, { keep, found, snapshot });
    const first = await fresh(lifecycle, build, snapshot);
    try {
      await keep.checkpoint(first);
    } catch (error) {
      first.discard();
      throw error;
    }
    lifecycle.serve(first);
    return undefined;
  } catch (error) {
    await keep.abandon();
    throw error;
  }
}

async function fresh(
  { contracts }: Lifecycle,
  build: Build,
  snapshot: Uint8Array | undefined,
): Promise<Generation> {
  const given = snapshot && (await read(build, snapshot));
  build.fit(contracts);
  const first = await build.candidate({ contracts, number: 1, way: given?.way }).successor();
  try {
    if (given) await first.restore(given.state);
    await first.check();
  } catch (error) {
    first.discard();
    throw error;
  }
  return first;
}

async function read(build: Build, snapshot: Uint8Array) {
  try {
    const { datum, ...origin } = await readSnapshot(snapshot);
    return { state: { datum }, way: passageFrom(origin, build) };
  } catch (cause) {
    if (!(cause instanceof AbiError)) throw cause;
    throw new PluginError(
      "bad-snapshot",
      `could not load ${build.from} with the given state: ${cause.message}`,
      { cause },
    );
  }
}

interface Restoring extends Beginning {
  readonly found: Found;
}

interface Restored extends Pick<Restoring, "keep" | "found"> {
  /** For messages: what could not be done. */
  readonly could: string;
}

async function restored(
  lifecycle: Lifecycle,
  build: Build,
  { keep, found, snapshot }: Restoring,
): Promise<Recovery> {
  const could = `could not load ${title(build)} from ${keep.storeName}`;
  refuse(build, { found, could, snapshot });
  const made = await whole(lifecycle, build, { keep, found, could });
  const { calls, divergences } = made.replayed;
  const { interrupted } = made;
  return { calls, divergences, torn: found.torn, ...(interrupted && { interrupted }) };
}

/** Serves, with all that the store tells: at once, or by way of the version that answered its calls. */
async function whole(lifecycle: Lifecycle, build: Build, { keep, found, could }: Restored): Promise<Rebuilt> {
  const { head, module, interrupted } = found;
  const other = isOther(build, found);
  const count = found.calls.count + (interrupted ? 1 : 0);
  if (other && count > 0) {
    const answered = `${count} calls in its journal were answered by ${versionIn(found)}`;
    if (!module || head.digest === undefined) throw unanswerable(could, answered);
    const { storeName } = keep;
    return await deploy(lifecycle, build, { keep, found, module, could, answered, storeName });
  }
  const made = await caughtUp(lifecycle, build, { keep, found, could });
  const { generation } = made;
  try {
    if (other) await keep.checkpoint(generation);
  } catch (error) {
    generation.discard();
    throw error;
  }
  lifecycle.serve(generation);
  return made;
}

/** @throws PluginError `bad-store` */
function refuse(
  build: Build,
  { found, could, snapshot }: Pick<Restoring, "found" | "snapshot"> & Pick<Restored, "could">,
): void {
  const { plugin } = found.head;
  if (plugin !== build.manifest.name && build.typed) {
    throw new PluginError("bad-store", `${could}: it holds the state of the plugin ${plugin}`);
  }
  if (!snapshot) return;
  const why = "it has a state already; leave out the one that was given, or give an empty store";
  throw new PluginError("bad-store", `${could}: ${why}`);
}

/** The given version itself, with all that the store tells. */
async function caughtUp(
  { contracts }: Lifecycle,
  build: Build,
  { keep, found, could }: Restored,
): Promise<Rebuilt> {
  try {
    return await run(rebuild({ build, contracts, number: 1, keep, recalled: found }));
  } catch (error) {
    if (!(error instanceof PluginError)) throw error;
    throw new PluginError(error.code, `${could}: ${detail(error)}; its files are as they were`, {
      cause: error,
      advice: error.advice,
    });
  }
}

/** Whether other code wrote what a store holds. */
function isOther({ digest, manifest }: Build, { head }: Found): boolean {
  const known = head.digest !== undefined && digest !== undefined;
  return known ? head.digest !== digest : head.version !== manifest.version;
}

function versionIn({ head: { version, digest } }: Found): string {
  return `version ${version}${digest ? ` (SHA-256 ${digest})` : ""}`;
}

/** Calls of a version that is not here. */
function unanswerable(could: string, answered: string): PluginError {
  const ways = "load that version and close it, or swap it to this one: either writes a snapshot";
  const why = `${answered}, and only that code can run them again; it is not kept there; ${ways}`;
  return new PluginError("bad-store", `${could}: ${why}`);
}
