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

async function restored(
  lifecycle: Lifecycle,
  build: Build,
  { keep, found, snapshot }: Restoring,
): Promise<Recovery> {
  const could = `could not load ${title(build)} from ${keep.storeName}`;
  const other = otherCode(build, found, could);
  if (snapshot) {
    const why = "it has a state already; leave out the one that was given, or give an empty store";
    throw new PluginError("bad-store", `${could}: ${why}`);
  }
  let made: Rebuilt;
  try {
    const { contracts } = lifecycle;
    made = await run(rebuild({ build, contracts, number: 1, keep, recalled: found }));
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
  lifecycle.serve(generation);
  const { calls, divergences } = replayed;
  return { calls, divergences, torn: found.torn, ...(interrupted && { interrupted }) };
}

/** Whether other code wrote what a store holds. @throws PluginError `bad-store` where only that code can read it */
function otherCode(build: Build, { head, calls, interrupted }: Found, could: string): boolean {
  const { name, version } = build.manifest;
  if (head.plugin !== name && build.typed) {
    throw new PluginError("bad-store", `${could}: it holds the state of the plugin ${head.plugin}`);
  }
  const other =
    head.digest !== undefined && build.digest !== undefined
      ? head.digest !== build.digest
      : head.version !== version;
  const count = calls.count + (interrupted ? 1 : 0);
  if (other && count > 0) {
    const by = `version ${head.version}${head.digest ? ` (SHA-256 ${head.digest})` : ""}`;
    const ways = "load that version and close it, or swap it to this one: either writes a snapshot";
    throw new PluginError(
      "bad-store",
      `${could}: ${count} calls in its journal were answered by ${by}, and only that code can run them again; ${ways}`,
    );
  }
  return other;
}
