/** How a plugin is built: the settings in its author's files, and which files these are. */
import { join } from "node:path";
import { asconfig } from "./asconfig.ts";
import { type Project, project } from "./project.ts";

export interface Recipe {
  readonly project: Project;
  readonly optimize: "debug" | "release";
  /** Options of the compiler, as on its command line: for `asc` of `BuildOptions`. */
  readonly asc: readonly string[];
  /** All files that were read or looked for, as absolute paths: a change of one may change the recipe. */
  readonly files: readonly string[];
}

/**
 * Finds a plugin, and the settings in its `package.json` and its `asconfig.json`.
 *
 * @param path a plugin's folder or its entry file, from the working directory
 * @throws ProjectError
 */
export async function recipe(path: string, optimize: Recipe["optimize"]): Promise<Recipe> {
  const found = await project(path);
  const { asc, files } = await asconfig(found.root, optimize);
  return { project: found, optimize, asc, files: [join(found.root, "package.json"), ...files] };
}
