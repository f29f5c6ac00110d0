/** Plugins as authors write them, built and run: one version after the other. */
import { mkdtempSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decode, type Passage, parseSchema, passage, readSnapshot } from "../../abi/tools.ts";
import type { Build } from "../../abi/transform/build.ts";
import { library } from "../../abi/transform/library.ts";
import { load, type Plugin } from "../../host/mod.ts";
import { build } from "../kept/build.ts";

export const folder = mkdtempSync(join(tmpdir(), "moult-author-"));
const trees = library();
let count = 0;

/** Removes what was written. The next file of tests in this process may write again. */
export function cleanUp(): Promise<void> {
  return rm(folder, { recursive: true, force: true });
}

export interface Author {
  /** The import of what the text uses of `moult/guest`. @default state */
  readonly names?: string;
  readonly version?: string;
  /** More files beside the entry. */
  readonly files?: Readonly<Record<string, string>>;
}

/** Builds one version. The entry's first line is the import, so the text begins at line 2. */
export async function made(text: string, author: Author = {}): Promise<Build> {
  const { names = "state", version = `${++count}.0.0`, files = {} } = author;
  await mkdir(folder, { recursive: true });
  for (const [name, file] of Object.entries(files)) await writeFile(join(folder, name), file);
  const entry = join(folder, `plugin-${++count}.ts`);
  await writeFile(entry, `import { ${names} } from "moult/guest";\n${text}\n`);
  return build(entry, { name: "demo", version, optimize: "debug", sourceMap: false, library: trees });
}

/** What the compiler says of a program, each as `line: message`, where line 1 is the text's first. */
export async function errorsOf(text: string, author?: Author): Promise<string[]> {
  try {
    await made(text, author);
  } catch (error) {
    const { diagnostics } = error as { diagnostics?: { line?: number; message: string }[] };
    if (diagnostics === undefined) throw error;
    return diagnostics.map(({ line, message }) => `${(line ?? 0) - 1}: ${message}`);
  }
  return [];
}

/** A version that serves. */
export async function running(version: string | Build, author?: Author): Promise<Plugin> {
  const build = typeof version === "string" ? await made(version, author) : version;
  return load(build.wasm);
}

/** A plugin's state, taken up by another version, which may have other functions. */
export async function crossed(plugin: Plugin, next: Build): Promise<{ plugin: Plugin; way: Passage }> {
  const state = await plugin.snapshot();
  const way = passage(await readSnapshot(state), next.manifest.state!, next.manifest);
  await plugin.close();
  return { plugin: await load(next.wasm, { state }), way };
}

/** The state of a plugin, as plain values. */
export async function stateOf(plugin: Plugin): Promise<unknown> {
  const { schema, datum } = await readSnapshot(await plugin.snapshot());
  return decode(parseSchema(schema), datum);
}
