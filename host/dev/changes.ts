/** Watching files, whatever way an editor saves them: in place, by renaming, or by deleting and creating. */
import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { folders } from "./folders.ts";

export interface ChangesOptions {
  /**
   * Milliseconds without a further change before a change is reported: editors save in several steps.
   * @default 15
   */
  readonly settle?: number;
  /**
   * Milliseconds between looks that no event asks for: file systems of networks and of containers have no
   * events, and folders high above a file are not listened to.
   * @default 1_000
   */
  readonly every?: number;
}

/** A text for each file, which is another one when the file has changed. */
export type Marks = ReadonlyMap<string, string>;

export interface Changes {
  /**
   * Watches these files from now on, and no others; they need not exist yet.
   *
   * @param since when they were read, in milliseconds since 1970: a newer file has changed.
   * @default now
   * @param before the marks of files before they were read: another file at the same path may be an older one
   * @returns when no later change can be missed
   */
  set(files: readonly string[], since?: number, before?: Marks): Promise<void>;
  close(): Promise<void>;
}

/**
 * Calls `onChange` with the absolute paths of files that were changed, created or deleted, once they have
 * settled.
 *
 * Folders are watched, and not files, because a file that is replaced by renaming is another file; and so is
 * one in a folder that was removed and made again, or below a link that leads elsewhere now. Every event only
 * leads to a look at the files, and so does a timer.
 */
export function changes(
  onChange: (files: readonly string[]) => void,
  { settle = 15, every = 1_000 }: ChangesOptions = {},
): Changes {
  /** The mark of each file when it was last looked at. */
  let known: Marks = new Map();
  let timer: NodeJS.Timeout | undefined;
  let closed = false;
  /** The last of the looks, which come one after the other. */
  let looking: Promise<void> = Promise.resolve();

  const look = async () => {
    // What happens in a folder before it is watched makes no event.
    if (await around.set([...known.keys()])) soon();
    const now = await marks([...known.keys()]);
    if (closed) return;
    const changed = [...now.keys()].filter((file) => now.get(file) !== known.get(file));
    known = now;
    if (changed.length > 0) onChange(changed);
  };
  const next = (step: () => Promise<void>): Promise<void> => {
    looking = looking.then(step);
    return looking;
  };
  const soon = () => {
    clearTimeout(timer);
    if (!closed) timer = setTimeout(() => void next(look), settle);
  };
  const around = folders(soon);
  const slowly = setInterval(() => void next(look), every);
  return {
    set: (files, since = Date.now(), before = new Map()) =>
      next(async () => {
        const wanted = [...new Set(files.map((file) => resolve(file)))];
        await around.set(wanted);
        const now = await marks(wanted, since);
        // A file that was watched before keeps its mark, so that a change not yet reported is not lost.
        const markOf = (file: string) => known.get(file) ?? before.get(file) ?? now.get(file) ?? MISSING;
        known = new Map(wanted.map((file) => [file, markOf(file)]));
        soon();
      }),
    async close() {
      closed = true;
      clearTimeout(timer);
      clearInterval(slowly);
      around.close();
    },
  };
}

const MISSING = "missing";

/** @param since a file newer than that gets a mark of its own */
export async function marks(files: readonly string[], since?: number): Promise<Marks> {
  const found = files.map(async (file): Promise<[string, string]> => {
    const status = await stat(file, { bigint: true }).catch(() => undefined);
    if (status === undefined) return [file, MISSING];
    if (since !== undefined && Number(status.mtimeMs) > since) return [file, "newer"];
    return [file, `${status.ino} ${status.size} ${status.mtimeNs}`];
  });
  return new Map(await Promise.all(found));
}
