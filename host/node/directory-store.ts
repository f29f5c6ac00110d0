/**
 * Directory stores: whether this process has the directory, which of its files are in force, and what is
 * written to them.
 */
import { createHash } from "node:crypto";
import { dirname, join } from "node:path";
import type { DiskFile } from "../durable/file/disk-file.ts";
import { JournalFile } from "../durable/file/journal-file.ts";
import { type JournalHead, seal } from "../durable/file/journal-format.ts";
import { readable, unusable } from "../durable/file/unusable.ts";
import { PluginError, type StoredState } from "../mod.ts";
import {
  type Beginning,
  type Begun,
  begin,
  type KeptModule,
  NotTakenBack,
  removeOthers,
  renew,
} from "./beginning.ts";
import type { Disk } from "./disk.ts";
import { LOCK_FILES, type Lock, lock } from "./lock.ts";
import { fileName, isAnyFolders, isOurs, moduleName, newest } from "./store-files.ts";
import { type Fsync, Syncing } from "./syncing.ts";

/** Milliseconds for which a check of the directory stays valid. */
const FRESH = 1;

export interface DirectoryStoreOptions {
  readonly fsync: Fsync;
  readonly interval: number;
  readonly disk: Disk;
}

export class DirectoryStore {
  readonly name: string;
  /** What is true by now. */
  readonly warnings: string[] = [];
  readonly #path: string;
  readonly #disk: Disk;
  readonly #fsync: Fsync;
  readonly #interval: number;
  #syncing: Syncing;
  #lock: Lock | undefined;
  /** Why this process has lost the directory. */
  #lost: unknown;
  /** When the last successful check of the directory was. */
  #looked = 0;
  #journal: JournalFile | undefined;
  /** The number of the snapshot and its journal. */
  #number = 0;
  /** The digest of the module in the directory, where its file is whole. */
  #moduleThere: string | undefined;
  /** What was said of the one that it should have. */
  #moduleWarning: string | undefined;
  #lastModule: { readonly bytes: Uint8Array; readonly digest: string } | undefined;

  constructor(path: string, { fsync, interval, disk }: DirectoryStoreOptions) {
    this.name = `the directory ${path}`;
    this.#path = path;
    this.#disk = disk;
    this.#fsync = fsync;
    this.#interval = interval;
    this.#syncing = this.#newSyncing();
  }

  #newSyncing(): Syncing {
    return new Syncing(this.#disk, this.#fsync, (text) => this.#warn(text));
  }

