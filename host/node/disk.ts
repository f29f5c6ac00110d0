/** What a directory store needs of a disk. Another one stands in for it where writes are recorded, or fail. */
import * as fs from "node:fs";

export interface DiskFile {
  /** Writes all of the bytes. */
  write(bytes: Uint8Array, at: number): void;
  truncate(length: number): void;
  /** Returns when what was written survives a power cut. */
  sync(): void;
  close(): void;
}

export interface Disk {
  makeFolder(path: string): void;
  list(folder: string): string[];
  /** @throws with the code `ENOENT` when there is none */
  read(path: string): Uint8Array;
  /** Opens a file for writing, and makes it where there is none. */
  open(path: string): DiskFile;
  /** At one stroke, over a file that is there. */
  rename(from: string, to: string): void;
  remove(path: string): void;
  /** Returns when the folder's names survive a power cut. */
  syncFolder(path: string): void;
}

export const disk: Disk = {
  makeFolder: (path) => void fs.mkdirSync(path, { recursive: true }),
  list: (folder) => fs.readdirSync(folder),
  read: (path) => fs.readFileSync(path),
  open(path) {
    const file = fs.openSync(path, fs.constants.O_RDWR | fs.constants.O_CREAT, 0o600);
    return {
      write(bytes, at) {
        for (let done = 0; done < bytes.length; ) {
          done += fs.writeSync(file, bytes, done, bytes.length - done, at + done);
        }
      },
      truncate: (length) => fs.ftruncateSync(file, length),
      sync: () => fs.fdatasyncSync(file),
      close: () => fs.closeSync(file),
    };
  },
  rename: (from, to) => fs.renameSync(from, to),
  remove: (path) => fs.rmSync(path, { force: true }),
  syncFolder(path) {
    // Windows has no folders to open, and keeps their names by itself.
    if (process.platform === "win32") return;
    const folder = fs.openSync(path, "r");
    try {
      fs.fsyncSync(folder);
    } finally {
      fs.closeSync(folder);
    }
  },
};
