/** Files that have to lie inside of a folder, wherever links lead. */
import { realpath, stat } from "node:fs/promises";
import { relative, sep } from "node:path";
import { pathToFileURL } from "node:url";

/**
 * The real place of a file.
 *
 * @param root a folder's real path
 * @returns why there is none, for the end of a sentence: `leads out of its folder`
 */
export async function fileInside(root: string, path: string): Promise<URL | string> {
  const real = await realpath(path).catch(() => undefined);
  if (real === undefined) return "is not there";
  if (!isInside(root, real)) return "leads out of its folder";
  const found = await stat(real).catch(() => undefined);
  return found?.isFile() ? pathToFileURL(real) : "is no file";
}

function isInside(root: string, path: string): boolean {
  const way = relative(root, path);
  // On Windows the way to another drive is absolute.
  return way !== "" && way !== ".." && !way.startsWith(`..${sep}`) && !/^([a-z]:|[\\/])/i.test(way);
}
