/** The plugins among a program's packages, for `loadAll`. */
import { realpath, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { PluginError } from "../mod.ts";
import type { PluginEntry } from "../set/mod.ts";
import { type PackageFile, packageFile, pluginOf, unusable } from "./package-file.ts";

/** Plugins that are found; more are refused. */
const MOST = 1_000;

/**
 * Finds the plugins among the dependencies of a program's `package.json`, and among the dependencies of those plugins:
 * packages with `"moult": { "plugin": "./places.wasm" }`. They may call none of each other, and have no grant, unless
 * `permit` of `loadAll` says so.
 *
 * @param from a file or folder of the program, as a path or a `file:` URL: `import.meta.url`
 * @throws PluginError `not-found` where no `package.json` is; `unresolved` for a package that is not installed, or whose
 * `package.json` cannot be used, or whose module lies outside of it
 * @example await loadAll(packages(import.meta.url), { permit: ({ package: name }) => allowed.has(name) && {} })
 */
export async function packages(from: string | URL): Promise<PluginEntry[]> {
  const path = from instanceof URL || from.startsWith("file:") ? fileURLToPath(from) : from;
  const program = await programOf(path);
  const found = new Map<string, PluginEntry>();
  const seen = new Set([program.root]);
  for (const waiting = [program]; waiting.length > 0; ) {
    const user = waiting.shift()!;
    for (const [name, { optional }] of user.dependencies) {
      const used = await installed(name, user.root);
      if (!used && !optional) throw unusable(name, `it is not installed, and ${user.root} depends on it`);
      if (!used || seen.has(used.root)) continue;
      seen.add(used.root);
      const plugin = await pluginOf(used, name);
      if (!plugin) continue;
      if (found.size === MOST) throw unusable(name, `there are more than ${MOST} plugins`);
      found.set(used.root, { ...plugin, package: name, uses: [] });
      waiting.push(used);
    }
  }
  return [...found.values()];
}

/** The nearest `package.json` upwards. */
async function programOf(path: string): Promise<PackageFile> {
  const real = await realpath(path).catch(() => undefined);
  const folder = real && (await stat(real)).isDirectory() ? real : real && dirname(real);
  for (let at = folder; at; at = dirname(at) === at ? undefined : dirname(at)) {
    const found = await packageFile(at, at);
    if (found) return found;
  }
  throw new PluginError(
    "not-found",
    `could not find the packages of ${path}: there is no package.json at or above it`,
  );
}

/** As Node finds it: in the nearest `node_modules` upwards. */
async function installed(name: string, from: string): Promise<PackageFile | undefined> {
  for (let at = from; ; at = dirname(at)) {
    const found = await packageFile(join(at, "node_modules", name), name);
    if (found || dirname(at) === at) return found;
  }
}
