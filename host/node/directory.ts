/** A store in a directory: a snapshot that any Avro tool reads, and a journal of the calls since. See `docs/durable.md`. */
import { join, resolve } from "node:path";
import { type Kept, PluginError, type Store } from "../mod.ts";
import { type Disk, type DiskFile, disk as realDisk } from "./disk.ts";
import { Damage, frames, header, read } from "./frames.ts";
import { LOCK_FILES, type Lock, lock } from "./lock.ts";

export interface DirectoryOptions {
  /**
   * When a call is on the disk itself:
   * - `"always"`: before it is acknowledged, so that a power cut loses none,
   * - `"interval"`: within `interval` milliseconds; a power cut loses what is younger,
   * - `"never"`: when the system sees fit.
   *
   * A process that is killed loses no acknowledged call with any of them.
   * @default "always"
   */
  readonly fsync?: "always" | "interval" | "never";
  /** @default 100 */
  readonly interval?: number;
  /** What the journal may hold before a new snapshot takes its place. @default 10_000 calls, 16 MiB */
  readonly checkpoint?: { readonly calls?: number; readonly bytes?: number };
  /** Stands in for the disk, where writes are recorded or made to fail. @default the real one */
  readonly disk?: Disk;
}

/** Keeps a plugin in a directory of its own, which is made where there is none. Everything in it is synchronous. */
export function directory(path: string, options: DirectoryOptions = {}): Store {
  return new Directory(resolve(path), options);
}

const OURS = /^(\d{10})\.(avro|journal)(\.part)?$/;
/** What file systems and their tools leave in any folder. */
const NOBODYS = /^(\.|lost\+found$)/;

