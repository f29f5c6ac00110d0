/** The folders that are watched at a time. */
import { stat } from "node:fs/promises";
import { basename } from "node:path";
import { type FSWatcher, watch } from "chokidar";
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
  readonly watcher: FSWatcher;
  /** Resolves when no later event is missed; or where there can be none, and the looks have to do. */
  readonly ready: Promise<void>;
  readonly done: () => void;
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
    const matters = (path: string) => watched.get(folder)?.names.has(plain(basename(path))) ?? false;
    // Entries that do not matter are not looked at, however many there are.
    const ignored = (path: string) => path !== folder && !matters(path);
    const watcher = watch(folder, { depth: 0, ignoreInitial: true, ignored });
    // Of two renames in a row the watcher tells one, and of each the raw event.
    const heard = (_: string, path: string) => {
      const itself = plain(basename(path)) === own;
      // A folder that is removed tells so by its own name, and nothing afterwards.
      if (itself) end(folder);
      if (itself || matters(path)) onEvent();
    };
    let done = () => {};
    const ready = new Promise<void>((resolve) => {
      done = resolve;
    });
    watched.set(folder, { ...found, watcher, ready, done });
    watcher.on("ready", done).on("all", heard).on("raw", heard);
    watcher.on("error", () => {
      end(folder);
      onEvent();
    });
  };
  const end = (folder: string): void => {
    const before = watched.get(folder);
    watched.delete(folder);
    before?.done();
    void before?.watcher.close();
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
      await Promise.all([...watched.values()].map(({ ready }) => ready));
      return anew;
    },
    close() {
      closed = true;
      for (const folder of [...watched.keys()]) end(folder);
    },
  };
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
