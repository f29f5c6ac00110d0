/** The beginning with a store: with the state and the calls in it, or with a first snapshot written to it. */
import { run } from "./awaitable.ts";
import { fresh } from "./begin.ts";
import { type Rebuilt, rebuild } from "./durable/rebuild.ts";
import { type StoreKeep, stateless } from "./durable/store-keep.ts";
import type { Found } from "./durable/store-reading.ts";
import { detail, PluginError } from "./errors.ts";
import type { Build } from "./generation/generation.ts";
import { title } from "./module/info.ts";
import { deploy } from "./swap/deployment.ts";
import type { Lifecycle } from "./swap/lifecycle.ts";

/** What was recovered from a store. */
export interface Recovery {
  /** Calls that were run again, and how many of their answers differ from the original ones. */
  readonly calls: number;
  readonly divergences: number;
  /** Bytes behind the journal's last whole record, which were cut off: nothing acknowledged was in them. */
  readonly torn: number;
  /**
   * A call without an answer when the process ended: continued, or left out because it trapped or never
   * ended.
   */
  readonly interrupted?: { readonly name: string; readonly outcome: "resumed" | "dropped" };
}

interface Beginning {
  readonly keep: StoreKeep;
  readonly snapshot: Uint8Array | undefined;
}

/** @throws PluginError and nothing runs on; the store is closed */
export async function beginStored(
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
      await keep.checkpoint(first, true);
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

interface Restoring extends Beginning {
  readonly found: Found;
}

interface Restored extends Pick<Restoring, "keep" | "found"> {
  /** What could not be done, for messages. */
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

/** Serves with the store's whole content: directly, or through the version that answered its calls. */
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

/** The given version itself, with the store's whole content. */
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

/** Whether another version wrote the content of a store. */
function isOther({ digest, manifest }: Build, { head }: Found): boolean {
  const known = head.digest !== undefined && digest !== undefined;
  return known ? head.digest !== digest : head.version !== manifest.version;
}

function versionIn({ head: { version, digest } }: Found): string {
  return `version ${version}${digest ? ` (SHA-256 ${digest})` : ""}`;
}

/** The error for calls of a version that is not here. */
function unanswerable(could: string, answered: string): PluginError {
  const ways = "load that version and close it, or swap it to this one: either writes a snapshot";
  const why = `${answered}, and only that code can run them again; it is not kept there; ${ways}`;
  return new PluginError("bad-store", `${could}: ${why}`);
}
