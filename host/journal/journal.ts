/** The journal: calls and recorded host answers, in the order in which they ran, as value bytes in a ring. */
import { Scratch } from "../../abi/canonical/value-bytes.ts";
import type { CallJournal, RecordedCall } from "../generation/observer.ts";
import { type Answered, type HostAnswer, Key } from "../generation/question.ts";
import { checkedBytes } from "./bounds.ts";
import { type CursorOptions, type Followed, JournalCursor } from "./cursor.ts";
import { Ring } from "./ring.ts";

/** Words before the bytes of each piece. */
const HEAD = 3;
/** Where a value begins in a scratch, in words. */
const BASE = Scratch.BASE >> 2;
/** Bytes of one piece that its head can tell. */
const LARGEST = 2 ** 28 - 1;

/** What a piece is, in the lowest bits of its first word. */
const CALL = 0;
const READ = 1;
const EFFECT = 2;
const THREW = 4;

/** Bytes that a journal may keep, where nothing else is said. */
const MOST = 2 ** 26;
/** Words that are copied one by one: the engine's own copying begins with an object. */
const FEW = 32;

/** A piece, apart from its bytes. */
interface Piece {
  readonly what: number;
  readonly first: number;
  readonly second: number;
  readonly size: number;
  /** The positions of its bytes, and behind them. */
  readonly at: number;
  readonly next: number;
}

/**
 * A piece for each call, followed by one for each host answer. Bytes are padded to whole words.
 *
 *     call      | size << 3     | slot     | digest  | arguments ...
 *     answer    | size << 3 | 1 | key high | key low | answer ...        2 for an effect's; with 4, what was thrown
 *
 * One call is open at a time. What is behind the last call that was answered is none yet.
 */
export class Journal implements CallJournal, Followed {
  calls = 0;
  /** Bytes that it may keep for those who say no other number. */
  readonly maxBytes: number;
  readonly #ring = new Ring();
  readonly #names: string[] = [];
  /** Those that are not lost. */
  readonly #cursors = new Set<JournalCursor>();
  /** The position beyond which some cursor may keep nothing. */
  #limit = 0;
  /** The number of calls at which some cursor is full. */
  #most = Number.POSITIVE_INFINITY;
  /** Where the open call begins; -1 without one. */
  #open = -1;
  #openWords = this.#ring.words;
  #openAt = 0;
  /** Some cursor has no room for all of the open call. */
  #missing = false;
  /** No cursor has. */
  #unkept = false;
  /** An effect of the open call was answered, and is not there. */
  #unknown = false;

  /** @throws PluginError `argument` */
  constructor(maxBytes = MOST) {
    this.maxBytes = checkedBytes(maxBytes, "maxJournalBytes");
  }

  get live(): boolean {
    return this.#cursors.size > 0;
  }

  get last(): number {
    return this.#open < 0 ? this.#ring.end : this.#open;
  }

  /** Bytes that it takes, those included that nothing is written to yet. */
  get taken(): number {
    return 4 * this.#ring.taken;
  }

  know(slot: number, name: string): void {
    this.#names[slot] = name;
  }

  /** Keeps calls from now on, until the cursor ends. */
  follow(options: CursorOptions): JournalCursor {
    const cursor = new JournalCursor(this, options);
    cursor.restart();
    return cursor;
  }

