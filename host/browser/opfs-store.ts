/**
 * What a store in the origin private file system keeps. A beginning is written to the slot that is not in
 * force, and counts once the journal of the other one is empty: so at any moment one of them is whole, or
 * nothing was begun.
 */
import { sha256 } from "#sha256";
import type { DiskFile, Syncs } from "../durable/file/disk-file.ts";
import { JournalFile } from "../durable/file/journal-file.ts";
import { Damage, frame, type JournalHead, MAGIC, newHead, seal } from "../durable/file/journal-format.ts";
import { type Survey, survey } from "../durable/file/journal-reading.ts";
import { readable, unusable } from "../durable/file/unusable.ts";
import { PluginError, type StoredState } from "../mod.ts";
import { type OpfsFiles, openFiles, type Slot } from "./opfs-files.ts";
import { type Owner, own } from "./owner.ts";
import { removable } from "./shortage.ts";
import type { Given } from "./store-options.ts";

/** Milliseconds after which calls are on the disk, where they need not be there at once. */
const SOON = 100;

export class OpfsStore {
  readonly name: string;
  readonly warnings: string[] = [];
  readonly #key: string;
  readonly #given: Given;
  readonly #syncs: Syncs;
  #owner: Owner | undefined;
  #files: OpfsFiles | undefined;
  /** The slot in force, and its journal. */
  #slot: Slot | undefined;
  #journal: JournalFile | undefined;
  /** The module in force: its bytes, their SHA-256, and the file that has them. */
  #module: { readonly bytes: Uint8Array; readonly digest: string; readonly file: DiskFile } | undefined;

