/** The files of a store in the origin private file system, open from the beginning: to open one takes a promise. */
import type { DiskFile } from "../durable/file/disk-file.ts";
import { PluginError } from "../mod.ts";
import { noRoom, told } from "./shortage.ts";

/** A file of a worker's, which no other worker can open. */
interface AccessHandle {
  read(into: Uint8Array, options: { readonly at: number }): number;
  write(bytes: Uint8Array, options: { readonly at: number }): number;
  truncate(size: number): void;
  getSize(): number;
  flush(): void;
  close(): void;
}

/** A snapshot and the journal of the calls since. There are two: one in force, and one for what comes next. */
export interface Slot {
  readonly name: "a" | "b";
  readonly snapshot: DiskFile;
  readonly journal: DiskFile;
}

export interface OpfsFiles {
  readonly slots: readonly [Slot, Slot];
  /** Two as well. */
  readonly modules: readonly [DiskFile, DiskFile];
  close(): void;
}

const NAMES = ["a.avro", "a.journal", "b.avro", "b.journal", "a.wasm", "b.wasm"];
/** Milliseconds for which files of a worker that is gone may still be its own; and between two looks. */
const [PATIENCE, PAUSE] = [5_000, 20];

/**
 * Opens a store's folder, and makes it if it is missing.
 *
 * @param store in messages
 * @throws PluginError `bad-store` where others have files there, `store-failed`, `store-locked`
 */
export async function openFiles(store: string, name: string): Promise<OpfsFiles> {
  const folder = await folderOf(store, name);
  const strange: string[] = [];
  for await (const found of keysOf(folder)) if (!NAMES.includes(found)) strange.push(found);
  if (strange.length > 0) {
    const found = strange.sort().slice(0, 3).join(", ");
    throw new PluginError(
      "bad-store",
      `could not open ${store}: found ${found}, which no store of moult has`,
    );
  }
  const handles: AccessHandle[] = [];
  const close = () => {
    for (const each of handles) each.close();
  };
  try {
    for (const each of NAMES)
      handles.push(await opened(store, await folder.getFileHandle(each, { create: true })));
  } catch (error) {
    close();
    throw error;
  }
  const [aAvro, aJournal, bAvro, bJournal, aWasm, bWasm] = handles.map(fileOf) as [
    ...[DiskFile, DiskFile, DiskFile],
    ...[DiskFile, DiskFile, DiskFile],
  ];
  return {
    slots: [
      { name: "a", snapshot: aAvro, journal: aJournal },
      { name: "b", snapshot: bAvro, journal: bJournal },
    ],
    modules: [aWasm, bWasm],
    close,
  };
}

async function folderOf(store: string, name: string): Promise<FileSystemDirectoryHandle> {
  const { FileSystemFileHandle: Handle } = globalThis as {
    readonly FileSystemFileHandle?: { readonly prototype: object };
  };
  if (!Handle || !("createSyncAccessHandle" in Handle.prototype)) {
    throw new PluginError(
      "store-failed",
      `could not open ${store}: only dedicated workers have FileSystemSyncAccessHandle; load the plugin in one, or keep it in indexedDbStore()`,
    );
  }
  const root = await navigator.storage.getDirectory();
  const ours = await root.getDirectoryHandle("moult", { create: true });
  return ours.getDirectoryHandle(name, { create: true });
}

/** TypeScript's library for pages does not have it. */
function keysOf(folder: FileSystemDirectoryHandle): AsyncIterable<string> {
  return (folder as unknown as { keys(): AsyncIterable<string> }).keys();
}

/** The store's lock is ours: one that still has the file is on its way out. */
async function opened(store: string, file: FileSystemFileHandle): Promise<AccessHandle> {
  const { createSyncAccessHandle: open } = file as unknown as {
    createSyncAccessHandle(): Promise<AccessHandle>;
  };
  for (const began = performance.now(); ; ) {
    try {
      return await open.call(file);
    } catch (cause) {
      if ((cause as { readonly name?: unknown }).name !== "NoModificationAllowedError") throw told(cause);
      if (performance.now() - began > PATIENCE) {
        const text = `could not open ${store}: ${file.name} is open in another worker, which does not hold its lock`;
        throw new PluginError("store-locked", text, { cause });
      }
      await new Promise((resolve) => setTimeout(resolve, PAUSE));
    }
  }
}

/** The file stays open when its journal is replaced: `close` of all files closes it. */
function fileOf(handle: AccessHandle): DiskFile {
  return {
    stat: () => ({ size: handle.getSize(), isLinked: true }),
    read(into, at) {
      let done = 0;
      while (done < into.length) {
        const read = handle.read(into.subarray(done), { at: at + done });
        if (read === 0) break;
        done += read;
      }
      return done;
    },
    write(bytes, at) {
      for (let done = 0; done < bytes.length; ) {
        const written = worded(() => handle.write(bytes.subarray(done), { at: at + done }));
        // Chromium answers its error's number where there is no room: 4294967288, which is -8.
        if (!(written > 0 && written <= bytes.length - done)) throw noRoom();
        done += written;
      }
    },
    truncate: (length) => worded(() => handle.truncate(length)),
    sync: () => worded(() => handle.flush()),
    isThere: () => true,
    close() {},
  };
}

function worded<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw told(error);
  }
}
