/** A file that a verb writes where the user said. */
import { rename, rm, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { Failure } from "../failure.ts";
import { plain } from "../plain.ts";
import type { Terminal } from "../terminal.ts";

/** Writes atomically: the file is the old one or the new one at any time. @throws Failure */
export async function savedFile(terminal: Terminal, file: string, bytes: Uint8Array): Promise<void> {
  const full = resolve(terminal.cwd, file);
  const beside = `${full}.${process.pid}.tmp`;
  try {
    await writeFile(beside, bytes, { flush: true });
    await rename(beside, full);
  } catch (cause) {
    await rm(beside, { force: true });
    throw new Failure(`could not save ${file}: ${(cause as Error).message}; what it held is as it was`, {
      cause,
    });
  }
  terminal.say(`saved ${bytes.length} bytes to ${plain(file)}`);
}
