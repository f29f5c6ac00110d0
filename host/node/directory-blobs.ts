/** Blobs in a folder: a file each, named by its digest, which is checked whenever it is read. */
import { join } from "node:path";
import { type BlobKeep, checkBlob, digestFrom } from "../fabric/mod.ts";
import { PluginError } from "../mod.ts";
import type { Disk } from "./disk.ts";
import type { Syncing } from "./syncing.ts";

const NAME = /^[0-9a-f]{64}$/;
/** A blob is written under this name, and renamed. */
const PART = ".part";

export class DirectoryBlobs implements BlobKeep {
  readonly #path: string;
  readonly #disk: Disk;
  readonly #syncing: Syncing;
  readonly #sizes = new Map<string, number>();
  #bytes = 0;

  /** Looks which blobs there are, and removes what a write left that did not end. @throws PluginError `bad-store` */
  constructor(path: string, { disk, syncing }: { readonly disk: Disk; readonly syncing: Syncing }) {
    this.#path = path;
    this.#disk = disk;
    this.#syncing = syncing;
    if (disk.makeFolder(path) !== undefined) syncing.folder(join(path, ".."));
    for (const name of disk.list(path)) {
      if (name.endsWith(PART)) disk.remove(join(path, name));
      else if (NAME.test(name)) this.#count(name, this.#sizeOf(name));
      else throw new PluginError("bad-store", `could not open ${path}: found ${name}, which is no blob`);
    }
  }

  get bytes(): number {
    return this.#bytes;
  }

  get names(): string[] {
    return [...this.#sizes.keys()];
  }

  sizeOf(name: string): number | undefined {
    return this.#sizes.get(name);
  }

  async get(name: string): Promise<Uint8Array | undefined> {
    if (!this.#sizes.has(name)) return undefined;
    const bytes = this.#disk.read(join(this.#path, name));
    await checkBlob(bytes, name, `the directory ${this.#path}`);
    return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  put(name: string, bytes: Uint8Array): void {
    const path = join(this.#path, name);
    const part = path + PART;
    try {
      const file = this.#disk.open(part);
      try {
        file.truncate(0);
        file.write(bytes, 0);
        this.#syncing.file(file);
      } finally {
        file.close();
      }
      this.#disk.rename(part, path);
      this.#syncing.folder(this.#path);
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      const what = `could not put the blob ${digestFrom(name)}: it could not be written: ${why}`;
      throw new PluginError("store-failed", what, { cause });
    }
    this.#count(name, bytes.length);
  }

  remove(name: string): void {
    try {
      this.#disk.remove(join(this.#path, name));
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      const what = `could not delete the blob ${digestFrom(name)}: its file could not be removed: ${why}`;
      throw new PluginError("store-failed", what, { cause });
    }
    this.#bytes -= this.#sizes.get(name)!;
    this.#sizes.delete(name);
  }

  #count(name: string, size: number): void {
    this.#sizes.set(name, size);
    this.#bytes += size;
  }

  #sizeOf(name: string): number {
    const file = this.#disk.open(join(this.#path, name));
    try {
      return file.stat().size;
    } finally {
      file.close();
    }
  }
}
