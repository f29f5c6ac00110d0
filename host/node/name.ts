/** Names of open files, which other processes may remove, or give to other files. */
import { fstatSync, statSync } from "node:fs";

/**
 * Whether a path still leads to the open file. While it is open, the system gives its inode to no other file.
 *
 * @param path leads to the file now; if the file system denies even that, because it gives a file another
 * inode each time, the result is always that of `unstable`
 */
export function leadsTo(file: number, path: string, unstable = () => false): () => boolean {
  const own = fstatSync(file, { bigint: true });
  const leads = () => {
    const there = statSync(path, { bigint: true, throwIfNoEntry: false });
    return there !== undefined && there.ino === own.ino && there.dev === own.dev;
  };
  return leads() ? leads : unstable;
}
