/** Blobs in memory. */
import { describe } from "../../abi/canonical/memory.ts";
import { PluginError } from "../errors.ts";
import { blobDigest, blobName } from "./blob-digest.ts";
import type { Blobs } from "./fabric.ts";

/** Blobs by their names, 64 hexadecimal digits each: where they lie. */
export interface BlobKeep {
  /** Bytes of all of them. */
  readonly bytes: number;
  has(name: string): boolean;
  /** @throws PluginError `integrity` for one that was damaged */
  get(name: string): Promise<Uint8Array | undefined>;
  /** Keeps bytes that nobody else changes. */
  put(name: string, bytes: Uint8Array): void;
}

export class MemoryBlobKeep implements BlobKeep {
  readonly #blobs = new Map<string, Uint8Array>();
  #bytes = 0;

  get bytes(): number {
    return this.#bytes;
  }

  has(name: string): boolean {
    return this.#blobs.has(name);
  }

  async get(name: string): Promise<Uint8Array | undefined> {
    const found = this.#blobs.get(name);
    return found && new Uint8Array(found);
  }

  put(name: string, bytes: Uint8Array): void {
    this.#blobs.set(name, bytes);
    this.#bytes += bytes.length;
  }
}

/** Blobs that are kept in this process, or beside it. */
export class KeptBlobs implements Blobs {
  readonly #keep: BlobKeep;
  readonly #most: number;
  #closed = false;

  /** @param most bytes of all of them */
  constructor(keep: BlobKeep, most: number) {
    this.#keep = keep;
    this.#most = most;
  }

  async put(bytes: Uint8Array): Promise<string> {
    checkBlobBytes(bytes);
    this.#check("put");
    const own: Uint8Array = new Uint8Array(bytes);
    const digest = await blobDigest(own);
    const name = blobName(digest);
    if (this.#keep.has(name)) return digest;
    const { bytes: kept } = this.#keep;
    if (kept + own.length > this.#most) {
      const why = `${kept} bytes of blobs are kept already, and at most ${this.#most} may be (maxBlobBytes)`;
      throw new PluginError("too-large", `could not put a blob of ${own.length} bytes: ${why}`);
    }
    this.#keep.put(name, own);
    return digest;
  }

  async get(digest: string): Promise<Uint8Array | undefined> {
    const name = blobName(digest);
    this.#check("get");
    return this.#keep.get(name);
  }

  async has(digest: string): Promise<boolean> {
    const name = blobName(digest);
    this.#check("look for");
    return this.#keep.has(name);
  }

  close(): void {
    this.#closed = true;
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
