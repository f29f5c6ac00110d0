/** A module as a verb gets it: a `.wasm` file, one in a registry, or a plugin that is built in memory. */
import { resolve } from "node:path";
import type { GrantName } from "../../dev/grant-name.ts";
import { recipe } from "../../dev/recipe.ts";
import { isReference } from "../../oci/mod.ts";
import type { Terminal } from "../terminal.ts";
import { builtInMemory } from "./built-in-memory.ts";
import { moduleFile } from "./module-file.ts";

export interface ModuleSource {
  readonly bytes: Uint8Array;
  /** The grants in its package's settings; empty for a file. */
  readonly grant: readonly GrantName[];
}

/**
 * @param path a `.wasm` file, a reference to a registry, a plugin's folder, or its entry file
 * @throws Failure when it cannot be read, ProjectError, BuildError
 */
export async function moduleSource(terminal: Terminal, path: string): Promise<ModuleSource> {
  if (/\.wasm$/i.test(path) || isReference(path)) {
    const { bytes } = await moduleFile(terminal, path);
    return { bytes, grant: [] };
  }
  const found = await recipe(resolve(terminal.cwd, path), "release");
  terminal.say(`building ${path}`);
  const { wasm } = await builtInMemory(terminal, found);
  return { bytes: wasm, grant: found.project.grant };
}
