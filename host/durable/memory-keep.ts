/** Keeping in memory: enough to come back after a trap, in this process. */

import { type Awaitable, run, type Steps, wait } from "../awaitable.ts";
import { PluginError } from "../errors.ts";
import type { Generation } from "../generation/generation.ts";
import { type Bounds, boundsOf, type JournalBounds } from "../journal/bounds.ts";
import type { JournalCursor } from "../journal/cursor.ts";
import type { Journal } from "../journal/journal.ts";
import { randomName } from "../random-name.ts";
import { now } from "../timer.ts";
import type { Keep, Recalled } from "./keep.ts";

/** Calls until a failed checkpoint is tried again, when nothing more could be kept. */
const AGAIN = 1_000;
/** Calls that are always kept. From then on, every so many calls, a checkpoint is due if they took long. */
const FEW = 10_000;
const MANY = 100_000;
/** Milliseconds of calls that are long. */
const LONG = 1_000;

export interface MemoryKeepOptions {
  readonly journal: Journal;
  /** The number of calls of the plugin that have ended. */
  readonly passed: () => number;
  /**
   * Bounds of the kept calls.
   * @default the bytes of the plugin's journal, and as many calls as took a second, so that a replay takes
   * about as long, from 10,000 up to 100,000
   */
  readonly bounds?: JournalBounds | undefined;
}

export class MemoryKeep implements Keep {
  readonly log = undefined;
  readonly warnings = [];
  readonly #journal: Journal;
  readonly #passed: () => number;
  /** Made when it is first needed. */
  #id: string | undefined;
  readonly #bounds: Bounds;
  #from: Pick<Recalled, "state" | "origin"> | undefined;
  /** The calls since the state. Without a state nothing is kept, as in a swap. */
  #cursor: JournalCursor | undefined;
  /** Calls until the next checkpoint, after one that failed. */
  #patience = 0;
  /** The number of calls before the first check of their time, before the next one, and when they began. */
  readonly #first: number;
  #few = 0;
  #since = 0;

  /** @throws PluginError `argument` */
  constructor({ journal, passed, bounds }: MemoryKeepOptions) {
    const { maxBytes } = journal;
    this.#journal = journal;
    this.#passed = passed;
    this.#bounds = boundsOf(bounds, { option: "afterTrap.restart.journal", calls: MANY, maxBytes });
    this.#first = bounds?.calls === undefined ? FEW : this.#bounds.calls.most;
  }

  get callName(): string {
    this.#id ??= randomName();
    return `${this.#id}/${this.#passed()}`;
  }

  get due(): boolean {
    const cursor = this.#cursor;
    if (!cursor) return false;
    if (!cursor.full && !this.#isLong(cursor)) return false;
    this.#patience--;
    return this.#patience < 0;
  }

  /** Whether a replay may take long. */
  #isLong(cursor: JournalCursor): boolean {
    if (cursor.count < this.#few) return false;
    if (now() - this.#since >= LONG) return true;
    this.#few += FEW;
    cursor.tellAt(this.#few);
    return false;
  }

  close(): void {
    this.#cursor?.end();
  }

  resume(): boolean {
    return false;
  }

  checkpoint(generation: Generation, isNew = false): Awaitable<void> {
    return run(this.#checkpoint(generation, isNew));
  }

  *#checkpoint(generation: Generation, isNew: boolean): Steps<void> {
    this.#patience = this.#cursor?.lost ? AGAIN : (this.#cursor?.count ?? 0);
    const { name, version, state } = generation.build.manifest;
    const saved = yield* wait(isNew ? generation.saveInPlace() : generation.save());
    generation.forget();
    this.#from = { state: saved, origin: state && { ...state, plugin: name, version } };
    this.#patience = 0;
    this.#since = now();
    this.#few = this.#first;
    this.#cursor?.end();
    this.#cursor = saved && this.#journal.follow({ bounds: this.#bounds, calls: this.#few });
  }

  /**
   * @throws PluginError `journal-full` when a call was too large to be kept, and no state could be saved
   * since
   */
  recall(): Recalled {
    const { state, origin } = this.#from ?? {};
    const calls = this.#cursor;
    if (!calls || !state) return { state, origin, calls: NO_CALLS };
    if (!calls.lost) return { state, origin, calls };
    const { option, most } = calls.bounds.bytes;
    const why = `a call was answered that its journal of ${most} bytes (${option}) had no room for`;
    throw new PluginError("journal-full", `${why}, and no state could be saved since`);
  }
}

const NO_CALLS = { count: 0, each: () => [] };
