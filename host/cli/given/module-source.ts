/** A module as a verb is given it: a `.wasm` file, or a plugin that is built in memory. */
import { resolve } from "node:path";
import { build } from "../../../abi/transform/mod.ts";
import { type GrantName, project } from "../../dev/mod.ts";
import { plainLines } from "../plain.ts";
import type { Terminal } from "../terminal.ts";
import { givenFile } from "./given-file.ts";

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
  if (/\.wasm$/i.test(path)) return { bytes: await givenFile(terminal, path, "a module"), grant: [] };
  const { entry, grant } = await project(at);
  terminal.say(`building ${path}`);
  const { wasm, warnings } = await build(entry);
  for (const warning of warnings) terminal.say(plainLines(warning));
  return { bytes: wasm, grant };
}
