/** The moult that a new plugin depends on: the one that makes it, wherever that came from. */
import { readFile } from "node:fs/promises";
import { basename, dirname, isAbsolute, join, relative, resolve } from "node:path";
import { parseJson } from "../../abi/transform/mod.ts";

export interface OwnSpec {
  /** The dependency as a `package.json` in the new folder spells it. */
  readonly spec: string;
  /**
   * Whether it was found in the `package.json` that asked for this moult; otherwise it is assumed that npm
   * has this version.
   */
  readonly known: boolean;
}

export interface OwnSpecOptions {
  readonly version: string;
  /** The new folder, as an absolute path. */
  readonly folder: string;
  /** The working directory of the command, as an absolute path. */
  readonly cwd: string;
  /** The folder of moult's own package, as an absolute path. */
  readonly home: string;
}

/**
 * Looks for the `package.json` that asked for this moult: that of the working directory, or that of the
 * package in which moult is installed.
 */
export async function ownSpec({ version, folder, cwd, home }: OwnSpecOptions): Promise<OwnSpec> {
  const modules = dirname(home);
  const holder = basename(modules) === "node_modules" ? [dirname(modules)] : [];
  for (const at of [...upward(cwd), ...holder]) {
    const asked = await askedFor(at);
    if (asked === undefined) continue;
    const spec = moved(asked, at, folder);
    return { spec: spec ?? `^${version}`, known: true };
  }
  return { spec: `^${version}`, known: false };
}

function upward(folder: string): string[] {
  const above = dirname(folder);
  return above === folder ? [folder] : [folder, ...upward(above)];
}

/** The dependency on moult in a folder's `package.json`. */
async function askedFor(folder: string): Promise<string | undefined> {
  const text = await readFile(join(folder, "package.json"), "utf8").catch(() => "null");
  let json: Record<string, Readonly<Record<string, unknown>> | undefined> | null;
  try {
    json = parseJson(text) as typeof json;
  } catch {
    return undefined;
  }
  for (const field of ["dependencies", "devDependencies", "optionalDependencies", "peerDependencies"]) {
    const spec = json?.[field]?.moult;
    if (typeof spec === "string") return spec;
  }
  return undefined;
}

/**
 * The same package, as seen from another folder; nothing for a version, since the running version is meant.
 */
function moved(spec: string, from: string, to: string): string | undefined {
  const [, scheme = "file:", path] = LOCAL.exec(spec) ?? [];
  if (path !== undefined) {
    if (isAbsolute(path) || path.startsWith("~/")) return spec;
    return `${scheme}${relative(to, resolve(from, path)).replaceAll("\\", "/")}`;
  }
  return /^[a-z+]+:|^[\w.-]+\/[\w.-]+/.test(spec) && !spec.startsWith("npm:") ? spec : undefined;
}

/** A path with its scheme, or one that begins as paths do. */
const LOCAL = /^(?:(file:|link:|portal:)(?=.)|(?=\.{1,2}[\\/]|[\\/]|~\/|[a-z]:[\\/]))(.*)$/i;
