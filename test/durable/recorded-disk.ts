/** A real disk whose writes are recorded, and what a crash at any of them leaves behind. */
import { mkdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { type Disk, type DiskFile, disk } from "../../host/node/disk.ts";

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

/**
 * Makes a folder as a crash leaves it.
 *
 * @param writes that happened; the last one may be cut to its first `cut` bytes
 * @param power it was a power cut: what was not synced is gone, names too
 */
export function crashed(
  folder: string,
  writes: readonly Write[],
  { cut, power = false }: { readonly cut?: number | undefined; readonly power?: boolean },
): void {
  let names = new Map<string, Content>();
  let safeNames = new Map<string, Content>();
  /** Handles follow their file through a rename, as the system's do. */
  const opened = new Map<string, Content>();
  for (const [i, write] of writes.entries()) {
    const name = basename(write.path);
    const content = () => names.get(name) ?? opened.get(name)!;
    switch (write.op) {
      case "open":
        if (!names.has(name)) names.set(name, { data: new Uint8Array(0), safe: new Uint8Array(0) });
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
      case "rename":
        names.set(basename(write.to), names.get(name)!);
        names.delete(name);
        break;
      case "remove":
        names.delete(name);
        break;
      case "sync-folder":
        safeNames = new Map(names);
    }
  }
  if (power) names = safeNames;
  mkdirSync(folder, { recursive: true });
  for (const [name, { data, safe }] of names) writeFileSync(join(folder, name), power ? safe : data);
}
