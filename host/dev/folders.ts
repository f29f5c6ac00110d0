/** The folders that are watched at a time. */
import { type FSWatcher, watch } from "node:fs";
import { stat } from "node:fs/promises";
import { basename } from "node:path";
import { type Entry, type Step, wayTo } from "./way.ts";

export interface Folders {
  /**
   * Watches what leads to these files, and nothing else.
   *
   * @returns whether a folder is new: what happened in it before is unknown
   */
  set(files: readonly string[]): Promise<boolean>;
  close(): void;
}

interface Found {
  /** Another one where a folder was replaced by one of the same name. */
  readonly identity: string;
  readonly names: ReadonlySet<string>;
}

interface Watched extends Found {
  /** Missing where the system has none left, or nobody may read the folder: the looks have to do. */
  readonly watcher: FSWatcher | undefined;
}

/** So many folders at the end of a way are watched: what happens above them is seen by the next look. */
const LAST = 3;

/**
 * @param onEvent called when an entry that leads to a file may have changed; other entries of the same folders may
 * change all the time
 */
export function folders(onEvent: () => void): Folders {
  const watched = new Map<string, Watched>();
  let closed = false;

  const begin = (folder: string, found: Found): void => {
    const own = plain(basename(folder));
    const heard = (_: string, name: string | null) => {
      const entry = name === null ? undefined : plain(name);
      // A folder that is removed tells so by its own name, and nothing afterwards.
      if (entry === own) end(folder);
      if (entry === undefined || entry === own || watched.get(folder)?.names.has(entry)) onEvent();
    };
    const watcher = watcherOf(folder, heard);
    watched.set(folder, { ...found, watcher });
    watcher?.on("error", () => {
      end(folder);
      onEvent();
    });
  };
  const end = (folder: string): void => {
    watched.get(folder)?.watcher?.close();
    watched.delete(folder);
  };
  return {
    async set(files) {
      const wanted = await foldersOf(files);
      if (closed) return false;
      let anew = false;
      for (const [folder, found] of wanted) {
        const before = watched.get(folder);
        if (before?.identity === found.identity) watched.set(folder, { ...before, ...found });
        else {
          end(folder);
          begin(folder, found);
          anew = true;
        }
      }
      for (const folder of [...watched.keys()]) if (!wanted.has(folder)) end(folder);
      return anew;
    },
    close() {
      closed = true;
      for (const folder of [...watched.keys()]) end(folder);
    },
  };
}

function watcherOf(
  folder: string,
  heard: (kind: string, name: string | null) => void,
): FSWatcher | undefined {
  try {
    return watch(folder, heard);
  } catch {
    return undefined;
  }
}

/** The folders to watch, what they are, and the names of their entries that matter. */
async function foldersOf(files: readonly string[]): Promise<ReadonlyMap<string, Found>> {
  const known = new Map<string, Promise<Entry>>();
  const ways = await Promise.all(files.map((file) => wayTo(file, known)));
  const names = new Map<string, Set<string>>();
  for (const { folder, name } of ways.flatMap(deciding)) {
    names.set(folder, (names.get(folder) ?? new Set()).add(plain(name)));
  }
  const found = [...names].map(async ([folder, own]): Promise<[string, Found]> => {
    const status = await stat(folder, { bigint: true }).catch(() => undefined);
    // A number of a folder that is gone is given to the next one; when it was made tells the two apart.
    const identity = status ? `${status.dev} ${status.ino} ${status.birthtimeNs}` : "missing";
    return [folder, { identity, names: own }];
  });
  return new Map(await Promise.all(found));
}

/** What is likely to be replaced: links, and the last folders. */
function deciding(way: readonly Step[]): readonly Step[] {
  return way.filter(({ entry }, i) => entry.target !== undefined || i >= way.length - LAST);
}

/** A name as all file systems take it, whatever its case and its form. */
function plain(name: string): string {
  return name.normalize().toLowerCase();
}
