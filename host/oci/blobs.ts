/** Blobs: contents in files that are named by their digests, each whole or not there. */
import { createReadStream } from "node:fs";
import { link, mkdir, open, rename, rm, utimes } from "node:fs/promises";
import { join } from "node:path";
import { PluginError, reason } from "../errors.ts";
import { randomName } from "../random-name.ts";
import { type Expected, readVerified } from "./digest.ts";

/** Reading a file whose bytes are named by their digest. */
export type Wanted = Omit<Expected, "digest">;

export class Blobs {
  readonly #folder: string;

  /** @param folder its `blobs/sha256` are made when they are needed, for their owner alone */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** @param digest one that was checked: `sha256:` and 64 hexadecimal digits */
  pathOf(digest: string): string {
    return join(this.#folder, "blobs", "sha256", digest.slice("sha256:".length));
  }

  /**
   * The content of a file, checked while it is read.
   *
   * @returns nothing where there is no file @throws PluginError `integrity`, `too-large`, `unavailable`
   */
  async get(digest: string, wanted: Wanted): Promise<Uint8Array | undefined> {
    const path = this.pathOf(digest);
    const stream = createReadStream(path, { highWaterMark: 262_144 });
    try {
      return await readVerified(stream, { ...wanted, digest });
    } catch (cause) {
      if (cause instanceof PluginError) throw cause;
      if ((cause as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw new PluginError("unavailable", `could not read ${path}: ${reason(cause)}`, { cause });
    } finally {
      stream.destroy();
    }
  }

  /** Writes a content: after it the file is whole, and on the disk. @throws PluginError `unavailable` */
  async put(digest: string, bytes: Uint8Array): Promise<void> {
    await writeWhole(this.pathOf(digest), bytes);
  }

  async remove(digest: string): Promise<void> {
    await rm(this.pathOf(digest), { force: true });
  }

  /** Notes that a content was used now. */
  async touch(digest: string): Promise<void> {
    const now = new Date();
    await utimes(this.pathOf(digest), now, now).catch(() => {});
  }
}

/** The end of the names of files that are being written: nobody reads them. */
export const UNFINISHED = ".part";

/**
 * A file that is the old one or the new one at any time, in the process and after a power cut.
 *
 * @throws PluginError `unavailable`
 */
export async function writeWhole(path: string, bytes: Uint8Array | string): Promise<void> {
  const beside = `${path}.${randomName()}${UNFINISHED}`;
  try {
    await mkdir(join(path, ".."), { recursive: true, mode: 0o700 });
    const file = await open(beside, "wx", 0o600);
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(beside, path);
  } catch (cause) {
    await rm(beside, { force: true }).catch(() => {});
    throw new PluginError(
      "unavailable",
      `could not write ${path}: ${reason(cause)}; what it held is as it was`,
      {
        cause,
      },
    );
  }
}

/** Makes a file that is whole, unless there is one. @returns whether it was made */
export async function makeWhole(path: string, bytes: string): Promise<boolean> {
  const beside = `${path}.${randomName()}${UNFINISHED}`;
  await writeWhole(beside, bytes);
  try {
    await link(beside, path);
    return true;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw new PluginError("unavailable", `could not make ${path}: ${reason(cause)}`, { cause });
  } finally {
    await rm(beside, { force: true });
  }
}
