/** Lock files on disk. */
import { type FileHandle, open } from "node:fs/promises";
import { PluginError } from "../mod.ts";
import { type Lock, parseLock } from "../trust/mod.ts";

/** The most bytes that are read. */
const MOST = 4_194_304;

/**
 * Reads a lock file, for the option `lock` of `load`.
 *
 * @param path `moult.lock`
 * @throws PluginError `not-found`, `unavailable`, `bad-lock`
 */
export async function lockFile(path: string): Promise<Lock> {
  let file: FileHandle | undefined;
  try {
    file = await open(path);
    const chunks: Uint8Array[] = [];
    let size = 0;
    // One byte more than that, which shows that there are more.
    for await (const chunk of file.createReadStream({ end: MOST, autoClose: false })) {
      chunks.push(chunk);
      size += chunk.length;
    }
    if (size > MOST) {
      const why = `it has more than ${MOST} bytes, the most that are read; moult lock writes one`;
      throw new PluginError("bad-lock", `could not use ${path}: ${why}`);
    }
    return parseLock(Buffer.concat(chunks).toString("utf8"), path);
  } catch (cause) {
    if (cause instanceof PluginError) throw cause;
    const { code, message } = cause as NodeJS.ErrnoException;
    const gone = code === "ENOENT";
    const why = gone ? "there is no such file" : message;
    throw new PluginError(gone ? "not-found" : "unavailable", `could not read ${path}: ${why}`, { cause });
  } finally {
    await file?.close();
  }
}
