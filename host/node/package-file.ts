/** What a `package.json` says of a plugin and of its dependencies. Its text may be anybody's. */
import { lstat, readFile, realpath, stat } from "node:fs/promises";
import { join } from "node:path";
import { PluginError } from "../mod.ts";
import { fileInside } from "./inside.ts";

/** Bytes of a `package.json` that are read. */
const MOST = 2 ** 20;

/** A package's folder, and what its `package.json` says. */
export interface PackageFile {
  /** Its real path. */
  readonly root: string;
  /** Packages that it depends on; those that need not be there are `optional`. */
  readonly dependencies: ReadonlyMap<string, { readonly optional: boolean }>;
  /** Whatever stands under `moult`. */
  readonly moult: unknown;
}

/** The plugin of a package: its module, and the functions that only look. */
export interface PackagedPlugin {
  readonly source: URL;
  readonly reads: readonly string[];
}

/**
 * @param folder of the package
 * @param name for messages
 * @returns nothing where the folder has no `package.json`
 * @throws PluginError `unresolved`
 */
export async function packageFile(folder: string, name: string): Promise<PackageFile | undefined> {
  const root = await realpath(folder).catch(() => undefined);
  const text = root && (await textOf(root, name));
  if (!root || text === undefined) return undefined;
  let json: unknown;
  try {
    json = JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch (cause) {
    throw unusable(name, `its package.json is not JSON: ${(cause as Error).message}`);
  }
  if (!isObject(json)) throw unusable(name, "its package.json holds no object");
  return { root, dependencies: dependenciesOf(json, name), moult: json.moult };
}

/** @returns nothing for a package that is no plugin @throws PluginError `unresolved` */
export async function pluginOf(
  { root, moult }: PackageFile,
  name: string,
): Promise<PackagedPlugin | undefined> {
  if (!isObject(moult) || moult.plugin === undefined) return undefined;
  const { plugin, reads = [] } = moult;
  if (typeof plugin !== "string" || !/^\.\/[^\\\0]*\.wasm$/.test(plugin)) {
    const found = typeof plugin === "string" ? JSON.stringify(plugin) : typeof plugin;
    throw unusable(name, `its moult.plugin is ${found}, wanted the path of a module in it: "./places.wasm"`);
  }
  if (!Array.isArray(reads) || !reads.every((each): each is string => typeof each === "string"))
    throw unusable(name, "its moult.reads is no list of functions");
  const source = await fileInside(root, join(root, plugin));
  if (typeof source === "string") throw unusable(name, `its module ${plugin} ${source}`);
  return { source, reads };
}

/** @throws PluginError `unresolved` */
function dependenciesOf(json: Readonly<Record<string, unknown>>, name: string): PackageFile["dependencies"] {
  const found = new Map<string, { readonly optional: boolean }>();
  for (const kind of ["peerDependencies", "dependencies", "optionalDependencies"] as const) {
    const listed = json[kind] ?? {};
    if (!isObject(listed)) throw unusable(name, `its ${kind} are no object`);
    for (const each of Object.keys(listed)) {
      if (!isPackageName(each))
        throw unusable(name, `its ${kind} name ${JSON.stringify(each)}, which is no package`);
      found.set(each, { optional: kind !== "dependencies" });
    }
  }
  return found;
}

/** As npm has them: no dot and no slash leads out of `node_modules`. */
function isPackageName(name: string): boolean {
  return name.length <= 214 && /^(@[\w~-][\w.~-]*\/)?[\w~-][\w.~-]*$/.test(name);
}

/** @returns nothing where there is no such file @throws PluginError `unresolved` */
async function textOf(root: string, name: string): Promise<string | undefined> {
  const there = await lstat(join(root, "package.json")).catch(() => undefined);
  if (!there) return undefined;
  const file = await fileInside(root, join(root, "package.json"));
  if (typeof file === "string") throw unusable(name, `its package.json ${file}`);
  const { size } = await stat(file);
  if (size > MOST) throw unusable(name, `its package.json has ${size} bytes, wanted at most ${MOST}`);
  return readFile(file, "utf8").catch((cause: Error) => {
    throw unusable(name, `its package.json cannot be read: ${cause.message}`);
  });
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function unusable(name: string, why: string): PluginError {
  return new PluginError("unresolved", `could not use the package ${name}: ${why}`);
}
