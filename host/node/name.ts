/** Names of files, which others may remove, or give to other files, while a file is open. */
import { fstatSync, statSync } from "node:fs";

/**
 * Whether a path still leads to the file that is open. As long as it is open the system gives its number to no other.
 *
 * @param path leads to it now; where the file system says otherwise, as it numbers files anew each time, the answer is
 * always `unstable`
 */
export function leadsTo(file: number, path: string, unstable = () => false): () => boolean {
  const own = fstatSync(file, { bigint: true });
  const leads = () => {
    const there = statSync(path, { bigint: true, throwIfNoEntry: false });
    return there !== undefined && there.ino === own.ino && there.dev === own.dev;
  };
  return leads() ? leads : unstable;
}