  constructor(name: string, key: string, given: Given) {
    this.name = name;
    this.#key = key;
    this.#given = given;
    this.#syncs = {
      mode: given.durability === "strict" ? "always" : "interval",
      file(file) {
        file.sync();
        return true;
      },
    };
  }

  async open(): Promise<void> {
    const owner = await own(this.name, `moult/${this.#key} in OPFS`, this.#given.wait);
    try {
      this.#files = await openFiles(this.name, this.#key);
      const warning = await removable();
      this.warnings.splice(0, this.warnings.length, ...(warning ? [warning] : []));
    } catch (error) {
      await owner.release();
      throw error;
    }
    this.#owner = owner;
    [this.#slot, this.#journal, this.#module] = [undefined, undefined, undefined];
  }

  read(): StoredState | undefined {
    const files = this.#open();
    this.#slot ??= inForce(files);
    const slot = this.#slot;
    if (!slot) return undefined;
    const journal = this.#journal ?? this.#journalOf(slot);
    const name = `${slot.name}.journal`;
    try {
      const { survey, torn } = journal.read();
      const snapshot = whole(slot.snapshot);
      const { size, crc } = seal(snapshot);
      if (survey.head.snapshot?.size !== size || survey.head.snapshot.crc !== crc) {
        throw new PluginError(
          "bad-store",
          `${slot.name}.avro is not the snapshot that ${name} begins with: it is damaged, or of another time`,
        );
      }
      const module = this.#moduleOf(files, survey.head);
      // Where a beginning was interrupted, the other slot has its remains: nothing follows them.
      empty(other(files, slot));
      journal.settle();
      this.#journal = journal;
      const records = { [Symbol.iterator]: () => readable(journal.records(survey), name) };
      return { snapshot, records, torn, ...(module && { module }) };
    } catch (cause) {
      throw unusable(name, cause);
    }
  }

  #moduleOf({ modules }: OpfsFiles, { module: digest }: JournalHead): Uint8Array | undefined {
    if (!digest) return undefined;
    if (this.#module?.digest === digest) return this.#module.bytes;
    for (const file of modules) {
      const bytes = whole(file);
      if (sha256(bytes) !== digest) continue;
      this.#module = { bytes, digest, file };
      return bytes;
    }
    const text = "its module is gone or damaged: only the version that answered its calls can be loaded";
    if (!this.warnings.includes(text)) this.warnings.push(text);
    return undefined;
  }

  append(records: readonly Uint8Array[]): void {
    if (records.length === 0) return;
    this.#open();
    if (!this.#journal) throw new Error("nothing was begun or read, so there is nothing to append to");
    this.#journal.append(records);
  }

  retract(appends: number): void {
    this.#open();
    if (!this.#journal) throw new Error("nothing was begun or read, so there is nothing to take back");
    this.#journal.retract(appends);
  }

  begin(snapshot: Uint8Array, head: Uint8Array, module?: Uint8Array): void {
    const files = this.#open();
    const before = this.#slot ?? files.slots[0];
    const after = other(files, before);
    const kept = module && this.#kept(files, module);
    let survey: Survey;
    try {
      // Of two slots without a whole journal one has this mark: else a first beginning would look like damage.
      if (!this.#slot) put(before.journal, MAGIC);
      empty(after);
      survey = write(after, { snapshot, head, module: kept?.digest });
    } catch (cause) {
      this.#orStop(() => empty(after), cause);
      throw cause;
    }
    // Where this fails, both are whole, or the new one alone: nothing may be written to either.
    this.#orStop(() => empty(before));
    this.#journal?.close(false);
    this.#journal = this.#journalOf(after);
    this.#journal.follow(survey);
    [this.#slot, this.#module] = [after, kept];
  }

  #orStop(work: () => void, before?: unknown): void {
    try {
      work();
    } catch (error) {
      const cause = before ?? error;
      this.#journal?.stop(new Error("a snapshot could be neither finished nor taken back", { cause }));
      throw cause;
    }
  }

  /** The module is the same at nearly every beginning. Another one is written to the file that is not in force. */
  #kept({ modules }: OpfsFiles, bytes: Uint8Array) {
    if (this.#module?.bytes === bytes) return this.#module;
    const digest = sha256(bytes);
    if (this.#module?.digest === digest) return { ...this.#module, bytes };
    const file = this.#module?.file === modules[0] ? modules[1] : modules[0];
    put(file, bytes);
    return { bytes, digest, file };
  }

  #journalOf({ journal }: Slot): JournalFile {
    return new JournalFile(journal, this.#syncs, SOON);
  }

  #open(): OpfsFiles {
    if (!this.#owner || !this.#files) throw new Error("it is not open");
    this.#owner.check();
    return this.#files;
  }

  async close(): Promise<void> {
    const [owner, files, journal] = [this.#owner, this.#files, this.#journal];
    [this.#owner, this.#files, this.#journal] = [undefined, undefined, undefined];
    try {
      journal?.close(true);
    } finally {
      files?.close();
      await owner?.release();
    }
  }
}

/**
 * The slot that counts. Both may be whole, where a beginning was interrupted after it was written and before
 * it was acknowledged: they then hold the same calls.
 *
 * @returns `undefined` if nothing was begun
 * @throws PluginError `bad-store`
 */
function inForce({ slots }: OpfsFiles): Slot | undefined {
  const looks = slots.map((slot) => ({ slot, is: look(slot) }));
  const found = looks.find(({ is }) => is === "whole");
  if (found) return found.slot;
  if (looks.some(({ is }) => is === "marked")) return undefined;
  const lost = looks.find(({ slot }) => slot.snapshot.stat().size > 0);
  const damaged = looks.find(({ is }) => is instanceof Damage);
  // Before there is a snapshot, all that may be there is a part of the mark.
  const isMark = !damaged || damaged.slot.journal.stat().size <= MAGIC.length;
  if (!lost && isMark) return undefined;
  if (damaged) throw unusable(`${damaged.slot.name}.journal`, damaged.is);
  throw new PluginError("bad-store", `found ${lost!.slot.name}.avro and no journal`);
}

function look({ journal }: Slot): "empty" | "marked" | "whole" | Damage {
  const { size } = journal.stat();
  if (size === 0) return "empty";
  try {
    survey(journal, { size });
    return "whole";
  } catch (error) {
    if (!(error instanceof Damage)) throw error;
    const isMark = size === MAGIC.length && whole(journal).every((byte, i) => byte === MAGIC[i]);
    return isMark ? "marked" : error;
  }
}

interface Written {
  readonly snapshot: Uint8Array;
  readonly head: Uint8Array;
  readonly module: string | undefined;
}

function write({ snapshot: avro, journal }: Slot, { snapshot, head: record, module }: Written): Survey {
  put(avro, snapshot);
  const head = newHead(seal(snapshot), module);
  const first = frame([record], { sequence: 0, synced: 0 }, head);
  const bytes = new Uint8Array(head.bytes.length + first.length);
  bytes.set(head.bytes);
  bytes.set(first, head.bytes.length);
  put(journal, bytes);
  return { head, end: bytes.length, frames: 1, synced: 1 };
}

function put(file: DiskFile, bytes: Uint8Array): void {
  file.truncate(0);
  file.write(bytes, 0);
  file.sync();
}

/** Its journal goes: what is left of it counts no more. */
function empty({ journal }: Slot): void {
  if (journal.stat().size === 0) return;
  journal.truncate(0);
  journal.sync();
}

function other({ slots: [a, b] }: OpfsFiles, slot: Slot): Slot {
  return slot === a ? b : a;
}

function whole(file: DiskFile): Uint8Array {
  const bytes = new Uint8Array(file.stat().size);
  return bytes.subarray(0, file.read(bytes, 0));
}
