/** The journal file that a store writes to. */
import { after } from "../../timer.ts";
import type { DiskFile, Syncs } from "./disk-file.ts";
import { frame } from "./journal-format.ts";
import { records, type Survey, survey } from "./journal-reading.ts";
import { Window } from "./window.ts";

export class JournalFile {
  readonly #file: DiskFile;
  readonly #syncing: Syncs;
  readonly #interval: number;
  #survey: Survey | undefined;
  #length = 0;
  /** The number of its frames, and of those that are on the disk itself. */
  #frames = 0;
  #synced = 0;
  /** Whether bytes that are no frame follow the last whole frame; they are removed before the next write. */
  #isRagged = false;
  /** Why nothing can be appended any more. */
  #broken: Error | undefined;
  #cancel: (() => void) | undefined;
  #isClosed = false;

  /** @param interval milliseconds between two syncs, where not every write is synced */
  constructor(file: DiskFile, syncing: Syncs, interval: number) {
    this.#file = file;
    this.#syncing = syncing;
    this.#interval = interval;
  }

  /** Whether the file is unchanged since the last write: not removed, moved or overwritten. */
  isOwn(): boolean {
    return this.#file.isThere() && this.isWhole();
  }

  /** A quicker check of the open file alone, which does not notice a moved file. */
  isWhole(): boolean {
    const { size, isLinked } = this.#file.stat();
    const isKnown = !this.#isRagged && !this.#broken;
    return isLinked && (!isKnown || size === this.#length);
  }

  /** Whether it is of an older version of the format, which can be read but not written. */
  get isOld(): boolean {
    return this.#survey !== undefined && !this.#survey.head.layout.isNewest;
  }

  /**
   * Reads the file, so that appending can begin behind its last whole frame.
   * @throws Damage
   * @returns what was read, and the number of bytes behind that frame
   */
  read(): { readonly survey: Survey; readonly torn: number } {
    // The end of what this process wrote is known.
    const size = this.#survey ? this.#length : this.#file.stat().size;
    const found = survey(this.#file, { size });
    const torn = size - found.end;
    this.follow(found);
    this.#isRagged ||= torn > 0;
    return { survey: found, torn };
  }

  /** Continues behind the end of this survey. */
  follow(survey: Survey): void {
    this.#survey = survey;
    this.#length = survey.end;
    this.#frames = survey.frames;
    this.#synced = Math.max(this.#synced, survey.synced);
  }

  /** The records that were there when the file was read; read lazily, any number of times. */
  records(survey = this.#survey!): Generator<Uint8Array> {
    return records({ read: (into, at) => this.#read(into, at) }, survey);
  }

  #read(into: Uint8Array, at: number): number {
    if (this.#isClosed) throw new Error("the journal was closed, or replaced, since it was read");
    return this.#file.read(into, at);
  }

  /** Appends all of the records, or none when it throws. */
  append(records: readonly Uint8Array[]): void {
    if (this.#broken) throw this.#broken;
    const bytes = frame(records, { sequence: this.#frames, synced: this.#synced }, this.#survey!.head);
    try {
      if (this.#isRagged) this.#file.truncate(this.#length);
      this.#isRagged = false;
      this.#file.write(bytes, this.#length);
    } catch (error) {
      this.#cutOff();
      throw error;
    }
    if (this.#syncing.mode === "always") this.#sync(this.#frames + 1);
    else if (this.#syncing.mode === "interval") this.#syncLater();
    this.#length += bytes.length;
    this.#frames++;
  }

  /** Takes back the last frames. @throws and they are there, or nothing can be appended any more */
  retract(frames: number): void {
    if (this.#broken) throw this.#broken;
    const first = this.#frames - frames;
    const at = this.#frameAt(first);
    this.#file.truncate(at);
    this.#isRagged = false;
    this.#length = at;
    this.#frames = first;
    this.#synced = Math.min(this.#synced, first);
    if (this.#syncing.mode === "never") return;
    // A frame of the same number comes next: after a power cut this one must not stand behind it.
    try {
      this.#sync(first);
    } catch {
      // It is taken back, and nothing comes next.
    }
  }

  /** Where a frame begins. */
  #frameAt(sequence: number): number {
    const { layout } = this.#survey!.head;
    const file = new Window({ read: (into, at) => this.#read(into, at) }, this.#length);
    let at = layout.header;
    for (let n = 0; n < sequence; n++)
      at += layout.frame + layout.frameHead(file.at(at, layout.frame)).length;
    return at;
  }

  /** Syncs the file, so that nothing relies on bytes that a power cut could still remove. */
  settle(): void {
    if (this.#syncing.file(this.#file)) this.#synced = this.#frames;
  }

  /** Forbids appending from now on. */
  stop(why: Error): void {
    this.#broken = why;
  }

  /** Removes the bytes of a write that failed halfway. */
  #cutOff(): void {
    try {
      this.#file.truncate(this.#length);
    } catch (cause) {
      this.#broken = new Error("a write that failed could not be taken back", { cause });
    }
  }

  /** After a failed sync the content of the disk is unknown, and a second sync would falsely succeed. */
  #sync(frames: number): void {
    try {
      if (this.#syncing.file(this.#file)) this.#synced = frames;
    } catch (error) {
      this.#cutOff();
      this.#broken ??= error as Error;
      throw error;
    }
  }

  #syncLater(): void {
    const sync = () => {
      this.#cancel = undefined;
      try {
        if (this.#syncing.file(this.#file)) this.#synced = this.#frames;
      } catch (error) {
        this.#broken ??= error as Error;
      }
    };
    this.#cancel ??= after(this.#interval, sync, { name: "interval", unref: true });
  }

  /** @param sync syncs what was written first */
  close(sync: boolean): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#cancel?.();
    try {
      if (sync) this.#syncing.file(this.#file);
    } finally {
      this.#file.close();
    }
  }
}
