/**
 * The state of an old version, as a verb gets it: a module, a snapshot, or a source that is built in memory.
 */
import { readFile, stat } from "node:fs/promises";
import { resolve, sep } from "node:path";
import { AbiError, type Manifest, readManifest, readSnapshot, type StateOrigin } from "../../../abi/tools.ts";
import type { Build } from "../../../abi/transform/mod.ts";
import { type Recipe, recipe } from "../../dev/recipe.ts";
import { EXIT, Failure } from "../failure.ts";
import { builtInMemory } from "../given/built-in-memory.ts";
import { givenFile } from "../given/given-file.ts";
import { fileKind, whatItIs } from "../inspected/file-kind.ts";
import type { Terminal } from "../terminal.ts";
import type { Files } from "./edited.ts";

/** The state that has to reach the new version. */
export interface OldState {
  readonly state: StateOrigin;
  /** The files of a source. */
  readonly files: Files;
}

export async function oldState(terminal: Terminal, path: string): Promise<OldState> {
  const full = resolve(terminal.cwd, path);
  const there = await stat(full).catch(() => undefined);
  if (there?.isDirectory() || (there && path.endsWith(".ts"))) {
    const build = await building(terminal, path, await recipe(full, "debug"));
    return { state: stateOf(build.manifest, path), files: await ownFiles(build) };
  }
  const bytes = await givenFile(terminal, path, "a module or a snapshot");
  try {
    if (fileKind(bytes) === "snapshot") return { state: await readSnapshot(bytes), files: new Map() };
    if (fileKind(bytes) === "module") {
      const manifest = readManifest(await WebAssembly.compile(bytes));
      if (manifest) return { state: stateOf(manifest, path), files: new Map() };
    }
  } catch (cause) {
    if (!(cause instanceof AbiError || cause instanceof WebAssembly.CompileError)) throw cause;
    throw new Failure(`could not use ${path}: ${cause.message}`, { exit: EXIT.usage, cause });
  }
  throw new Failure(`could not use ${path}: it is ${whatItIs(bytes)}, without a manifest of moult`, {
    exit: EXIT.usage,
  });
}

function stateOf({ name, version, state }: Manifest, path: string): StateOrigin {
  if (state) return { ...state, plugin: name, version };
  throw new Failure(`could not use ${path}: ${name} ${version} keeps no state`, { exit: EXIT.usage });
}

export async function building(terminal: Terminal, path: string, found: Recipe): Promise<Build> {
  terminal.say(`building ${path}`);
  return builtInMemory(terminal, found);
}

/** The author's own files of a build. */
export async function ownFiles({ files }: Build): Promise<Files> {
  const own = files.filter((path) => path.endsWith(".ts") && !path.split(sep).includes("node_modules"));
  return new Map(await Promise.all(own.map(async (path) => [path, await readFile(path, "utf8")] as const)));
}
