/**
 * Reads the files of one build: the author's, and this package's guest library, wherever the author's code
 * lies.
 */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { packageFile } from "./guest.ts";

export interface Reader {
  /** The text of a file, the same for the whole build; `null` when it is missing. */
  read(name: string, directory: string): string | null;
  /**
   * The files that were read, as sorted absolute paths, without those that are only read for the plugin's
   * identity.
   */
  files(): string[];
  /** Missing sources that an import may have meant. */
  missing(): string[];
}

export function reader(): Reader {
  const texts = new Map<string, string | null>();
  const named = (found: boolean) => [...texts].filter(([, text]) => (text !== null) === found);
  return {
    read(name, directory) {
      // Options in an author's config are for targets other than this one.
      if (name === "asconfig.json") return null;
      const file = pathOf(name, directory);
      let text = texts.get(file);
      if (text === undefined) {
        text = textOf(file);
        texts.set(file, text);
      }
      return text;
    },
    files() {
      const paths = named(true).map(([path]) => path);
      return paths.filter((path) => !path.endsWith(".json")).sort();
    },
    missing() {
      const paths = named(false).map(([path]) => path);
      return paths.filter(
        (path) => /(?<!\.d|[\\/]index)\.ts$/.test(path) && !/[\\/]node_modules[\\/]/.test(path),
      );
    },
  };
}

function pathOf(name: string, directory: string): string {
  const own = /(?:^|[\\/])node_modules[\\/]moult[\\/](guest\.ts|abi[\\/]guest[\\/].+)$/.exec(name)?.[1];
  return own === undefined ? resolve(directory, name) : fileURLToPath(packageFile(own.replaceAll("\\", "/")));
}

/**
 * Synchronous, because the compiler waits for every file, and afterwards blocks this thread for longer than
 * any read.
 */
function textOf(file: string): string | null {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return null;
  }
}
