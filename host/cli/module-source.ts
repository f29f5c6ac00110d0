/** A module as a verb is given it: a `.wasm` file, or a plugin that is built in memory. */
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { build } from "../../abi/transform/mod.ts";
import { type GrantName, project } from "../dev/mod.ts";
import { EXIT, Failure } from "./failure.ts";
import type { Terminal } from "./terminal.ts";

export interface ModuleSource {
  readonly bytes: Uint8Array;
  /** What its package lets it reach; nothing for a file. */
  readonly grant: readonly GrantName[];
}

/**
 * @param path a `.wasm` file, a plugin's folder, or its entry file
 * @throws Failure when it cannot be read, ProjectError, BuildError
 */
export async function moduleSource(terminal: Terminal, path: string): Promise<ModuleSource> {
  const at = resolve(terminal.cwd, path);
  if (/\.wasm$/i.test(path)) return { bytes: await readBytes(terminal, path), grant: [] };
  const { entry, grant } = await project(at);
  terminal.say(`building ${path}`);
  const { wasm } = await build(entry);
  return { bytes: wasm, grant };
}

/** @throws Failure naming the file as it was given */
export async function readBytes(terminal: Terminal, path: string): Promise<Uint8Array> {
  try {
    return new Uint8Array(await readFile(resolve(terminal.cwd, path)));
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    const why = code === "ENOENT" ? "there is no such file" : (cause as Error).message;
    throw new Failure(`could not read ${path}: ${why}`, { exit: EXIT.usage, cause });
  }
}