  begin(slot: number, args: Scratch): void {
    const ring = this.#ring;
    const { size } = args;
    const count = (size + 3) >> 2;
    this.#unkept = false;
    this.#unknown = false;
    if (size > LARGEST || ring.end + HEAD + count > this.#limit) this.#missed(size);
    ring.reserve(HEAD);
    this.#open = ring.end;
    this.#openWords = ring.words;
    this.#openAt = ring.at;
    if (this.#unkept) return;
    this.#head(size << 3, slot, 0);
    this.#append(args, count);
  }

  answer({ question: { kind }, key, as }: Answered, scratch: Scratch): void {
    if (this.#open < 0) return;
    const ring = this.#ring;
    const { size } = scratch;
    const count = (size + 3) >> 2;
    const effect = kind === "effect";
    const unknown = this.#unknown;
    // What does not fit may throw.
    if (effect) this.#unknown = true;
    if (!this.#unkept && (size > LARGEST || ring.end + HEAD + count > this.#limit)) this.#missed(size);
    if (this.#unkept) return;
    this.#unknown = unknown;
    ring.reserve(HEAD);
    this.#head((size << 3) | (effect ? EFFECT : READ) | (as === "threw" ? THREW : 0), key.high, key.low);
    this.#append(scratch, count);
  }

  end(digest: number): boolean {
    if (this.#open < 0) return false;
    this.calls++;
    this.#openWords[this.#openAt + 2] = digest;
    this.#open = -1;
    return this.#unkept || this.#missing ? this.#lose() : this.calls >= this.#most;
  }

  drop(): readonly HostAnswer[] | undefined {
    if (this.#open < 0) return [];
    const effects = this.#unknown ? undefined : this.#effects();
    this.#ring.truncate(this.#open);
    this.#open = -1;
    if (!this.live) this.#ring.clear();
    this.#missing = false;
    for (const each of this.#cursors) each.missed = false;
    this.#look();
    return effects;
  }

  read(position: number): { readonly call: RecordedCall; readonly next: number } {
    const piece = this.#piece(position);
    const [slot, name] = [piece.first, this.#names[piece.first] ?? ""];
    const answers: HostAnswer[] = [];
    let { next } = piece;
    while (next < this.last) {
      const each = this.#piece(next);
      if ((each.what & ~THREW) === CALL) break;
      answers.push(this.#answer(each));
      next = each.next;
    }
    const call = { name, slot, args: this.#bytes(piece), answers, digest: piece.second >>> 0 };
    return { call, next };
  }

  moved(): void {
    let first = this.last;
    for (const { at } of this.#cursors) first = Math.min(first, at);
    this.#ring.release(first);
    this.#look();
  }

  join(cursor: JournalCursor): void {
    this.#cursors.add(cursor);
    this.moved();
  }

  leave(cursor: JournalCursor): void {
    this.#cursors.delete(cursor);
    if (this.live) {
      this.moved();
      return;
    }
    this.#unkept = true;
    this.#unknown = true;
    if (this.#open < 0) this.#ring.clear();
  }

  /** Marks cursors that have no room for a piece of so many bytes. @throws what they do */
  #missed(size: number): void {
    const end = this.#ring.end + HEAD + ((size + 3) >> 2);
    const without = [...this.#cursors].filter(
      ({ missed, limit }) => !missed && (size > LARGEST || end > limit),
    );
    for (const each of without) each.onFull?.(size);
    for (const each of without) each.missed = true;
    this.#missing = true;
    this.#unkept = [...this.#cursors].every(({ missed }) => missed);
    this.#look();
  }

  /** A call was answered, and those that missed some of it hold nothing that could be run again. @returns true */
  #lose(): boolean {
    this.#missing = false;
    this.#unkept = false;
    for (const each of [...this.#cursors]) if (each.missed) each.lose();
    if (!this.live) this.#ring.clear();
    return true;
  }

  #look(): void {
    let limit = Number.POSITIVE_INFINITY;
    let most = Number.POSITIVE_INFINITY;
    for (const each of this.#cursors) {
      if (!each.missed) limit = Math.min(limit, each.limit);
      most = Math.min(most, each.most);
    }
    this.#limit = limit;
    this.#most = most;
  }

  #head(what: number, first: number, second: number): void {
    const ring = this.#ring;
    const { words, at } = ring;
    words[at] = what;
    words[at + 1] = first;
    words[at + 2] = second;
    ring.at = at + HEAD;
  }

  #append({ words: source }: Scratch, count: number): void {
    const ring = this.#ring;
    const { words, at } = ring;
    if (count > FEW || at + count > words.length) {
      ring.append(source, BASE, BASE + count);
      return;
    }
    for (let i = 0; i < count; i++) words[at + i] = source[BASE + i]!;
    ring.at = at + count;
  }

  #piece(position: number): Piece {
    const [head = 0, first = 0, second = 0] = this.#ring.read(position, HEAD);
    const size = head >>> 3;
    const at = position + HEAD;
    return { what: head & 7, first, second, size, at, next: at + ((size + 3) >> 2) };
  }

  #bytes({ at, size }: Piece): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.#ring.read(at, (size + 3) >> 2).buffer, 0, size);
  }

  #answer(piece: Piece): HostAnswer {
    const { what, first, second } = piece;
    const key = new Key({ high: first, low: second }).value;
    const as = what & THREW ? "threw" : "answered";
    return { key, kind: what & EFFECT ? "effect" : "read", as, bytes: this.#bytes(piece) };
  }

  /** The effects of the open call. */
  #effects(): HostAnswer[] {
    const effects: HostAnswer[] = [];
    const { end } = this.#ring;
    if (this.#open === end) return effects;
    for (let at = this.#piece(this.#open).next; at < end; ) {
      const piece = this.#piece(at);
      if (piece.what & EFFECT) effects.push(this.#answer(piece));
      at = piece.next;
    }
    return effects;
  }
}
