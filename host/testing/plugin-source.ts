/** How a test names a plugin: by its source, a module, or the bytes of one. */
import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import { cachedBuild } from "../dev/build-cache.ts";
import { project } from "../dev/project.ts";

/**
 * A path from the test's own file, or a `file:` URL, of a `.ts` file or a plugin's folder, which is built, or
 * of a `.wasm` file. Or the bytes of a module.
 */
export type PluginSource = string | URL | Uint8Array;

/** The module's bytes. */
export async function moduleOf(source: PluginSource): Promise<Uint8Array> {
  if (source instanceof Uint8Array) return source;
  const path = source instanceof URL ? fileURLToPath(source) : fromTest(source);
  if (path.endsWith(".wasm")) return readFile(path);
  const { entry } = await project(path);
  return (await cachedBuild(entry)).wasm;
}

/** Resolves paths against the test's own file; outside of tests, against the working directory. */
export function fromTest(path: string): string {
  const { testPath } = expect.getState();
  return resolve(testPath === undefined ? "." : dirname(testPath), path);
}
