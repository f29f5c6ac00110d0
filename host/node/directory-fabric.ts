/** A fabric in a directory: its keys in a store of their own, its blobs beside it. */
import { join } from "node:path";
import {
  type Change,
  changeBytes,
  changeOf,
  Entries,
  entriesOf,
  entriesWriter,
  type Fabric,
  type Kept,
  MemoryFabric,
  type MemoryFabricOptions,
} from "../fabric/mod.ts";
import { PluginError, type Store } from "../mod.ts";
import { type DirectoryOptions, directoryOn, pathOf } from "./directory.ts";
import { DirectoryBlobs } from "./directory-blobs.ts";
import { type Disk, disk as realDisk } from "./disk.ts";
import { isAnyFolders } from "./store-files.ts";
import { Syncing } from "./syncing.ts";

export interface DirectoryFabricOptions
  extends MemoryFabricOptions,
    Pick<DirectoryOptions, "fsync" | "interval"> {}

/** The options, with those for tests. */
export interface DiskedFabricOptions extends DirectoryFabricOptions {
  /** @default the real disk */
  readonly disk?: Disk;
}

const FOLDERS = ["values", "blobs", "payloads"];
/** The first record after a beginning. */
const HEAD = new TextEncoder().encode("moult fabric 1");
/** Changes and bytes of them between two beginnings. */
const CHANGES = 10_000;
const BYTES = 2 ** 24;

/**
 * A fabric in this process whose keys and blobs are kept in a directory of their own, which is made if it is missing,
 * readable by its owner alone, and locked until the fabric is closed. What was acknowledged outlives a process that is
 * killed; whether it outlives a power cut says `fsync`.
 *
 * @throws PluginError `argument`; `store-locked` while another process has it; `bad-store`; `store-failed`
 * @example const fabric = await directoryFabric("/var/lib/fabric");
 */
export async function directoryFabric(
  path: string | URL,
  options: DirectoryFabricOptions = {},
): Promise<Fabric> {
  return fabricOn(path, options);
}

/** The same on any disk. */
export async function fabricOn(path: string | URL, options: DiskedFabricOptions): Promise<Fabric> {
  const { fsync = "always", interval = 100, disk = realDisk } = options;
  const where = pathOf(path);
  disk.makeFolder(where);
  const strange = disk.list(where).filter((name) => !FOLDERS.includes(name) && !isAnyFolders(name));
  if (strange.length > 0) {
    const why = `found ${strange.sort().slice(0, 3).join(", ")}; give it a directory of its own`;
    throw new PluginError("bad-store", `could not keep a fabric in ${where}: ${why}`);
  }
  const store = directoryOn(join(where, "values"), { fsync, interval, disk });
  await store.open();
  try {
    const warn = (text: string) => process.emitWarning(`${where}: ${text}`, "StoreWarning");
    const syncing = new Syncing(disk, fsync === "interval" ? "always" : fsync, warn);
    const blobs = new DirectoryBlobs(join(where, "blobs"), { disk, syncing });
    // Who put them is gone with the power, too.
    const unsynced = new Syncing(disk, "never", warn);
    const payloads = new DirectoryBlobs(join(where, "payloads"), { disk, syncing: unsynced });
    const log = new StoredLog(store, await entriesWriter());
    const entries = await log.read();
    const kept: Kept = { shown: where, entries, log, blobs, payloads, close: () => void store.close() };
    return new MemoryFabric(options, kept);
  } catch (error) {
    void store.close();
    throw error;
  }
}

/** A log of changes in a store. */
class StoredLog {
  readonly #store: Store;
  readonly #write: (entries: Entries) => Uint8Array;
  #changes = 0;
  #bytes = 0;

  constructor(store: Store, write: (entries: Entries) => Uint8Array) {
    this.#store = store;
    this.#write = write;
  }

  /** What was written, of which a torn end is no part. */
  async read(): Promise<Entries> {
    const stored = await this.#store.read();
    if (!stored) {
      const entries = new Entries();
      this.#begin(entries);
      return entries;
    }
    const entries = await entriesOf(stored.snapshot);
    let isHead = true;
    for await (const record of stored.records) {
      if (!isHead) entries.apply(changeOf(record));
      else if (Buffer.compare(record, HEAD) !== 0)
        throw new PluginError("bad-store", `${this.#store.name} is of no fabric, or of a later version`);
      else isHead = false;
    }
    return entries;
  }

  write(changes: readonly Change[], entries: Entries): void {
    if (this.#changes >= CHANGES || this.#bytes >= Math.max(BYTES, entries.bytes)) this.#begin(entries);
    const records = changes.map(changeBytes);
    this.#store.append(records);
    this.#changes += changes.length;
    for (const { length } of records) this.#bytes += length;
  }

  #begin(entries: Entries): void {
    this.#store.begin(this.#write(entries), HEAD);
    this.#changes = 0;
    this.#bytes = 0;
  }
}
