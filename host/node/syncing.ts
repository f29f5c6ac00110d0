/** Syncing: written bytes reach the disk itself, as often as options ask for and a sandbox allows. */
import type { DiskFile, Syncs } from "../durable/file/disk-file.ts";
import type { Disk } from "./disk.ts";

export type Fsync = "always" | "interval" | "never";

/** Error codes of sandboxes and file systems that do not support syncing; a broken disk reports `EIO`. */
const FORBIDDEN = new Set([
  "ERR_ACCESS_DENIED",
  "EPERM",
  "EACCES",
  "ENOSYS",
  "ENOTSUP",
  "EOPNOTSUPP",
  "EINVAL",
]);

export class Syncing implements Syncs {
  readonly #disk: Disk;
  readonly #warn: (text: string) => void;
  readonly #asked: Fsync;
  #files = true;
  #folders = true;

  /** @param warn is called once for each promise that cannot be kept here */
  constructor(disk: Disk, asked: Fsync, warn: (text: string) => void) {
    this.#disk = disk;
    this.#asked = asked;
    this.#warn = warn;
  }

  get mode(): Fsync {
    return this.#files ? this.#asked : "never";
  }

  /** Syncs a file. @returns whether its content survives a power cut. @throws the error of a broken disk */
  file(file: DiskFile): boolean {
    if (this.mode === "never") return false;
    try {
      file.sync();
      return true;
    } catch (error) {
      if (!isForbidden(error)) throw error;
      this.#files = false;
      this.#warn(`a power cut may lose acknowledged calls, as files cannot be synced here (${text(error)})`);
      return false;
    }
  }

  /** Syncs the names in a folder. */
  folder(path: string): void {
    if (this.#asked === "never" || !this.#folders) return;
    try {
      this.#disk.syncFolder(path);
    } catch (error) {
      if (!isForbidden(error)) throw error;
      this.#folders = false;
      this.#warn(
        `a power cut right after a snapshot may lose what is newest, as folders cannot be synced here (${text(error)})`,
      );
    }
  }
}

function isForbidden(error: unknown): boolean {
  const { code, name } = error as { readonly code?: unknown; readonly name?: unknown };
  return FORBIDDEN.has(String(code)) || name === "NotCapable" || name === "PermissionDenied";
}

function text(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
