/** Files that are read up to a bound. */
import { type FileHandle, open } from "node:fs/promises";
import { PluginError } from "../mod.ts";

/**
 * @param most bytes
 * @returns nothing for a file that has more
 * @throws PluginError `not-found`, `unavailable`
 */
export async function boundedFile(path: string, most: number): Promise<Buffer | undefined> {
  let file: FileHandle | undefined;
  try {
    file = await open(path);
    const chunks: Uint8Array[] = [];
    // One byte more than that, which shows that there are more.
    for await (const chunk of file.createReadStream({ end: most, autoClose: false })) chunks.push(chunk);
    const bytes = Buffer.concat(chunks);
    return bytes.length > most ? undefined : bytes;
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const gone = code === "ENOENT";
    const why = gone ? "there is no such file" : message;
    throw new PluginError(gone ? "not-found" : "unavailable", `could not read ${path}: ${why}`, { cause });
  } finally {
    await file?.close();
  }
}
