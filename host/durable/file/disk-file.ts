/** What a store needs of a file. */

export interface DiskFile {
  /** The file's length in bytes, and whether it still has a name. */
  stat(): { readonly size: number; readonly isLinked: boolean };
  /** Fills `into` with the bytes at `at`, as far as the file goes. @returns the number of bytes */
  read(into: Uint8Array, at: number): number;
  /** Writes all of the bytes. */
  write(bytes: Uint8Array, at: number): void;
  truncate(length: number): void;
  /** Returns when everything written survives a power cut. */
  sync(): void;
  /** Whether the path that it was opened by still leads to it, where the file system can tell. */
  isThere(): boolean;
  close(): void;
}

/** How often written bytes reach the disk itself. */
export interface Syncs {
  readonly mode: "always" | "interval" | "never";
  /** Syncs a file. @returns whether its content survives a power cut. @throws the error of a broken disk */
  file(file: DiskFile): boolean;
}
