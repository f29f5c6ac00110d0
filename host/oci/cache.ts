/**
 * The cache: what was pulled before, by digest, and which digest a tag stood for. Several processes may use one
 * folder at the same time: every file is whole or not there, and is checked whenever it is read.
 */
import { createHash } from "node:crypto";
import { readdir, readFile, rm, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import * as z from "zod/mini";
import { PluginError } from "../errors.ts";
import { checkBytes, isGroup, misfit } from "../option.ts";
import { Blobs, UNFINISHED, type Wanted, writeWhole } from "./blobs.ts";
import { DIGEST } from "./digest.ts";

export interface CacheOptions {
  /** The folder; it is made when it is needed, for its owner alone. */
  readonly folder: string | URL;
  /** Bytes that it may take; what was used longest ago goes first. @default 1_073_741_824 (1 GiB) */
  readonly maxBytes?: number | undefined;
}

/** What a tag stood for when it was last asked for. */
export interface Resolved {
  readonly digest: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

const record = z.object({
  reference: z.string(),
  digest: z.string().check(z.regex(DIGEST)),
  at: z.number(),
});

/** Files of a process that was killed are older than this, in milliseconds. */
const ABANDONED = 3_600_000;
const GIB = 2 ** 30;

export class Cache {
  readonly #folder: string;
  readonly #most: number;
  readonly #blobs: Blobs;

  /** @throws PluginError `argument` */
  constructor(given: string | URL | CacheOptions) {
    const { folder, maxBytes = GIB } =
      typeof given === "string" || given instanceof URL ? { folder: given } : given;
    checkBytes(maxBytes, "cache.maxBytes");
    this.#folder = folderOf(folder);
    this.#most = maxBytes;
    this.#blobs = new Blobs(this.#folder);
  }

  /** A file with other bytes than its name says is removed. @returns nothing where it has none that is right */
  async get(digest: string, wanted: Wanted): Promise<Uint8Array | undefined> {
    try {
      const found = await this.#blobs.get(digest, wanted);
      if (found) await this.#blobs.touch(digest);
      return found;
    } catch (cause) {
      if (!(cause instanceof PluginError) || cause.code === "too-large") throw cause;
      await this.#blobs.remove(digest).catch(() => {});
      return undefined;
    }
  }

  /** Keeps a content, which the caller has checked, and lets others go for it. */
  async put(digest: string, bytes: Uint8Array): Promise<void> {
    if (bytes.length > this.#most) return;
    await this.#blobs.put(digest, bytes);
    await this.#bound(digest);
  }

  /** What a tag stood for last. */
  async resolved(reference: string): Promise<Resolved | undefined> {
    try {
      const found = record.parse(JSON.parse(await readFile(this.#recordOf(reference), "utf8")));
      return found.reference === reference ? found : undefined;
    } catch {
      // Missing, or no record: the registry is asked.
      return undefined;
    }
  }

  async remember(reference: string, digest: string): Promise<void> {
    await writeWhole(this.#recordOf(reference), JSON.stringify({ reference, digest, at: Date.now() }));
  }

  #recordOf(reference: string): string {
    return join(this.#folder, "tags", `${createHash("sha256").update(reference).digest("hex")}.json`);
  }

  /** Removes what was used longest ago, and what a process that was killed has left. @param kept stays */
  async #bound(kept: string): Promise<void> {
    const folder = join(this.#folder, "blobs", "sha256");
    const names = await readdir(folder).catch(() => []);
    const found = await Promise.all(
      names.map(async (name) => {
        const path = join(folder, name);
        // Another process may have removed it.
        const { size = 0, mtimeMs = 0 } = (await stat(path).catch(() => undefined)) ?? {};
        return { path, size, mtimeMs, unfinished: name.endsWith(UNFINISHED) };
      }),
    );
    const whole = found
      .filter(({ unfinished }) => !unfinished)
      .sort((one, other) => one.mtimeMs - other.mtimeMs);
    let total = whole.reduce((sum, { size }) => sum + size, 0);
    const gone = found.filter((each) => each.unfinished && Date.now() - each.mtimeMs > ABANDONED);
    for (const each of whole) {
      if (total <= this.#most) break;
      if (each.path === this.#blobs.pathOf(kept)) continue;
      gone.push(each);
      total -= each.size;
    }
    await Promise.all(gone.map(({ path }) => rm(path, { force: true }).catch(() => {})));
  }
}

/** @throws PluginError `argument` */
export function cacheOf(given: string | URL | CacheOptions | undefined): Cache | undefined {
  if (given === undefined) return undefined;
  const fits = typeof given === "string" || given instanceof URL || isGroup(given);
  if (fits) return new Cache(given);
  throw misfit(given, "cache", "a folder, { folder, maxBytes }, or undefined for none");
}

function folderOf(folder: unknown): string {
  if (folder instanceof URL && folder.protocol === "file:") return fileURLToPath(folder);
  if (typeof folder === "string" && folder !== "") return resolve(folder);
  throw misfit(folder, "cache", "a folder, as a path or a file: URL");
}
