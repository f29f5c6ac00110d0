/** Buckets in a directory: keys and values of plugins that outlive the process. */
import { join } from "node:path";
import type { Buckets } from "../capabilities/mod.ts";
import { PluginError } from "../mod.ts";
import { bucketFolderName } from "./bucket-file.ts";
import { pathOf } from "./directory.ts";
import { DirectoryBucket, type Folder } from "./directory-bucket.ts";
import { type Disk, disk as realDisk } from "./disk.ts";
import { LOCK_FILES, type Lock, lock } from "./lock.ts";
import { isAnyFolders } from "./store-files.ts";
import { Syncing } from "./syncing.ts";

export interface DirectoryBucketsOptions {
  /**
   * When a write is on the disk itself: `"always"` before the plugin is answered, or `"never"`, which is when
   * the operating system writes it: a power cut may lose what is newest, and a process that is killed nothing.
   * @default "always"
   */
  readonly fsync?: "always" | "never";
}

/** Buckets that have a directory until they are closed. */
export interface DirectoryBuckets extends Buckets, AsyncDisposable {
  /** What cannot be promised here; each is emitted as a warning of the process as well. */
  readonly warnings: readonly string[];
  /** Lets others have the directory. Later reads and writes fail. */
  close(): void;
}

/** The options, with those for tests. */
export interface DiskedBucketsOptions extends DirectoryBucketsOptions {
  /** @default the real disk */
  readonly disk?: Disk;
}

/**
 * Keeps the buckets of `kv` in a directory of their own, which is made if it is missing, readable by its owner
 * alone, and locked until they are closed. A value is written whole or not at all, whatever ends the process.
 *
 * @throws PluginError `argument`; `store-locked` while another process has the directory; `bad-store` for one
 * that has other files in it; `store-failed` where it cannot be used
 */
export function directoryBuckets(
  path: string | URL,
  options: DirectoryBucketsOptions = {},
): Promise<DirectoryBuckets> {
  return bucketsOn(path, { ...options, disk: realDisk });
}

/** The same on any disk. */
export async function bucketsOn(
  path: string | URL,
  { fsync = "always", disk = realDisk }: DiskedBucketsOptions = {},
): Promise<DirectoryBuckets> {
  const where = pathOf(path);
  const name = `the directory ${where}`;
  if (fsync !== "always" && fsync !== "never") {
    const why = `its fsync is ${String(fsync)}, wanted "always" or "never"`;
    throw new PluginError("argument", `could not keep buckets in ${name}: ${why}`);
  }
  const warnings: string[] = [];
  const warn = (text: string) => {
    warnings.push(text);
    process.emitWarning(`${name}: ${text}`, "StoreWarning");
  };
  const taken = await taking(where, { name, disk });
  for (const doubt of taken.doubts) warn(doubt);
  let held: Lock | undefined = taken;
  const folder: Folder = {
    name,
    disk,
    syncing: new Syncing(disk, fsync, warn),
    check() {
      if (!held) throw new PluginError("closed", `could not use ${name}: its buckets were closed`);
      held.check();
    },
  };
  const opened = new Map<string, DirectoryBucket>();
  const close = () => {
    held?.release();
    held = undefined;
  };
  return {
    warnings,
    open(bucket) {
      const known = opened.get(bucket);
      if (known) return known;
      folder.check();
      const made = new DirectoryBucket(folder, join(where, bucketFolderName(bucket)));
      opened.set(bucket, made);
      return made;
    },
    close,
    [Symbol.asyncDispose]: async () => close(),
  };
}

/** What a folder of a bucket is called. */
const BUCKET = /~[0-9a-f]{64}$/;

async function taking(
  where: string,
  { name, disk }: { readonly name: string; readonly disk: Disk },
): Promise<Lock> {
  try {
    disk.makeFolder(where);
    const strange = disk
      .list(where)
      .filter((each) => !BUCKET.test(each) && !LOCK_FILES.test(each) && !isAnyFolders(each));
    if (strange.length === 0) return await lock(where);
    const found = strange.sort().slice(0, 3).join(", ");
    const why = `found ${found}, which are no buckets; give it a directory of its own`;
    throw new PluginError("bad-store", `could not keep buckets in ${name}: ${why}`);
  } catch (cause) {
    if (cause instanceof PluginError) throw cause;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new PluginError("store-failed", `could not keep buckets in ${name}: ${why}`, { cause });
  }
}
