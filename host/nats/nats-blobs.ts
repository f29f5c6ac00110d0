/** Blobs in an object store of NATS, which parts them into messages. */
import type { ObjectStore } from "@nats-io/obj";
import { PluginError } from "../errors.ts";
import { blobDigest, blobName, checkBlob, checkMost, checkSize } from "../fabric/blob-digest.ts";
import type { Blobs } from "../fabric/fabric.ts";
import { joined } from "../fabric/joined.ts";
import { checkBlobBytes } from "../fabric/memory-blobs.ts";
import { after } from "../timer.ts";
import type { Line } from "./line.ts";

/** Milliseconds that a blob may take to come, whatever it is. */
const TIMEOUT = 120_000;

export class NatsBlobs implements Blobs {
  readonly #line: Line;
  readonly #open: () => Promise<ObjectStore>;
  #opening: Promise<ObjectStore> | undefined;

  /** @param open makes it where it is missing; it is first asked when it is needed */
  constructor(line: Line, open: () => Promise<ObjectStore>) {
    this.#line = line;
    this.#open = open;
  }

  async put(bytes: Uint8Array): Promise<string> {
    checkBlobBytes(bytes);
    const own: Uint8Array = new Uint8Array(bytes);
    const digest = await blobDigest(own);
    if (await this.has(digest)) return digest;
    const name = blobName(digest);
    await this.#ask(`could not put a blob of ${own.length} bytes`, (store) => store.putBlob({ name }, own));
    return digest;
  }

  async get(digest: string, maxBytes = Number.POSITIVE_INFINITY): Promise<Uint8Array | undefined> {
    const name = blobName(digest);
    checkMost(maxBytes);
    const could = `could not get the blob ${digest}`;
    const found = await this.#ask(could, async (store) => {
      const info = await store.info(name);
      if (!info || info.deleted) return undefined;
      if (info.options?.link) throw new PluginError("integrity", `${could}: it is a link to another one`);
      checkSize(digest, info.size, maxBytes);
      return read(store, name, { could, digest, maxBytes });
    });
    if (!found) return undefined;
    await checkBlob(found, digest, this.#line.shown);
    return found;
  }

  async has(digest: string): Promise<boolean> {
    const name = blobName(digest);
    const info = await this.#ask(`could not look for the blob ${digest}`, (store) => store.info(name));
    return info !== null && !info.deleted;
  }

  async delete(digest: string): Promise<boolean> {
    const name = blobName(digest);
    return this.#ask(`could not delete the blob ${digest}`, async (store) => {
      const info = await store.info(name);
      if (!info || info.deleted) return false;
      return (await store.delete(name)).success;
    });
  }

  #ask<T>(could: string, work: (store: ObjectStore) => Promise<T>): Promise<T> {
    return this.#line.ask(could, async () => work(await this.#opened()));
  }

  #opened(): Promise<ObjectStore> {
    if (this.#opening) return this.#opening;
    const opening = this.#open();
    this.#opening = opening;
    opening.catch(() => {
      this.#opening = undefined;
    });
    return opening;
  }
}

interface Reading {
  readonly could: string;
  readonly digest: string;
  readonly maxBytes: number;
}

/** What NATS says of a blob's size may be wrong, and a part that is gone would be waited for. */
async function read(
  store: ObjectStore,
  name: string,
  { could, digest, maxBytes }: Reading,
): Promise<Uint8Array | undefined> {
  const result = await store.get(name);
  if (!result) return undefined;
  // It says the same that the end of its data does.
  result.error.catch(() => {});
  const reader = result.data.getReader();
  let isLate = false;
  const end = () => {
    isLate = true;
    void reader.cancel();
  };
  const clear = after(TIMEOUT, end, { name: "timeout", unref: true });
  const parts: Uint8Array[] = [];
  let size = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      size += value.length;
      checkSize(digest, size, maxBytes);
      // It may be a part of a buffer that comes to be used again.
      parts.push(new Uint8Array(value));
    }
  } finally {
    clear();
    await reader.cancel().catch(() => {});
  }
  if (isLate) throw new PluginError("unavailable", `${could}: a part of it did not come`);
  return joined(parts);
}
