/** The plugins in a folder, for `loadAll`. */
import { readdir, realpath } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { PluginError } from "../mod.ts";
import type { PluginEntry } from "../set/mod.ts";
import { fileInside } from "./inside.ts";

export interface FolderOptions {
  /** Modules that the folder may have; more are refused. @default 1000 */
  readonly most?: number;
}

/**
 * Finds the modules (`*.wasm`) in a folder, by their names in order; folders in it are left out. They may call none of
 * each other, and have no grant, unless `permit` of `loadAll` says so.
 *
 * @param path a path from the working directory, or a `file:` URL
 * @throws PluginError `not-found`; `unresolved` for a module that leads out of the folder, is no file, or is one too many
 * @example await loadAll(folder("plugins"), { permit: ({ name }) => ({ grant: grantsOf(name) }) })
 */
export async function folder(path: string | URL, options: FolderOptions = {}): Promise<PluginEntry[]> {
  const { most = 1_000 } = options;
  const could = `could not use the plugins in ${path}`;
  const root = await realpath(path instanceof URL ? fileURLToPath(path) : path).catch((cause: Error) => {
    throw new PluginError("not-found", `${could}: there is no such folder`, { cause });
  });
  const all = await readdir(root, { withFileTypes: true }).catch((cause: Error) => {
    throw new PluginError("not-found", `${could}: it cannot be read as a folder: ${cause.message}`, {
      cause,
    });
  });
  const names = all
    .filter((each) => each.name.endsWith(".wasm") && !each.isDirectory())
    .map(({ name }) => name);
  if (names.length > most) {
    const why = `found ${names.length} modules, wanted at most ${most} (the option most)`;
    throw new PluginError("unresolved", `${could}: ${why}`);
  }
  return Promise.all(
    names.sort().map(async (name) => {
      const source = await fileInside(root, join(root, name));
      if (typeof source === "string") throw new PluginError("unresolved", `${could}: ${name} ${source}`);
      return { source, uses: [] };
    }),
  );
}
