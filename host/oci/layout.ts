/** A folder as a registry: an OCI image layout, which other tools read and write too. */
import { readFile, rm, stat } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import * as z from "zod/mini";
import { PluginError, reason } from "../errors.ts";
import { Blobs, makeWhole, writeWhole } from "./blobs.ts";
import { DIGEST } from "./digest.ts";
import { type Descriptor, INDEX_TYPE, MANIFEST_TYPE, MOST_MANIFEST, type Packed } from "./manifest.ts";
import { type FolderPlace, folderUrl } from "./reference.ts";
import type { ArtifactStore, Asking, AskingContent, FoundManifest } from "./store.ts";

/** The annotation of an index with a tag. */
const TAG = "org.opencontainers.image.ref.name";
/** The most bytes of an index, which is read whole. */
const MOST_INDEX = 16_777_216;
const LAYOUT = JSON.stringify({ imageLayoutVersion: "1.0.0" });

// What other tools wrote beside it stays.
const entry = z.looseObject({
  mediaType: z.string(),
  digest: z.string(),
  size: z.number(),
  annotations: z.optional(z.record(z.string(), z.string())),
});
const shape = z.looseObject({ schemaVersion: z.literal(2), manifests: z.array(entry) });
type Index = z.infer<typeof shape>;

export class LayoutStore implements ArtifactStore {
  readonly url: URL;
  readonly #folder: string;
  readonly #blobs: Blobs;

  constructor(place: FolderPlace) {
    this.url = folderUrl(place);
    this.#folder = place.folder;
    this.#blobs = new Blobs(place.folder);
  }

  async tagged(tag: string, asking: Asking): Promise<FoundManifest> {
    const found = (await this.#index(asking))?.manifests.filter(
      ({ annotations }) => annotations?.[TAG] === tag,
    );
    // The last one was written last.
    const digest = found?.at(-1)?.digest;
    if (digest === undefined)
      throw missing(asking, `the folder ${found ? `has no tag ${tag}` : "is no registry"}`);
    if (!DIGEST.test(digest))
      throw new PluginError("bad-peer", `could not read ${asking.from}: its index names no sha256 digest`);
    return { digest, bytes: await this.manifest(digest, asking) };
  }

  async manifest(digest: string, asking: Asking): Promise<Uint8Array> {
    return this.#read(digest, { ...asking, most: MOST_MANIFEST }, undefined);
  }

  content({ digest, size }: Descriptor, asking: AskingContent): Promise<Uint8Array> {
    return this.#read(digest, asking, size);
  }

  async put({ manifest, digest, blobs }: Packed, tag: string, asking: Asking): Promise<void> {
    for (const each of blobs) await this.#blobs.put(each.digest, each.bytes);
    await this.#blobs.put(digest, manifest);
    await this.#alone(asking, async () => {
      const index = (await this.#index(asking)) ?? { schemaVersion: 2, mediaType: INDEX_TYPE, manifests: [] };
      const others = index.manifests.filter(({ annotations }) => annotations?.[TAG] !== tag);
      const own = { mediaType: MANIFEST_TYPE, digest, size: manifest.length, annotations: { [TAG]: tag } };
      await writeWhole(join(this.#folder, "oci-layout"), LAYOUT);
      await writeWhole(
        join(this.#folder, "index.json"),
        JSON.stringify({ ...index, manifests: [...others, own] }),
      );
    });
  }

  async #read(digest: string, asking: AskingContent, size: number | undefined): Promise<Uint8Array> {
    const { from, most, onBytes } = asking;
    const found = await this.#blobs.get(digest, { from, most, size, onBytes });
    if (found) return found;
    throw missing(asking, `the folder has no ${digest}`);
  }

  /** @returns nothing where there is none */
  async #index({ from }: Asking): Promise<Index | undefined> {
    const path = join(this.#folder, "index.json");
    const there = await stat(path).catch(() => undefined);
    if (!there) return undefined;
    const refuse = (why: string, cause?: unknown) =>
      new PluginError("bad-peer", `could not read ${from}: ${path} ${why}`, { cause });
    if (there.size > MOST_INDEX) throw refuse(`has ${there.size} bytes; at most ${MOST_INDEX} are read`);
    try {
      return shape.parse(JSON.parse(await readFile(path, "utf8")));
    } catch (cause) {
      throw refuse("is no index of an OCI image layout", cause);
    }
  }

  /** One process at a time changes the index. */
  async #alone(asking: Asking, work: () => Promise<void>): Promise<void> {
    const path = join(this.#folder, "index.json.lock");
    const own = JSON.stringify({ pid: process.pid, host: hostname() });
    while (!(await makeWhole(path, own))) {
      if (await isAbandoned(path)) await rm(path, { force: true });
      else await waited(asking, path);
    }
    try {
      await work();
    } finally {
      await rm(path, { force: true });
    }
  }
}

/** Milliseconds between two looks at another's lock. */
const PACE = 20;

async function waited({ from, signal }: Asking, path: string): Promise<void> {
  try {
    await sleep(PACE, undefined, { signal });
  } catch (cause) {
    const why = `another process changes the folder, or left ${path}: ${reason(signal.reason)}`;
    throw new PluginError("unavailable", `could not push ${from}: ${why}`, { cause });
  }
}

/** Whether the process that made a lock is gone. One of another machine is not looked for. */
async function isAbandoned(path: string): Promise<boolean> {
  try {
    const { pid, host } = JSON.parse(await readFile(path, "utf8")) as { pid: number; host: string };
    if (host !== hostname() || !Number.isSafeInteger(pid)) return false;
    process.kill(pid, 0);
    return false;
  } catch (cause) {
    return (cause as NodeJS.ErrnoException).code === "ESRCH";
  }
}

function missing({ from }: Asking, why: string): PluginError {
  return new PluginError("not-found", `could not read ${from}: ${why}`);
}
