/**
 * A store in a directory: a snapshot that any Avro tool reads, and a journal of the calls since. See
 * `docs/durable.md`.
 */
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { checkCheckpoint, plainStore } from "../durable/file/plain-store.ts";
import { PluginError, type Store } from "../mod.ts";
import { DirectoryStore } from "./directory-store.ts";
import { type Disk, disk as realDisk } from "./disk.ts";
import type { Fsync } from "./syncing.ts";

export interface DirectoryOptions {
  /**
   * When an acknowledged call is on the disk itself:
   * - `"always"`: before it is acknowledged, so that a power cut loses none,
   * - `"interval"`: within `interval` milliseconds; a power cut loses younger calls,
   * - `"never"`: whenever the operating system writes it.
   *
   * In each case a process that is killed loses no acknowledged call.
   * @default "always"
   */
  readonly fsync?: Fsync;
  /** Milliseconds, at most a day. @default 100 */
  readonly interval?: number;
  /** The bounds of the journal, at which a new snapshot replaces it. @default 10_000 calls, 16 MiB */
  readonly checkpoint?: { readonly calls?: number; readonly bytes?: number };
}

/** The options, with those for tests. */
export interface DiskedOptions extends DirectoryOptions {
  /** Stands in for the disk, to record writes or make them fail. @default the real disk */
  readonly disk?: Disk;
}

/**
 * Keeps a plugin in a directory of its own, which is made if it is missing, readable by its owner alone. All
 * methods but `open` are synchronous. What the store cannot promise where it runs is listed in `warnings`,
 * and is emitted as a warning of the process.
 *
 * @param path a relative path is resolved against the working directory at the time of this call
 * @throws PluginError `argument`
 */
export function directoryStore(path: string | URL, options: DirectoryOptions = {}): Store {
  return directoryOn(path, { ...options, disk: realDisk });
}

/** The same on any disk. */
export function directoryOn(path: string | URL, options: DiskedOptions = {}): Store {
  const { fsync = "always", interval = 100, checkpoint = {}, disk = realDisk } = options;
  const where = pathOf(path);
  const refuse = (option: string, found: unknown, wanted: string) => {
    const could = `could not keep a plugin in the directory ${where}`;
    throw new PluginError("argument", `${could}: its ${option} is ${String(found)}, wanted ${wanted}`);
  };
  if (!["always", "interval", "never"].includes(fsync)) {
    refuse("fsync", fsync, '"always", "interval" or "never"');
  }
  if (!(interval > 0 && interval <= 86_400_000)) refuse("interval", interval, "milliseconds, at most a day");
  checkCheckpoint(checkpoint, refuse);
  const store = new DirectoryStore(where, { fsync, interval, disk });
  return plainStore(store, { name: store.name, synchronous: true, checkpoint });
}

export function pathOf(path: string | URL): string {
  try {
    return resolve(path instanceof URL || /^file:\/\//.test(path) ? fileURLToPath(path) : path);
  } catch (cause) {
    const found = cause instanceof Error ? cause.message : String(cause);
    throw new PluginError("argument", `could not keep a plugin in a directory: ${found}`, { cause });
  }
}
