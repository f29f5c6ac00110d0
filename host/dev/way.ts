/** The way to a file: the folders whose entries decide what its path leads to. */
import { lstat, readlink } from "node:fs/promises";
import { isAbsolute, join, parse } from "node:path";

/** A folder on the way, without links in its own path, and the entry in it that leads on. */
export interface Step {
  readonly folder: string;
  readonly name: string;
  readonly entry: Entry;
}

export interface Entry {
  readonly there: boolean;
  /** Where a symbolic link leads. */
  readonly target?: string;
}

/** As in Linux: whoever follows more goes in a circle. */
const MOST_LINKS = 40;

/**
 * Walks to a file from the root, through symbolic links, as far as there is something.
 *
 * @param file an absolute path
 * @param known the entries that were looked at already, by path; it is added to
 */
export async function wayTo(file: string, known: Map<string, Promise<Entry>>): Promise<Step[]> {
  const steps: Step[] = [];
  let folder = parse(file).root;
  let rest = namesOf(file);
  let links = 0;
  for (let name = rest.shift(); name !== undefined && links <= MOST_LINKS; name = rest.shift()) {
    const path = join(folder, name);
    if (name === "..") {
      folder = path;
      continue;
    }
    const looking = known.get(path) ?? look(path);
    known.set(path, looking);
    const entry = await looking;
    steps.push({ folder, name, entry });
    if (!entry.there) break;
    if (entry.target === undefined) folder = path;
    else {
      links++;
      if (isAbsolute(entry.target)) folder = parse(entry.target).root;
      rest = [...namesOf(entry.target), ...rest];
    }
  }
  return steps;
}

async function look(path: string): Promise<Entry> {
  try {
    if (!(await lstat(path)).isSymbolicLink()) return { there: true };
    return { there: true, target: await readlink(path) };
  } catch {
    return { there: false };
  }
}

function namesOf(path: string): string[] {
  return path
    .slice(parse(path).root.length)
    .split(process.platform === "win32" ? /[\\/]/ : "/")
    .filter((name) => name !== "" && name !== ".");
}
