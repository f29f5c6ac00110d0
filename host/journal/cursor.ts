/** Cursors: each keeps the calls of a journal from some moment on, until it lets go of them. */
import type { RecordedCall, RecordedCalls } from "../generation/observer.ts";
import { type Bounds, held } from "./bounds.ts";

/** A journal as its cursors see it. */
export interface Followed {
  /** The number of calls that have ended, in all. */
  readonly calls: number;
  /** The position, in words, where the last call ends. */
  readonly last: number;
  /** Reads the call at a position. @returns the call, and the position behind it */
  read(position: number): { readonly call: RecordedCall; readonly next: number };
  /** Registers a cursor: calls are kept from now on. */
  join(cursor: JournalCursor): void;
  /** Called when a cursor has moved. */
  moved(): void;
  /** Called when a cursor ends. */
  leave(cursor: JournalCursor): void;
}

export interface CursorOptions {
  readonly bounds: Bounds;
  /** The number of calls from which on its owner is notified of each call. @default the bound of calls */
  readonly calls?: number | undefined;
  /**
   * Called when a call does not fit. Without an error the call is made all the same, and the cursor is lost
   * when it is answered.
   *
   * @param needed bytes
   * @throws PluginError `journal-full` when the call must not be made without being kept
   */
  readonly onFull?: (needed: number) => void;
}

export class JournalCursor implements RecordedCalls {
  readonly bounds: Bounds;
  readonly onFull: CursorOptions["onFull"];
  /**
   * Whether an answered call was not kept; the calls before it were let go of, because a replay without it
   * would be wrong.
   */
  lost = false;
  /** Whether the current call does not fit. */
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

  /** The position, in words, from which on calls are kept. */
  get at(): number {
    return this.#at;
  }

  /** The position up to which it may keep calls. */
  get limit(): number {
    return this.#at + Math.floor(this.bounds.bytes.most / 4);
  }

  /** The journal's number of calls at which the owner is notified. */
  get most(): number {
    return this.#first + this.#told;
  }

  get count(): number {
    return this.lost ? 0 : this.#journal.calls - this.#first;
  }

  get bytes(): number {
    return this.lost ? 0 : 4 * (this.#journal.last - this.#at);
  }

  /** Whether it holds as much as it may, or would have to hold more. */
  get full(): boolean {
    return this.lost || this.count >= this.bounds.calls.most || this.bytes >= this.bounds.bytes.most;
  }

  /** What it holds, and its bounds, for messages. */
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

  /** Notifies the owner of each call from this number on, or when it is full. */
  tellAt(calls: number): void {
    this.#told = Math.min(calls, this.bounds.calls.most);
    this.#journal.moved();
  }

  /** Removes the oldest call. @returns the call */
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

  /** Marks the cursor lost: an answered call was not kept. */
  lose(): void {
    this.lost = true;
    this.missed = false;
    this.#journal.leave(this);
  }

  /** Ends the cursor, which lets go of all calls. */
  end(): void {
    this.#journal.leave(this);
  }
}
