/** Lock files on disk. */
import { PluginError } from "../mod.ts";
import { type Lock, parseLock } from "../trust/mod.ts";
import { boundedFile } from "./bounded-file.ts";

/** The most bytes that are read. */
const MOST = 4_194_304;

/**
 * Reads a lock file, for the option `lock` of `load`.
 *
 * @param path `moult.lock`
 * @throws PluginError `not-found`, `unavailable`, `bad-lock`
 */
export async function lockFile(path: string): Promise<Lock> {
  const bytes = await boundedFile(path, MOST);
  if (bytes) return parseLock(bytes.toString("utf8"), path);
  const why = `it has more than ${MOST} bytes, the most that are read; moult lock writes one`;
  throw new PluginError("bad-lock", `could not use ${path}: ${why}`);
}