class Directory implements Store {
  readonly synchronous = true;
  readonly name: string;
  readonly checkpoint: { readonly calls?: number; readonly bytes?: number };
  readonly #path: string;
  readonly #disk: Disk;
  readonly #fsync: "always" | "interval" | "never";
  readonly #interval: number;
  #lock: Lock | undefined;
  #file: DiskFile | undefined;
  #header: Uint8Array = new Uint8Array(0);
  /** The number of the snapshot and its journal. */
  #number = 0;
  #length = 0;
  #sequence = 0;
  /** Behind the last whole frame lies one that is not: it goes before anything is written. */
  #ragged = false;
  /** Why nothing can be appended any more, until a snapshot begins a new journal. */
  #broken: Error | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(path: string, options: DirectoryOptions) {
    const { fsync = "always", interval = 100, checkpoint = {}, disk = realDisk } = options;
    this.name = `the directory ${path}`;
    this.checkpoint = checkpoint;
    this.#path = path;
    this.#disk = disk;
    this.#fsync = fsync;
    this.#interval = interval;
  }

  open(): void {
    this.#disk.makeFolder(this.#path);
    const strange = this.#disk
      .list(this.#path)
      .filter((name) => !OURS.test(name) && !LOCK_FILES.test(name) && !NOBODYS.test(name));
    if (strange.length > 0) {
      const found = strange.sort().slice(0, 3).join(", ");
      throw new PluginError(
        "bad-store",
        `could not open ${this.name}: found ${found}, which no store of moult has; give it a directory of its own`,
      );
    }
    this.#lock = lock(this.#path);
  }

  read(): Kept | undefined {
    const found = this.#disk.list(this.#path).flatMap((name) => {
      const [, number, kind, part] = OURS.exec(name) ?? [];
      return number ? [{ name, number: Number(number), kind, part: part !== undefined }] : [];
    });
    const newest = (which: string) =>
      Math.max(0, ...found.filter(({ kind, part }) => kind === which && !part).map(({ number }) => number));
    const number = newest("journal");
    // The first snapshot is written before its journal: alone, it is a beginning that did not come about.
    if (number === 0 && newest("avro") > 1) {
      throw new PluginError("bad-store", `found ${this.#named(newest("avro"), "avro")} and no journal`);
    }
    return number === 0 ? undefined : this.#readBoth(number);
  }

  #readBoth(number: number): Kept {
    const name = this.#named(number, "journal");
    const bytes = this.#disk.read(join(this.#path, name));
    let journal: ReturnType<typeof read>;
    try {
      journal = read(bytes);
    } catch (cause) {
      if (!(cause instanceof Damage)) throw cause;
      throw new PluginError("bad-store", `${name} cannot be used: ${cause.message}`, { cause });
    }
    const { records, end } = journal;
    const snapshot = this.#snapshot(number);
    const torn = bytes.length - end;
    const file = this.#file ?? this.#disk.open(join(this.#path, name));
    this.#follow(number, file, { header: journal.header, length: end, sequence: records.length });
    this.#ragged = torn > 0;
    return { snapshot, records, torn };
  }

  #snapshot(number: number): Uint8Array {
    const name = this.#named(number, "avro");
    try {
      return this.#disk.read(join(this.#path, name));
    } catch (cause) {
      if ((cause as { code?: unknown }).code !== "ENOENT") throw cause;
      const journal = this.#named(number, "journal");
      throw new PluginError("bad-store", `found ${journal} and no ${name}, where it begins`, { cause });
    }
  }

  append(records: readonly Uint8Array[]): void {
    if (this.#broken) throw this.#broken;
    const file = this.#file!;
    const bytes = frames(records, this.#sequence, this.#header);
    try {
      if (this.#ragged) file.truncate(this.#length);
      this.#ragged = false;
      file.write(bytes, this.#length);
    } catch (error) {
      this.#cutOff(file);
      throw error;
    }
    if (this.#fsync === "always") this.#sync(file);
    else if (this.#fsync === "interval") this.#syncLater();
    this.#length += bytes.length;
    this.#sequence += records.length;
  }

  /** Takes back a write that failed halfway. */
  #cutOff(file: DiskFile): void {
    try {
      file.truncate(this.#length);
    } catch (cause) {
      this.#broken = new Error("a write that failed could not be taken back", { cause });
    }
  }

  /** What a failed sync leaves on the disk nobody knows, and a second one would lie about it. */
  #sync(file: DiskFile): void {
    try {
      file.sync();
    } catch (error) {
      this.#cutOff(file);
      this.#broken ??= error as Error;
      throw error;
    }
  }

  #syncLater(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      try {
        this.#file?.sync();
      } catch (error) {
        this.#broken ??= error as Error;
      }
    }, this.#interval).unref();
  }

  begin(snapshot: Uint8Array, head: Uint8Array): void {
    if (!this.#lock?.held()) throw new Error("its file LOCK is not ours any more: another process has it");
    const number = this.#number + 1;
    const first = header();
    const journal = Buffer.concat([first, frames([head], 0, first)]);
    const [avro, log] = [this.#named(number, "avro"), this.#named(number, "journal")];
    try {
      this.#write(avro, snapshot);
      this.#write(log, journal);
      // From here on it is what a recovery takes.
      if (this.#fsync !== "never") this.#disk.syncFolder(this.#path);
      const file = this.#disk.open(join(this.#path, log));
      this.#file?.close();
      this.#follow(number, file, { header: first, length: journal.length, sequence: 1 });
    } catch (error) {
      this.#takeBack(number);
      throw error;
    }
    this.#remove(
      ...this.#disk.list(this.#path).filter((name) => OURS.test(name) && ![avro, log].includes(name)),
    );
  }

  #write(name: string, bytes: Uint8Array): void {
    const path = join(this.#path, name);
    const file = this.#disk.open(`${path}.part`);
    try {
      file.truncate(0);
      file.write(bytes, 0);
      if (this.#fsync !== "never") file.sync();
    } finally {
      file.close();
    }
    this.#disk.rename(`${path}.part`, path);
  }

  #takeBack(number: number): void {
    const journal = this.#named(number, "journal");
    try {
      this.#disk.remove(join(this.#path, journal));
    } catch (cause) {
      this.#broken = new Error(`${journal} was written, and could not be taken back`, { cause });
      return;
    }
    this.#remove(`${journal}.part`, `${this.#named(number, "avro")}.part`, this.#named(number, "avro"));
  }

  /** What stays is no harm, and goes with the next snapshot. */
  #remove(...names: string[]): void {
    for (const name of names) {
      try {
        this.#disk.remove(join(this.#path, name));
      } catch {}
    }
  }

  #follow(
    number: number,
    file: DiskFile,
    at: { readonly header: Uint8Array; readonly length: number; readonly sequence: number },
  ): void {
    this.#number = number;
    this.#file = file;
    this.#header = at.header;
    this.#length = at.length;
    this.#sequence = at.sequence;
    this.#ragged = false;
    this.#broken = undefined;
  }

  close(): void {
    clearTimeout(this.#timer);
    try {
      if (this.#file && this.#fsync !== "never") this.#file.sync();
    } finally {
      this.#file?.close();
      this.#file = undefined;
      this.#lock?.release();
      this.#lock = undefined;
    }
  }

  #named(number: number, kind: "avro" | "journal"): string {
    return `${String(number).padStart(10, "0")}.${kind}`;
  }
}
