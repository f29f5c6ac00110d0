/** Keeping in memory: enough to come back after a trap, in this process. */

import { type Awaitable, run, type Steps, wait } from "../awaitable.ts";
import type { Generation } from "../generation/generation.ts";
import type { RecordedCall } from "../generation/observer.ts";
import { Journal, type JournalBounds } from "../journal/journal.ts";
import { randomName } from "../random-name.ts";
import type { Keep, Recalled } from "./keep.ts";

export class MemoryKeep implements Keep {
  journal: Journal;
  readonly #bounds: JournalBounds;
  readonly #callNumber: () => number;
  /** Made when something asks for it. */
  #id: string | undefined;
  #from: Omit<Recalled, "journal"> | undefined;
  /** Entries at which the next checkpoint is tried, after one that failed. */
  #again = 0;

  constructor(bounds: JournalBounds = {}, callNumber: () => number) {
    this.#bounds = { calls: 10_000, ...bounds };
    this.#callNumber = callNumber;
    this.journal = new Journal(this.#bounds);
  }

  get callName(): string {
    this.#id ??= randomName();
    return `${this.#id}/${this.#callNumber()}`;
  }

  get due(): boolean {
    return this.journal.full && this.journal.entries.length >= this.#again;
  }

  begin(): void {}
  answered(): void {}
  drop(): void {}
  trapped(): void {}
  close(): void {}

  end(entry: RecordedCall): void {
    // What a plugin without state remembers is not kept: a swap does not keep it either.
    if (this.#from?.state) this.journal.add(entry);
  }

  lost(): undefined {
    return undefined;
  }

  resume(): boolean {
    return false;
  }

  checkpoint(generation: Generation): Awaitable<void> {
    return run(this.#checkpoint(generation));
  }

  *#checkpoint(generation: Generation): Steps<void> {
    this.#again = this.journal.entries.length * 2;
    const { name, version, state } = generation.build.manifest;
    const saved = yield* wait(generation.save());
    generation.forget();
    this.#from = { state: saved, origin: state && { ...state, plugin: name, version } };
    this.journal = new Journal(this.#bounds);
    this.#again = 0;
  }

  recall(): Recalled {
    return { state: undefined, origin: undefined, ...this.#from, journal: this.journal };
  }
}
