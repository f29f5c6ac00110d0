/** Cursors: the calls of a journal since some moment, kept until they are let go of. */
import type { RecordedCall, RecordedCalls } from "../generation/observer.ts";
import { type Bounds, held } from "./bounds.ts";

/** What cursors see of a journal. */
export interface Followed {
  /** Calls that ended, in all. */
  readonly calls: number;
  /** The position, in words, at which the calls end. */
  readonly last: number;
  /** The call at a position, and the position behind it. */
  read(position: number): { readonly call: RecordedCall; readonly next: number };
  /** A cursor keeps calls from now on. */
  join(cursor: JournalCursor): void;
  /** A cursor has moved. */
  moved(): void;
  /** A cursor keeps nothing any more. */
  leave(cursor: JournalCursor): void;
}

export interface CursorOptions {
  readonly bounds: Bounds;
  /** Calls from which on its owner is told of each. @default as many as it may hold */
  readonly calls?: number | undefined;
  /**
   * A call does not fit. It is made all the same, and the cursor is lost when it was answered.
   *
   * @param needed bytes
   * @throws PluginError `journal-full`, where the call must not be made without being kept
   */
  readonly onFull?: (needed: number) => void;
}

export class JournalCursor implements RecordedCalls {
  readonly bounds: Bounds;
  readonly onFull: CursorOptions["onFull"];
  /** A call was answered that is not kept: the calls before it are let go of, since they lead nowhere. */
  lost = false;
  /** The call that is open does not fit. */
  missed = false;
  readonly #journal: Followed;
  #told: number;
  #at = 0;
  #first = 0;

  constructor(journal: Followed, { bounds, calls = bounds.calls.most, onFull }: CursorOptions) {
    this.bounds = bounds;
    this.onFull = onFull;
    this.#told = Math.min(calls, bounds.calls.most);
    this.#journal = journal;
  }

  /** The position, in words, from which on everything is kept. */
  get at(): number {
    return this.#at;
  }

  /** The position beyond which it may keep nothing. */
  get limit(): number {
    return this.#at + Math.floor(this.bounds.bytes.most / 4);
  }

  /** How many calls the journal has when its owner is told. */
  get most(): number {
    return this.#first + this.#told;
  }

  get count(): number {
    return this.lost ? 0 : this.#journal.calls - this.#first;
  }

  get bytes(): number {
    return this.lost ? 0 : 4 * (this.#journal.last - this.#at);
  }

  /** Whether it holds as much as it may, or had to hold more. */
  get full(): boolean {
    return this.lost || this.count >= this.bounds.calls.most || this.bytes >= this.bounds.bytes.most;
  }

  /** What it holds, and what it may, for messages. */
  get held(): string {
    return held(this.bounds, this.count, this.bytes);
  }

  *each(): Generator<RecordedCall, void, undefined> {
    let position = this.#at;
    while (!this.lost && position < this.#journal.last) {
      const { call, next } = this.#journal.read(position);
      position = next;
      yield call;
    }
  }

  /** Its owner is told of each call from this many on, or when it is full. */
  tellAt(calls: number): void {
    this.#told = Math.min(calls, this.bounds.calls.most);
    this.#journal.moved();
  }

  /** The oldest call, which is let go of. */
  take(): RecordedCall | undefined {
    if (this.count === 0) return undefined;
    const { call, next } = this.#journal.read(this.#at);
    this.#at = next;
    this.#first++;
    this.#journal.moved();
    return call;
  }

  /** Begins anew, with the next call. */
  restart(): void {
    this.#at = this.#journal.last;
    this.#first = this.#journal.calls;
    this.lost = false;
    this.missed = false;
    this.#journal.join(this);
  }

  /** A call was answered that it does not hold. */
  lose(): void {
    this.lost = true;
    this.missed = false;
    this.#journal.leave(this);
  }

  /** Lets go of everything. */
  end(): void {
    this.#journal.leave(this);
  }
}