  #warn(text: string): void {
    this.warnings.push(text);
    process.emitWarning(`${this.name}: ${text}`, "StoreWarning");
  }

  async open(): Promise<void> {
    const top = this.#disk.makeFolder(this.#path);
    const strange = this.#disk
      .list(this.#path)
      .filter((name) => !isOurs(name) && !LOCK_FILES.test(name) && !isAnyFolders(name));
    if (strange.length > 0) {
      const found = strange.sort().slice(0, 3).join(", ");
      throw new PluginError(
        "bad-store",
        `could not open ${this.name}: found ${found}, which no store of moult has; give it a directory of its own`,
      );
    }
    const taken = await lock(this.#path);
    try {
      this.warnings.length = 0;
      this.#moduleWarning = undefined;
      this.#syncing = this.#newSyncing();
      for (const doubt of taken.doubts) this.#warn(doubt);
      if (top) this.#syncAbove(top);
    } catch (error) {
      taken.release();
      throw error;
    }
    this.#lock = taken;
    this.#lost = undefined;
    this.#number = 0;
    this.#moduleThere = undefined;
  }

  /** A new folder survives a power cut once its name in the folder above does. */
  #syncAbove(top: string): void {
    for (let path = this.#path; ; path = dirname(path)) {
      this.#syncing.folder(dirname(path));
      if (path === top || path === dirname(path)) return;
    }
  }

  read(): StoredState | undefined {
    this.#check();
    const names = this.#disk.list(this.#path);
    const number = newest(names, "journal");
    if (number > 0) return this.#readBoth(number);
    const alone = newest(names, "avro");
    // An interrupted first beginning left its journal under the temporary name.
    if (alone === 0 || names.includes(`${fileName(alone, "journal")}.part`)) return undefined;
    throw new PluginError("bad-store", `found ${fileName(alone, "avro")} and no journal`);
  }

  #readBoth(number: number): StoredState {
    const name = fileName(number, "journal");
    const journal = this.#journal ?? this.#journalOf(this.#disk.open(join(this.#path, name)));
    try {
      const { survey, torn } = journal.read();
      const snapshot = this.#snapshot(number, survey.head);
      const module = this.#module(survey.head, name);
      journal.settle();
      this.#number = number;
      this.#journal = journal;
      const records = { [Symbol.iterator]: () => readable(journal.records(survey), name) };
      return { snapshot, records, torn, ...(module && { module }) };
    } catch (cause) {
      if (!this.#journal) journal.close(false);
      throw unusable(name, cause);
    }
  }

  #snapshot(number: number, { snapshot: sealed }: JournalHead): Uint8Array {
    const [avro, journal] = [fileName(number, "avro"), fileName(number, "journal")];
    // A power cut between the two renames may have kept only the second one.
    const bytes = this.#read(avro) ?? (sealed && this.#read(`${avro}.part`));
    if (!bytes) throw new PluginError("bad-store", `found ${journal} and no ${avro}, where it begins`);
    const { size, crc } = seal(bytes);
    if (sealed && (sealed.size !== size || sealed.crc !== crc)) {
      throw new PluginError(
        "bad-store",
        `${avro} is not the snapshot that ${journal} begins with: it is damaged, or of another time`,
      );
    }
    return bytes;
  }

  #module({ module }: JournalHead, journal: string): Uint8Array | undefined {
    if (!module) return undefined;
    const name = moduleName(module);
    const bytes = this.#read(name);
    if (bytes && sha256(bytes) === module) {
      this.#moduleThere = module;
      return bytes;
    }
    const what = bytes ? "is damaged" : "is gone";
    const text = `${name} ${what}: only the version that answered the calls in ${journal} can be loaded`;
    if (text !== this.#moduleWarning) this.#warn(text);
    this.#moduleWarning = text;
    return undefined;
  }

  #read(name: string): Uint8Array | undefined {
    try {
      return this.#disk.read(join(this.#path, name));
    } catch (error) {
      if ((error as { code?: unknown }).code === "ENOENT") return undefined;
      throw error;
    }
  }

  append(records: readonly Uint8Array[]): void {
    if (records.length === 0) return;
    if (this.#lost) throw this.#lost;
    if (!this.#journal) throw new Error("nothing was begun or read, so there is nothing to append to");
    // A lost directory is not written to. In so short a time no other process has read it and gone on.
    if (performance.now() - this.#looked > FRESH) this.#check();
    if (this.#journal.isOld) this.#renew(this.#journal);
    this.#journal.append(records);
    // An acknowledged record was there before another process could read the directory.
    if (!this.#lock?.linked || !this.#journal.isWhole()) this.#check();
  }

  retract(appends: number): void {
    this.#check();
    if (!this.#journal) throw new Error("nothing was begun or read, so there is nothing to take back");
    this.#journal.retract(appends);
  }

  /** Rewrites a journal of an older version before a record is appended. */
  #renew(old: JournalFile): void {
    const snapshot = seal(this.#read(fileName(this.#number, "avro"))!);
    const about = { number: this.#number, snapshot, records: old.records() };
    this.#replace(this.#number, () => renew(this.#place, about, () => this.#check()));
  }

  begin(snapshot: Uint8Array, head: Uint8Array, module?: Uint8Array): void {
    this.#check();
    const number = this.#number + 1;
    const beginning: Beginning = { number, snapshot, head, module: module && this.#kept(module) };
    this.#replace(number, () => begin(this.#place, beginning, () => this.#check()));
    this.#moduleThere = beginning.module?.digest;
    removeOthers(this.#place, beginning);
    // That journal is gone.
    const over = this.warnings.indexOf(this.#moduleWarning ?? "");
    if (over >= 0) this.warnings.splice(over, 1);
  }

  /** Writes to another journal file from now on. */
  #replace(number: number, write: () => Begun): void {
    let begun: Begun;
    try {
      begun = write();
    } catch (error) {
      if (!(error instanceof NotTakenBack)) throw error;
      this.#journal?.stop(error);
      throw error.cause;
    }
    this.#journal?.close(false);
    this.#journal = this.#journalOf(begun.file);
    this.#journal.follow(begun.survey);
    this.#number = number;
  }

  get #place() {
    return { disk: this.#disk, path: this.#path, syncing: this.#syncing };
  }

  #journalOf(file: DiskFile): JournalFile {
    return new JournalFile(file, this.#syncing, this.#interval);
  }

  /** The module is the same at nearly every beginning, so its digest is kept. */
  #kept(bytes: Uint8Array): KeptModule {
    if (this.#lastModule?.bytes !== bytes) this.#lastModule = { bytes, digest: sha256(bytes) };
    const { digest } = this.#lastModule;
    return { bytes, digest, isThere: digest === this.#moduleThere };
  }

  /** @throws PluginError once this process has lost the directory, its lock or its journal, then always */
  #check(): void {
    if (this.#lost) throw this.#lost;
    try {
      if (!this.#lock) throw new Error("it is not open");
      this.#lock.check();
      this.#looked = performance.now();
      if (this.#journal && !this.#journal.isOwn()) {
        const name = fileName(this.#number, "journal");
        const what = `could not write to ${this.name}: ${name} was removed, or written to by another`;
        throw new PluginError("store-failed", what);
      }
    } catch (error) {
      this.#lost = error;
      throw error;
    }
  }

  close(): void {
    try {
      this.#journal?.close(this.#fsync !== "never");
    } finally {
      this.#journal = undefined;
      this.#lock?.release();
      this.#lock = undefined;
    }
  }
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
