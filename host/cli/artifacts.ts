/** The files of a build: the module, and the files beside it that hosts and tools need. */
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Build } from "../../abi/transform/mod.ts";
import { contractText } from "../dev/texts/contract-text.ts";
import { declarations } from "../dev/texts/declarations.ts";
import { witText } from "../dev/texts/wit-text.ts";
import { Failure } from "./failure.ts";

export type Artifacts = ReadonlyMap<string, string | Uint8Array>;

/**
 * @param name the base name of the files
 * @returns contents by file name, the module last: a program that watches the module then finds the other
 * files
 */
export function artifacts(name: string, { wasm, sourceMap, manifest }: Build): Artifacts {
  const files = new Map<string, string | Uint8Array>([
    [`${name}.d.ts`, declarations(manifest)],
    [`${name}.contract.mts`, contractText(manifest, "ts")],
    // For hosts without a build step; an ES module in a package of either kind.
    [`${name}.contract.mjs`, contractText(manifest, "js")],
    [`${name}.wit`, witText(manifest)],
  ]);
  if (sourceMap !== undefined) files.set(`${name}.wasm.map`, sourceMap);
  return files.set(`${name}.wasm`, wasm);
}

/** Compiler options for a module that refers to the source map beside it. */
export function mapOptions(name: string): { readonly sourceMap: true; readonly asc: readonly string[] } {
  return { sourceMap: true, asc: ["--sourceMap", `./${encodeURIComponent(name)}.wasm.map`] };
}

/**
 * Writes the files: each of them is whole, old or new, at any time.
 *
 * @throws Failure when the folder cannot be written to
 */
export async function writeArtifacts(out: string, files: Artifacts): Promise<void> {
  try {
    await mkdir(out, { recursive: true });
    for (const [name, content] of files) await replace(join(out, name), content);
  } catch (cause) {
    throw new Failure(`could not write to ${out}: ${(cause as Error).message}`, { cause });
  }
}

async function replace(file: string, content: string | Uint8Array): Promise<void> {
  const temporary = `${file}.${process.pid}`;
  try {
    await writeFile(temporary, content);
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
