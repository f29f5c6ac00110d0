/** Blobs that are kept in this process, or beside it. */
import { describe } from "../../abi/canonical/memory.ts";
import { PluginError } from "../errors.ts";
import { after, now } from "../timer.ts";
import { blobDigest, blobName, checkMost, checkSize } from "./blob-digest.ts";
import type { Blobs } from "./fabric.ts";

/** Blobs by their names, 64 hexadecimal digits each: where they lie. */
export interface BlobKeep {
  /** Bytes of all of them. */
  readonly bytes: number;
  readonly names: readonly string[];
  /** @returns nothing where it is not there */
  sizeOf(name: string): number | undefined;
  /** @throws PluginError `integrity` for one that was damaged */
  get(name: string): Promise<Uint8Array | undefined>;
  /** Keeps bytes that nobody else changes. */
  put(name: string, bytes: Uint8Array): void;
  /** One that is there. */
  remove(name: string): void;
}

export class MemoryBlobKeep implements BlobKeep {
  readonly #blobs = new Map<string, Uint8Array>();
  #bytes = 0;

  get bytes(): number {
    return this.#bytes;
  }
  get names(): string[] {
    return [...this.#blobs.keys()];
  }

  sizeOf(name: string): number | undefined {
    return this.#blobs.get(name)?.length;
  }

  async get(name: string): Promise<Uint8Array | undefined> {
    const found = this.#blobs.get(name);
    return found && new Uint8Array(found);
  }

  put(name: string, bytes: Uint8Array): void {
    this.#blobs.set(name, bytes);
    this.#bytes += bytes.length;
  }

  remove(name: string): void {
    this.#bytes -= this.sizeOf(name)!;
    this.#blobs.delete(name);
  }
}

export interface KeptBlobsOptions {
  /** Bytes of all of them. */
  readonly most: number;
  /** The option that says so, for messages. */
  readonly option: string;
  /** Milliseconds after which one that nobody deleted is gone. @default never */
  readonly age?: number;
}

export class KeptBlobs implements Blobs {
  readonly #keep: BlobKeep;
  readonly #options: KeptBlobsOptions;
  /** When those that get old were put, the oldest first. */
  readonly #since = new Map<string, number>();
  #clear: (() => void) | undefined;
  #closed = false;

  /** What is there already has its whole time. */
  constructor(keep: BlobKeep, options: KeptBlobsOptions) {
    this.#keep = keep;
    this.#options = options;
    for (const name of keep.names) this.#put(name);
  }

  async put(bytes: Uint8Array): Promise<string> {
    checkBlobBytes(bytes);
    this.#check("put");
    const own: Uint8Array = new Uint8Array(bytes);
    const digest = await blobDigest(own);
    const name = blobName(digest);
    this.#check("put");
    if (this.#keep.sizeOf(name) === undefined) {
      this.#reserve(own.length);
      this.#keep.put(name, own);
    }
    this.#put(name);
    return digest;
  }

  async get(digest: string, maxBytes = Number.POSITIVE_INFINITY): Promise<Uint8Array | undefined> {
    const name = blobName(digest);
    checkMost(maxBytes);
    this.#check("get");
    checkSize(digest, this.#keep.sizeOf(name) ?? 0, maxBytes);
    return this.#keep.get(name);
  }

  async has(digest: string): Promise<boolean> {
    const name = blobName(digest);
    this.#check("look for");
    return this.#keep.sizeOf(name) !== undefined;
  }

  async delete(digest: string): Promise<boolean> {
    const name = blobName(digest);
    this.#check("delete");
    if (this.#keep.sizeOf(name) === undefined) return false;
    this.#remove(name);
    return true;
  }

  close(): void {
    this.#closed = true;
    this.#clear?.();
  }

  #put(name: string): void {
    if (this.#options.age === undefined) return;
    this.#since.delete(name);
    this.#since.set(name, now());
    this.#sweepLater();
  }

  #remove(name: string): void {
    this.#keep.remove(name);
    this.#since.delete(name);
  }

  /** Those that nobody deleted: who put them, or was to get them, was killed. */
  #sweep(age: number): void {
    for (const [name, at] of this.#since) {
      if (now() - at < age) break;
      try {
        this.#remove(name);
      } catch {
        // The disk does not let go of it now: it is tried again.
        this.#since.delete(name);
        this.#since.set(name, now());
      }
    }
    this.#sweepLater();
  }

  #sweepLater(): void {
    const { age = Number.POSITIVE_INFINITY } = this.#options;
    const [oldest] = this.#since.values();
    if (this.#clear || oldest === undefined) return;
    const left = Math.max(0, oldest + age - now());
    const sweep = () => {
      this.#clear = undefined;
      this.#sweep(age);
    };
    this.#clear = after(left, sweep, { name: "payloadAge", unref: true });
  }

  #reserve(size: number): void {
    const { most, option } = this.#options;
    const { bytes } = this.#keep;
    if (bytes + size <= most) return;
    const why = `${bytes} bytes of blobs are kept already, and at most ${most} may be (${option})`;
    throw new PluginError("too-large", `could not put a blob of ${size} bytes: ${why}`);
  }

  #check(what: string): void {
    if (this.#closed) throw new PluginError("closed", `could not ${what} a blob: the fabric was closed`);
  }
}

/** @throws PluginError `argument` */
export function checkBlobBytes(bytes: unknown): asserts bytes is Uint8Array {
  if (bytes instanceof Uint8Array) return;
  throw new PluginError("argument", `could not put a blob: found ${describe(bytes)}, wanted a Uint8Array`);
}
