/** Blobs that a hub has: what it says of them is checked. */
import * as z from "zod/mini";
import { PluginError } from "../errors.ts";
import { MOST_FILE_BYTES } from "../remote/protocol.ts";
import { blobDigest, blobName, checkBlob, checkMost } from "./blob-digest.ts";
import type { Blobs } from "./fabric.ts";
import { said } from "./hub-key-value.ts";
import type { HubLine } from "./hub-line.ts";
import { checkBlobBytes } from "./memory-blobs.ts";

/** Milliseconds that a blob may take, there or back. */
const TIMEOUT = 120_000;
const FACTS = 4_096;

/** Which of the hub's blobs they are. */
export type BlobsOf = "blobs" | "payloads";

const deletedSchema = z.object({ deleted: z.boolean() });
const digestSchema = z.object({ digest: z.string() });
const hasSchema = z.object({ has: z.boolean() });

export class HubBlobs implements Blobs {
  readonly #line: HubLine;
  readonly #of: BlobsOf;

  constructor(line: HubLine, of: BlobsOf) {
    this.#line = line;
    this.#of = of;
  }

  async put(bytes: Uint8Array): Promise<string> {
    checkBlobBytes(bytes);
    const own: Uint8Array = new Uint8Array(bytes);
    const digest = await blobDigest(own);
    if (await this.has(digest)) return digest;
    const could = `could not put a blob of ${own.length} bytes`;
    const asked = {
      method: "POST",
      path: `blobs?of=${this.#of}`,
      body: own,
      most: FACTS,
      timeout: TIMEOUT,
    } as const;
    const found = said(could, (await this.#line.ask(could, asked)).body, digestSchema).digest;
    if (found === digest) return digest;
    throw new PluginError(
      "integrity",
      `${could}: what its hub got has the digest ${found}, wanted ${digest}`,
    );
  }

  async get(digest: string, maxBytes = MOST_FILE_BYTES): Promise<Uint8Array | undefined> {
    const path = `blobs/${blobName(digest)}?of=${this.#of}`;
    checkMost(maxBytes);
    const most = Math.min(maxBytes, MOST_FILE_BYTES);
    const asked = { method: "GET", path, most, timeout: TIMEOUT } as const;
    const { status, body } = await this.#line.ask(`could not get the blob ${digest}`, asked);
    if (status !== 200) return undefined;
    await checkBlob(body, digest, this.#line.shown);
    return new Uint8Array(body.buffer, body.byteOffset, body.length);
  }

  async has(digest: string): Promise<boolean> {
    const could = `could not look for the blob ${digest}`;
    const asked = { method: "GET", path: `has/${blobName(digest)}?of=${this.#of}`, most: FACTS } as const;
    return said(could, (await this.#line.ask(could, asked)).body, hasSchema).has;
  }

  async delete(digest: string): Promise<boolean> {
    const could = `could not delete the blob ${digest}`;
    const path = `remove/${blobName(digest)}?of=${this.#of}`;
    const asked = { method: "POST", path, body: new Uint8Array(0), most: FACTS } as const;
    return said(could, (await this.#line.ask(could, asked)).body, deletedSchema).deleted;
  }
}
