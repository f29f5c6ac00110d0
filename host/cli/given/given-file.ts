/** A file that a verb got as an argument. */
import { readFile, stat } from "node:fs/promises";
import { resolve } from "node:path";
import { EXIT, Failure } from "../failure.ts";
import type { Terminal } from "../terminal.ts";

/** The largest file that is read, in bytes. */
const MOST = 1 << 28;

/**
 * Reads a whole file.
 *
 * @param path relative to the terminal's folder
 * @param what the expected kind of file, for messages: `a module or a snapshot`
 * @throws Failure when it is missing, is a folder, or is larger than 256 MiB
 */
export async function givenFile(
  { cwd, signal }: Terminal,
  path: string,
  what: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const refuse = (problem: string) => new Failure(`could not read ${path}: ${problem}`, { exit: EXIT.usage });
  const full = resolve(cwd, path);
  const found = await stat(full).catch(() => undefined);
  if (found === undefined) throw refuse("there is no such file");
  if (!found.isFile()) {
    throw refuse(`it is ${found.isDirectory() ? "a folder" : "no regular file"}; wanted ${what}`);
  }
  if (found.size > MOST) throw refuse(`it has ${found.size} bytes; at most ${MOST} are read`);
  try {
    return new Uint8Array(await readFile(full, { signal }));
  } catch (cause) {
    signal.throwIfAborted();
    throw new Failure(`could not read ${path}: ${(cause as Error).message}`, { exit: EXIT.usage, cause });
  }
}
