/** Watching files, whatever way an editor saves them: in place, by renaming, or by deleting and creating. */
import { stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { type FSWatcher, watch as watchFolder } from "chokidar";

export interface ChangesOptions {
  /**
   * Milliseconds without a further change before a change is reported: editors save in several steps.
   * @default 15
   */
  readonly settle?: number;
}

export interface Changes {
  /**
   * Watches these files from now on, and no others; they need not exist yet.
   *
   * @param since when they were read, in milliseconds since 1970: a newer file has changed.
   * @default now
   * @returns when no later change can be missed
   */
  set(files: readonly string[], since?: number): Promise<void>;
  close(): Promise<void>;
}

/**
 * Calls `onChange` with the absolute paths of files that were changed, created or deleted, once they have
 * settled.
 *
 * Folders are watched, and not files, because a file that is replaced by renaming is another file. Every
 * event, also a raw one, only leads to a look at the files: of two renames in a row the watcher reports one.
 */
export function changes(
  onChange: (files: readonly string[]) => void,
  { settle = 15 }: ChangesOptions = {},
): Changes {
  const folders = new Map<string, { readonly watcher: FSWatcher; readonly ready: Promise<void> }>();
  /** The mark of each file when it was last looked at. */
  let known: ReadonlyMap<string, string> = new Map();
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  const look = async () => {
    const before = known;
    const now = await marks([...before.keys()]);
    // Other files were set meanwhile, and looked at.
    if (before !== known || closed) return;
    known = now;
    const changed = [...now.keys()].filter((file) => now.get(file) !== before.get(file));
    if (changed.length > 0) onChange(changed);
  };
  const soon = () => {
    clearTimeout(timer);
    if (!closed) timer = setTimeout(() => void look(), settle);
  };
  const begin = (folder: string) => {
    const watcher = watchFolder(folder, { depth: 0, ignoreInitial: true });
    watcher.on("all", soon).on("raw", soon);
    return { watcher, ready: new Promise<void>((done) => watcher.once("ready", done)) };
  };
  const end = async (folder: string) => {
    const watched = folders.get(folder);
    folders.delete(folder);
    await watched?.watcher.close();
  };
  return {
    async set(next, since = Date.now()) {
      const files = [...new Set(next.map((file) => resolve(file)))];
      const wanted = new Set(files.map((file) => dirname(file)));
      for (const folder of wanted) if (!folders.has(folder)) folders.set(folder, begin(folder));
      const ended = [...folders.keys()].filter((folder) => !wanted.has(folder)).map(end);
      await Promise.all([...ended, ...[...folders.values()].map(({ ready }) => ready)]);
      const now = await marks(files, since);
      // A file that was watched before keeps its mark, so that a change not yet reported is not lost.
      known = new Map(files.map((file) => [file, known.get(file) ?? now.get(file) ?? MISSING]));
      soon();
    },
    async close() {
      closed = true;
      clearTimeout(timer);
      await Promise.all([...folders.keys()].map(end));
    },
  };
}

const MISSING = "missing";

/** A text for each file that changes with the file; a file newer than `since` gets a text of its own. */
async function marks(files: readonly string[], since?: number): Promise<ReadonlyMap<string, string>> {
  const found = files.map(async (file): Promise<[string, string]> => {
    const status = await stat(file, { bigint: true }).catch(() => undefined);
    if (status === undefined) return [file, MISSING];
    if (since !== undefined && Number(status.mtimeMs) > since) return [file, "newer"];
    return [file, `${status.ino} ${status.size} ${status.mtimeNs}`];
  });
  return new Map(await Promise.all(found));
}
