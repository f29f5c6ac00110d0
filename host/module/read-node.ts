/** Reads a URL where there is a file system: `file:` URLs from it, the others by `fetch`. */
import { readFile } from "node:fs/promises";
import { PluginError } from "../errors.ts";
import { read as fetched } from "./read.ts";

/** @throws PluginError `not-found`, or `unavailable` when trying later may help */
export async function read(url: URL, signal: AbortSignal): Promise<Uint8Array> {
  if (url.protocol !== "file:") return fetched(url, signal);
  try {
    return await readFile(url, { signal });
  } catch (cause) {
    signal.throwIfAborted();
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === "ENOENT")
      throw new PluginError("not-found", `could not read ${url}: there is no such file`, { cause });
    throw new PluginError("unavailable", `could not read ${url}: ${message}`, { cause });
  }
}
