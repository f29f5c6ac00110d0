/**
 * The part of an author's `asconfig.json` that a build of moult follows: how code is compiled, not what is
 * made of it.
 */
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, isAbsolute, join, resolve } from "node:path";
import { z } from "zod";
import { parseJson } from "../../abi/transform/mod.ts";
import { ProjectError } from "./project.ts";

const texts = z.union([z.string().transform((text) => text.split(",")), z.array(z.string())]).optional();
/**
 * The options that are followed. All others are decided by moult or belong to other targets, and are ignored.
 */
const options = z.object({
  optimizeLevel: z.int().optional(),
  shrinkLevel: z.int().optional(),
  converge: z.boolean().optional(),
  noAssert: z.boolean().optional(),
  noUnsafe: z.boolean().optional(),
  pedantic: z.boolean().optional(),
  uncheckedBehavior: z.string().optional(),
  trapMode: z.string().optional(),
  stackSize: z.int().optional(),
  lowMemoryLimit: z.int().optional(),
  maximumMemory: z.int().optional(),
  enable: texts,
  disable: texts,
  use: texts,
  disableWarning: z.array(z.int()).optional(),
  transform: texts,
  lib: texts,
  path: texts,
});
const config = z.object({
  extends: z.string().optional(),
  options: options.optional(),
  targets: z.record(z.string(), options).optional(),
});
type Options = z.output<typeof options>;

/** Of these options, only those of the release target optimize. */
const OPTIMIZING: ReadonlySet<string> = new Set(["optimizeLevel", "shrinkLevel", "converge"]);
/** In these options, a text that begins with a dot is a path relative to the file. */
const PATHS: ReadonlySet<string> = new Set(["transform", "lib", "path"]);

export interface Asconfig {
  /** The options as on the compiler's command line, for `asc` of `BuildOptions`; empty without a file. */
  readonly asc: readonly string[];
  /** The files that were read, as absolute paths; without a file, the path where it would be. */
  readonly files: readonly string[];
}

/**
 * Reads `asconfig.json` of a folder, and what it extends.
 *
 * @throws ProjectError when a file cannot be used
 */
export async function asconfig(root: string, optimize: "debug" | "release"): Promise<Asconfig> {
  let merged: Record<string, unknown> = {};
  const files = new Set<string>();
  let file: string | undefined = join(root, "asconfig.json");
  while (file !== undefined && !files.has(file)) {
    files.add(file);
    const found: z.output<typeof config> | undefined = await read([...files]);
    if (found === undefined) break;
    for (const each of [found.targets?.[optimize], found.options])
      merged = merge(merged, each, dirname(file));
    file = found.extends === undefined ? undefined : extended(found.extends, [...files]);
  }
  const asc = Object.entries(merged).flatMap(([key, value]) => {
    if (optimize === "debug" && OPTIMIZING.has(key)) return [];
    if (value === true) return [`--${key}`];
    return value === false ? [] : [`--${key}`, String(value)];
  });
  return { asc, files: [...files] };
}

/** The values nearer to the author win; lists are joined. */
function merge(nearer: Record<string, unknown>, further: Options | undefined, folder: string) {
  const merged = { ...nearer };
  for (const [key, value] of Object.entries(further ?? {})) {
    if (value === undefined) continue;
    const list = Array.isArray(value) ? value.map((each) => placed(key, each, folder)) : undefined;
    // A config for asc itself has to name it; here it is added anyway.
    const own = list?.filter((each) => each !== "moult/transform");
    if (own === undefined) merged[key] ??= value;
    else if (own.length > 0) merged[key] = [...((merged[key] as unknown[] | undefined) ?? []), ...own];
  }
  return merged;
}

function placed(key: string, value: string | number, folder: string): string | number {
  if (!PATHS.has(key) || typeof value !== "string") return value;
  return value.startsWith(".") || (key !== "transform" && !isAbsolute(value))
    ? resolve(folder, value)
    : value;
}

/** @param files the files before it, and the file itself. @returns nothing when the first one is missing */
async function read(files: readonly string[]): Promise<z.output<typeof config> | undefined> {
  const file = files.at(-1)!;
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (cause) {
    if (files.length === 1) return undefined;
    throw new ProjectError(`could not read ${file}, which asconfig.json extends`, { files, cause });
  }
  let json: unknown;
  try {
    json = parseJson(text);
  } catch (cause) {
    const why = (cause as Error).message;
    throw new ProjectError(`could not read ${file}: it is not JSON: ${why}`, { files, cause });
  }
  const parsed = config.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new ProjectError(`could not use ${file}:\n${z.prettifyError(parsed.error)}`, { files });
}

/** @param files the files that were read; the last one extends `name` */
function extended(name: string, files: readonly string[]): string {
  const from = files.at(-1)!;
  if (name.startsWith(".") || isAbsolute(name)) return resolve(dirname(from), name);
  try {
    return createRequire(from).resolve(name);
  } catch (cause) {
    throw new ProjectError(`could not find ${name}, which ${from} extends`, { files, cause });
  }
}
