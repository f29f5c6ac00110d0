/** Keys on disk. */
import { PluginError } from "../mod.ts";
import { boundedFile } from "./bounded-file.ts";

/** The most bytes that are read. */
const MOST = 16_384;

/**
 * Reads a key, for `keys` of `trust`, or for `sign` of `moult/trust`. What it is, is looked at there.
 *
 * @param path `release.key.pub`
 * @returns the text of the file, or its bytes where they are no text
 * @throws PluginError `not-found`, `unavailable`; `argument` for a file of more than 16 KiB
 */
export async function keyFile(path: string): Promise<string | Uint8Array> {
  const bytes = await boundedFile(path, MOST);
  if (!bytes) {
    const why = `it has more than ${MOST} bytes, wanted a key`;
    throw new PluginError("argument", `could not use ${path}: ${why}`);
  }
  return /^[\t\n\r -~]*$/.test(bytes.toString("latin1")) ? bytes.toString("latin1") : new Uint8Array(bytes);
}
