/** Which moult a new plugin asks for: the one that makes it, wherever that came from. */
import { readFile } from "node:fs/promises";
import { basename, dirname, isAbsolute, join, relative, resolve } from "node:path";
import { parseJson } from "../../abi/transform/mod.ts";

export interface OwnSpec {
  /** As a `package.json` in the new folder says it. */
  readonly spec: string;
  /** Whether whoever installed this moult asked for it so; else it is guessed that npm has this version. */
  readonly known: boolean;
}

export interface OwnSpecOptions {
  readonly version: string;
  /** The folder that is made, absolute. */
  readonly folder: string;
  /** Where the command was typed, absolute. */
  readonly cwd: string;
  /** The folder of moult's own package, absolute. */
  readonly home: string;
}

/** Looks for the `package.json` that asked for this moult: that of who typed the command, or of who holds the package. */
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

/** What a folder's `package.json` says of moult. */
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

/** The same package, said in another folder; nothing for a version, of which the one that runs is meant. */
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
