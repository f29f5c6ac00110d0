/** The files of a build: the module, and what hosts and tools want beside it. */
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Build } from "../../abi/transform/mod.ts";
import { contractText, declarations, witText } from "../dev/mod.ts";

export type Artifacts = ReadonlyMap<string, string | Uint8Array>;

/**
 * @param name what the files are called
 * @returns contents by file name, the module last: who watches it finds the others there
 */
export function artifacts(name: string, { wasm, sourceMap, manifest }: Build): Artifacts {
  const contract = contractText(manifest);
  const files = new Map<string, string | Uint8Array>([
    [`${name}.d.ts`, declarations(manifest)],
    // The same text is JavaScript, for hosts that build nothing.
    [`${name}.contract.ts`, contract],
    [`${name}.contract.js`, contract],
    [`${name}.wit`, witText(manifest)],
  ]);
  if (sourceMap !== undefined) files.set(`${name}.wasm.map`, sourceMap);
  return files.set(`${name}.wasm`, wasm);
}

/** Each file is there whole, old or new, at any time. */
export async function writeArtifacts(out: string, files: Artifacts): Promise<void> {
  await mkdir(out, { recursive: true });
  for (const [name, content] of files) {
    const temporary = join(out, `.${name}.${process.pid}`);
    try {
      await writeFile(temporary, content);
      await rename(temporary, join(out, name));
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
  }
}
