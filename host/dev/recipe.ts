/** How a plugin is built: what its author's files say of it, and which files these are. */
import { join } from "node:path";
import { asconfig } from "./asconfig.ts";
import { type Project, project } from "./project.ts";

export interface Recipe {
  readonly project: Project;
  readonly optimize: "debug" | "release";
  /** Options of the compiler, as its command line spells them: for `asc` of `BuildOptions`. */
  readonly asc: readonly string[];
  /** What was read and looked for, absolute: whose change changes the recipe. */
  readonly files: readonly string[];
}

/**
 * Finds a plugin and what its `package.json` and its `asconfig.json` say.
 *
 * @param path a plugin's folder or its entry file, from the working directory
 * @throws ProjectError
 */
export async function recipe(path: string, optimize: Recipe["optimize"]): Promise<Recipe> {
  const found = await project(path);
  const { asc, files } = await asconfig(found.root, optimize);
  return { project: found, optimize, asc, files: [join(found.root, "package.json"), ...files] };
}
