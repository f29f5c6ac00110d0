/** Blobs in an object store of NATS, which parts them into messages. */
import type { ObjectStore } from "@nats-io/obj";
import { PluginError } from "../errors.ts";
import { blobDigest, blobName, checkBlob } from "../fabric/blob-digest.ts";
import type { Blobs } from "../fabric/fabric.ts";
import { checkBlobBytes } from "../fabric/memory-blobs.ts";
import { after } from "../timer.ts";
import type { Line } from "./line.ts";

/** Milliseconds that a blob may take to come, whatever it is. */
const TIMEOUT = 120_000;

export class NatsBlobs implements Blobs {
  readonly #line: Line;
  readonly #store: ObjectStore;

  constructor(line: Line, store: ObjectStore) {
    this.#line = line;
    this.#store = store;
  }

  async put(bytes: Uint8Array): Promise<string> {
    checkBlobBytes(bytes);
    const own: Uint8Array = new Uint8Array(bytes);
    const digest = await blobDigest(own);
    if (await this.has(digest)) return digest;
    const name = blobName(digest);
    await this.#line.ask(`could not put a blob of ${own.length} bytes`, () =>
      this.#store.putBlob({ name }, own),
    );
    return digest;
  }

  async get(digest: string): Promise<Uint8Array | undefined> {
    const name = blobName(digest);
    const could = `could not get the blob ${digest}`;
    const found = await this.#line.ask(could, () => inTime(could, this.#store.getBlob(name)));
    if (!found) return undefined;
    const own: Uint8Array = new Uint8Array(found);
    await checkBlob(own, digest, this.#line.shown);
    return own;
  }

  async has(digest: string): Promise<boolean> {
    const name = blobName(digest);
    const info = await this.#line.ask(`could not look for the blob ${digest}`, () => this.#store.info(name));
    return info !== null && !info.deleted;
  }
}

/** A part that is gone would be waited for. */
async function inTime<T>(could: string, work: Promise<T>): Promise<T> {
  let clear = () => {};
  const late = new Promise<never>((_, reject) => {
    const end = () => reject(new PluginError("unavailable", `${could}: a part of it did not come`));
    clear = after(TIMEOUT, end, { name: "timeout", unref: true });
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clear();
  }
}
