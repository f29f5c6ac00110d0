/** Sources by path, for programs that get paths. */
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

/** The `file:` URL of a path, resolved against the working directory. Right for Windows paths too. */
export function fileSource(text: string): URL {
  return pathToFileURL(resolve(text));
}
