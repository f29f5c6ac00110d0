/** A plugin's folder, as the tools see it: its entry file, and the settings in its `package.json`. */
import { readFile, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { z } from "zod";
import { parseJson } from "../../abi/transform/mod.ts";
import { type Settings, settings } from "./settings.ts";

export interface Project extends Settings {
  /** The folder of its `package.json`, as an absolute path; the entry's own folder without one. */
  readonly root: string;
  /** The entry file, absolute. */
  readonly entry: string;
  /** Where builds go, absolute. */
  readonly out: string;
  /** The base name of its files: the package's name without its scope, else the entry's. */
  readonly name: string;
}

export interface ProjectErrorOptions extends ErrorOptions {
  /** @default none */
  readonly files?: readonly string[];
}

/** A plugin's folder that the tools cannot use. */
export class ProjectError extends Error {
  override readonly name = "ProjectError";
  /** The files that were read, as absolute paths: watch them. */
  readonly files: readonly string[];

  constructor(message: string, { files = [], ...rest }: ProjectErrorOptions = {}) {
    super(message, rest);
    this.files = files;
  }
}

/**
 * Finds the project of a path: a folder with a `package.json`, or an entry file in or below one.
 *
 * @param path from the working directory
 * @throws ProjectError when nothing is there, or its `package.json` has invalid settings
 */
export async function project(path = "."): Promise<Project> {
  const given = resolve(path);
  const found = await stat(given).catch(() => undefined);
  if (found === undefined) throw new ProjectError(`could not find ${path}: there is no such file or folder`);
  if (found.isDirectory()) return inFolder(given, path);
  if (!given.endsWith(".ts")) {
    throw new ProjectError(`could not use ${path}: wanted a plugin's folder or its entry file, a .ts file`);
  }
  const root = await packageOf(dirname(given));
  const said = root === undefined ? { settings: settings.parse({}) } : await read(root);
  const folder = root ?? dirname(given);
  const name = said.name ?? basename(given, ".ts");
  return { ...said.settings, root: folder, entry: given, out: join(folder, said.settings.out), name };
}

async function inFolder(root: string, path: string): Promise<Project> {
  const said = await read(root);
  const entry = resolve(root, said.settings.entry);
  if (!(await isFile(entry))) {
    throw new ProjectError(
      `could not find the entry of ${path}: there is no ${said.settings.entry}; ` +
        `name it as "moult": { "entry": ... } in package.json`,
      { files: [join(root, "package.json"), entry] },
    );
  }
  const name = said.name ?? basename(entry, ".ts");
  return { ...said.settings, root, entry, out: join(root, said.settings.out), name };
}

/** The settings of a folder's `package.json`; nothing without one. */
async function read(root: string): Promise<{ name?: string; settings: Settings }> {
  const file = join(root, "package.json");
  const text = await readFile(file, "utf8").catch(() => "{}");
  let json: unknown;
  try {
    json = parseJson(text);
  } catch (cause) {
    throw new ProjectError(`could not read ${file}: it is not JSON: ${(cause as Error).message}`, {
      files: [file],
      cause,
    });
  }
  const { name, moult } = (json ?? {}) as { name?: unknown; moult?: unknown };
  const parsed = settings.safeParse(moult ?? {});
  if (!parsed.success) {
    throw new ProjectError(`could not use "moult" in ${file}:\n${z.prettifyError(parsed.error)}`, {
      files: [file],
    });
  }
  const own = typeof name === "string" ? name.replace(/^@[^/]*\//, "") : "";
  return { ...(own === "" ? {} : { name: own }), settings: parsed.data };
}

/** The nearest folder upwards with a `package.json`. */
async function packageOf(folder: string): Promise<string | undefined> {
  for (let at = folder; ; at = dirname(at)) {
    if (await isFile(join(at, "package.json"))) return at;
    if (dirname(at) === at) return undefined;
  }
}

async function isFile(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found?.isFile() ?? false;
}
