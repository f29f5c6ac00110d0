/** A bucket in a folder. What it has is known from when it was opened, since no other process writes there. */
import { join } from "node:path";
import type { Bucket } from "../capabilities/mod.ts";
import { PluginError } from "../mod.ts";
import { type Entry, isValueFile, sealed, unsealed, valueFileName, writeName } from "./bucket-file.ts";
import type { Disk } from "./disk.ts";
import type { Syncing } from "./syncing.ts";

/** What all buckets of a directory share. */
export interface Folder {
  /** `the directory /var/lib/kv` */
  readonly name: string;
  readonly disk: Disk;
  readonly syncing: Syncing;
  /** Checks that this process has the directory. @throws PluginError `store-locked`, `store-failed`, `closed` */
  check(): void;
}

/** A write is made under this name, and renamed. */
const PART = ".part";

export class DirectoryBucket implements Bucket {
  readonly #folder: Folder;
  readonly #path: string;
  /** Bytes of each key and its value. */
  readonly #sizes = new Map<string, number>();
  /** The last write of each key, as far as another process made it. */
  readonly #before = new Map<string, string>();
  #bytes = 0;

  /**
   * Reads which keys there are, and removes what a write left that did not end.
   *
   * @throws PluginError `bad-store` for a file that is damaged, or not of a bucket
   */
  constructor(folder: Folder, path: string) {
    this.#folder = folder;
    this.#path = path;
    const { disk, syncing } = folder;
    if (disk.makeFolder(path) !== undefined) syncing.folder(join(path, ".."));
    for (const name of disk.list(path)) {
      if (name.endsWith(PART)) disk.remove(join(path, name));
      else this.#index(name);
    }
  }

  get count(): number {
    return this.#sizes.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get(key: string): Uint8Array | undefined {
    this.#folder.check();
    return this.#sizes.has(key) ? this.#entry(valueFileName(key)).value : undefined;
  }

  sizeOf(key: string): number | undefined {
    return this.#sizes.get(key);
  }

  /**
   * A write that another process made, and that is asked for again because it ended before its call did, is not
   * made again. In one process the same name may be of two writes: where a version traps, the one before makes
   * the call in its own way.
   */
  set(key: string, value: Uint8Array, callId: string): void {
    const { disk, syncing } = this.#folder;
    this.#folder.check();
    const write = writeName(callId);
    if (this.#before.get(key) === write) return;
    const path = join(this.#path, valueFileName(key));
    const part = path + PART;
    try {
      const file = disk.open(part);
      try {
        file.truncate(0);
        file.write(sealed({ key, value, write }), 0);
        syncing.file(file);
      } finally {
        file.close();
      }
      disk.rename(part, path);
    } catch (error) {
      this.#discard(part);
      throw error;
    }
    this.#before.delete(key);
    this.#count(key, value.length);
    syncing.folder(this.#path);
  }

  delete(key: string): void {
    this.#folder.check();
    const size = this.#sizes.get(key);
    if (size === undefined) return;
    this.#folder.disk.remove(join(this.#path, valueFileName(key)));
    this.#sizes.delete(key);
    this.#before.delete(key);
    this.#bytes -= size;
    this.#folder.syncing.folder(this.#path);
  }

  keys(): Iterable<string> {
    return this.#sizes.keys();
  }

  #index(name: string): void {
    const { key, value, write } = this.#entry(name);
    this.#before.set(key, write);
    this.#count(key, value.length);
  }

  #count(key: string, length: number): void {
    const size = Buffer.byteLength(key) + length;
    this.#bytes += size - (this.#sizes.get(key) ?? 0);
    this.#sizes.set(key, size);
  }

  #entry(name: string): Entry {
    const { name: directory, disk } = this.#folder;
    const path = join(this.#path, name);
    const found = isValueFile(name) ? unsealed(name, disk.read(path)) : undefined;
    if (found) return found;
    const why = isValueFile(name) ? "is damaged" : "is no file of a bucket";
    throw new PluginError("bad-store", `could not read ${directory}: ${path} ${why}; nothing was changed`);
  }

  /** The error of the write is the one to tell. */
  #discard(part: string): void {
    try {
      this.#folder.disk.remove(part);
    } catch {
      // It is removed when the bucket is opened again.
    }
  }
}
