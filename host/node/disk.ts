/** What a directory store needs of a disk. Tests replace it to record writes, or to make them fail. */
import * as fs from "node:fs";
import { dirname } from "node:path";
import type { DiskFile } from "../durable/file/disk-file.ts";
import { leadsTo } from "./name.ts";
import { patiently } from "./patience.ts";

export interface Disk {
  /**
   * Makes a folder that only its owner may read, and those above.
   * @returns the topmost new folder
   */
  makeFolder(path: string): string | undefined;
  list(folder: string): string[];
  /** @throws an error with the code `ENOENT` when there is no such file */
  read(path: string): Uint8Array;
  /** Opens a file for reading and writing, and makes it if it is missing. */
  open(path: string): DiskFile;
  /** Renames a file atomically, replacing one of that name. */
  rename(from: string, to: string): void;
  remove(path: string): void;
  /** Returns when the names in the folder survive a power cut. */
  syncFolder(path: string): void;
}

export const disk: Disk = {
  makeFolder(path) {
    if (fs.statSync(path, { throwIfNoEntry: false })?.isDirectory()) return undefined;
    // The folders above are only touched where they are missing, because a sandbox may forbid it.
    const isThere = fs.existsSync(dirname(path));
    const above = isThere ? undefined : fs.mkdirSync(dirname(path), { recursive: true });
    fs.mkdirSync(path, { mode: 0o700 });
    return above ?? path;
  },
  list: (folder) => fs.readdirSync(folder),
  read(path) {
    const file = fs.openSync(path, "r");
    try {
      const bytes = Buffer.allocUnsafeSlow(fs.fstatSync(file).size);
      return bytes.subarray(0, readAll(file, bytes, 0));
    } finally {
      fs.closeSync(file);
    }
  },
  open(path) {
    const file = fs.openSync(path, fs.constants.O_RDWR | fs.constants.O_CREAT, 0o600);
    return {
      stat() {
        const { size, nlink } = fs.fstatSync(file);
        return { size, isLinked: nlink > 0 };
      },
      read: (into, at) => readAll(file, into, at),
      write(bytes, at) {
        for (let done = 0; done < bytes.length; ) {
          done += fs.writeSync(file, bytes, done, bytes.length - done, at + done);
        }
      },
      truncate: (length) => fs.ftruncateSync(file, length),
      sync: () => fs.fdatasyncSync(file),
      isThere: leadsTo(file, path, () => fs.existsSync(path)),
      close: () => fs.closeSync(file),
    };
  },
  rename: (from, to) => patiently(() => fs.renameSync(from, to)),
  remove: (path) => fs.rmSync(path, { force: true }),
  syncFolder(path) {
    // Windows cannot open folders, and keeps their names durable by itself.
    if (process.platform === "win32") return;
    const folder = fs.openSync(path, "r");
    try {
      fs.fsyncSync(folder);
    } finally {
      fs.closeSync(folder);
    }
  },
};

/** One read call returns at most 2 GiB. */
function readAll(file: number, into: Uint8Array, at: number): number {
  let done = 0;
  while (done < into.length) {
    const length = Math.min(into.length - done, 2 ** 30);
    const read = fs.readSync(file, into, done, length, at + done);
    if (read === 0) break;
    done += read;
  }
  return done;
}
