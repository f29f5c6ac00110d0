/** A real disk whose writes are recorded, and what a crash at any of them leaves behind. */
import { mkdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import type { DiskFile } from "../../host/durable/file/disk-file.ts";
import { type Disk, disk } from "../../host/node/disk.ts";

export type Write = { readonly path: string } & (
  | { readonly op: "write"; readonly bytes: Uint8Array; readonly at: number }
  | { readonly op: "truncate"; readonly length: number }
  | { readonly op: "open" | "sync" | "remove" | "sync-folder" }
  | { readonly op: "rename"; readonly to: string }
);

/** @param tell is told of each write before it happens */
export function recordedDisk(tell: (write: Write) => void): Disk {
  return {
    ...disk,
    open(path): DiskFile {
      tell({ op: "open", path });
      const file = disk.open(path);
      return {
        ...file,
        write(bytes, at) {
          tell({ op: "write", path, bytes: Uint8Array.from(bytes), at });
          file.write(bytes, at);
        },
        truncate(length) {
          tell({ op: "truncate", path, length });
          file.truncate(length);
        },
        sync() {
          tell({ op: "sync", path });
          file.sync();
        },
      };
    },
    rename(path, to) {
      tell({ op: "rename", path, to });
      disk.rename(path, to);
    },
    remove(path) {
      tell({ op: "remove", path });
      disk.remove(path);
    },
    syncFolder(path) {
      tell({ op: "sync-folder", path });
      disk.syncFolder(path);
    },
  };
}

interface Content {
  data: Uint8Array;
  /** As of the last sync. */
  safe: Uint8Array;
}

export interface Crash {
  /** The last write is cut to so many bytes. */
  readonly cut?: number | undefined;
  /** It was a power cut: what was not synced is gone, names too. */
  readonly power?: boolean;
  /** With `power`: whether a change of a name that was not synced is on the disk all the same, for each in their order. */
  readonly survives?: (n: number) => boolean;
}

/**
 * Makes a folder as a crash leaves it.
 *
 * @param writes that happened
 * @returns how many changes of names were not synced
 */
export function crashed(
  folder: string,
  writes: readonly Write[],
  { cut, power = false, survives = () => false }: Crash,
): number {
  let names = new Map<string, Content>();
  let safeNames = new Map<string, Content>();
  let unsafe: ((names: Map<string, Content>) => void)[] = [];
  /** Handles follow their file through a rename, as the system's do. */
  const opened = new Map<string, Content>();
  const change = (how: (names: Map<string, Content>) => void) => {
    how(names);
    unsafe.push(how);
  };
  for (const [i, write] of writes.entries()) {
    const name = basename(write.path);
    const content = () => names.get(name) ?? opened.get(name)!;
    switch (write.op) {
      case "open":
        if (!names.has(name)) {
          const made = { data: new Uint8Array(0), safe: new Uint8Array(0) };
          change((names) => names.set(name, made));
        }
        opened.set(name, names.get(name)!);
        break;
      case "write": {
        const last = i === writes.length - 1;
        const bytes = last && cut !== undefined ? write.bytes.subarray(0, cut) : write.bytes;
        const file = content();
        const data = new Uint8Array(Math.max(file.data.length, write.at + bytes.length));
        data.set(file.data);
        data.set(bytes, write.at);
        file.data = data;
        break;
      }
      case "truncate":
        content().data = content().data.slice(0, write.length);
        break;
      case "sync":
        content().safe = content().data.slice();
        break;
      case "rename": {
        const moved = names.get(name)!;
        change((names) => {
          names.set(basename(write.to), moved);
          names.delete(name);
        });
        break;
      }
      case "remove":
        change((names) => names.delete(name));
        break;
      case "sync-folder":
        safeNames = new Map(names);
        unsafe = [];
    }
  }
  if (power) {
    for (const [n, how] of unsafe.entries()) if (survives(n)) how(safeNames);
    names = safeNames;
  }
  mkdirSync(folder, { recursive: true });
  for (const [name, { data, safe }] of names) writeFileSync(join(folder, name), power ? safe : data);
  return unsafe.length;
}
