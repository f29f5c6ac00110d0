/**
 * The identity of a plugin: name, version and interface, from its `package.json` and the options of the
 * build.
 */
import { dirname, resolve } from "node:path";
import { parseJson } from "../json/parse-json.ts";
import { VERSION } from "../manifest.ts";
import { isPrintable } from "../printable.ts";
import type { Program } from "./compiler.ts";
import { isInterface } from "./interface.ts";

export interface Identity {
  readonly name: string;
  readonly version: string;
  /** The interface that its functions are exported under; without it they have their bare names. */
  readonly interface?: string;
}

export interface IdentityOptions {
  /** @default the package's, else the entry's file name without its extension */
  readonly name?: string;
  /** @default the package's, else 0.0.0 */
  readonly version?: string;
  /** @default `moult.interface` of the package, else none */
  readonly interface?: string;
}

/** Reads a file in a directory, or returns `null`. */
export type ReadFile = (name: string, directory: string) => Promise<string | null> | string | null;

/** @param entry the entry file's path from `baseDir` */
export async function identify(
  entry: string,
  { baseDir, readFile, options }: { baseDir: string; readFile: ReadFile; options: IdentityOptions },
): Promise<Identity> {
  const found = await nearestPackage(entry, baseDir, readFile);
  const fileName = entry.slice(entry.lastIndexOf("/") + 1).replace(/\.ts$/, "");
  const name = options.interface ?? found.moult?.interface;
  return {
    name: options.name ?? found.name ?? fileName,
    version: options.version ?? found.version ?? "0.0.0",
    ...(name === undefined ? {} : { interface: name }),
  };
}

/** The fault of an identity, if any. */
export function checkIdentity({ name: plugin, interface: name, version }: Identity): string | undefined {
  if (plugin === "" || plugin.length > 256 || !isPrintable(plugin)) {
    return `${JSON.stringify(plugin)} is no name: write a line of 1 to 256 characters`;
  }
  if (name !== undefined && !isInterface(name)) {
    return `"${name}" is no interface: write a name with its version, like "demo:logs/handler@1.0.0"`;
  }
  if (!VERSION.test(version)) {
    return `${JSON.stringify(version)} is no version: write three numbers, like 1.0.0`;
  }
  return undefined;
}

interface Package {
  readonly name?: string;
  readonly version?: string;
  readonly moult?: { readonly interface?: string };
}

/** The nearest one is the package's root; those above it are not read. */
async function nearestPackage(entry: string, baseDir: string, readFile: ReadFile): Promise<Package> {
  const folder = entry.split("/").slice(0, -1);
  for (let at = resolve(baseDir, ...folder); ; at = dirname(at)) {
    const text = await readFile([...folder, "package.json"].join("/"), baseDir);
    if (text !== null) return parsePackage(text);
    if (dirname(at) === at) return {};
    folder.push("..");
  }
}

/** Values of the wrong type are ignored. */
function parsePackage(text: string): Package {
  let json: Record<string, unknown> | null;
  try {
    json = parseJson(text) as typeof json;
  } catch (cause) {
    throw new Error(`the entry's package.json is not JSON: ${(cause as Error).message}`, { cause });
  }
  const { name, version, moult } = json ?? {};
  const named = (moult as { interface?: unknown } | null | undefined)?.interface;
  return {
    ...(typeof name === "string" ? { name } : {}),
    ...(typeof version === "string" ? { version } : {}),
    ...(typeof named === "string" ? { moult: { interface: named } } : {}),
  };
}

/** `assemblyscript 0.28.20` */
export function producerOf({ options }: Program): string {
  const { bundleMajorVersion, bundleMinorVersion, bundlePatchVersion } = options;
  return `assemblyscript ${bundleMajorVersion}.${bundleMinorVersion}.${bundlePatchVersion}`;
}
