/** The journal: calls and recorded host answers, in the order in which they ran, as value bytes in a ring. */
import type { Guest } from "../../abi/canonical/memory.ts";
import { Scratch } from "../../abi/canonical/value-bytes.ts";
import type { CallJournal, RecordedCall } from "../generation/observer.ts";
import type { Answered, HostAnswer } from "../generation/question-bytes.ts";
import { checkedBytes } from "./bounds.ts";
import { type CursorOptions, type Followed, JournalCursor } from "./cursor.ts";
import { answerOf, bytesOf, CALL, EFFECT, HEAD, LARGEST, pieceAt, READ, THREW } from "./piece.ts";
import { Ring } from "./ring.ts";

/** Where a value begins in a scratch, in words. */
const BASE = Scratch.BASE >> 2;
/** Bytes that a journal may keep, where nothing else is said. */
const MOST = 2 ** 26;
/** Words that are copied one by one: the engine's own copying begins with an object. */
const FEW = 64;

/** One call is open at a time. What is behind the last call that was answered is none yet. */
export class Journal implements CallJournal, Followed {
  calls = 0;
  live = false;
  /** Bytes that it may keep for those who say no other number. */
  readonly maxBytes: number;
  readonly #ring = new Ring();
  readonly #names: string[] = [];
  /** Those that are not lost. */
  readonly #cursors = new Set<JournalCursor>();
  /** The position beyond which some cursor may keep nothing. */
  #limit = 0;
  /** The number of calls at which some cursor's owner is told. */
  #most = Number.POSITIVE_INFINITY;
  /** Where the open call begins; -1 without one. */
  #open = -1;
  #openWords = this.#ring.page.words;
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

  get last(): number {
    return this.#open < 0 ? this.#ring.end : this.#open;
  }

  /** Bytes that it takes, those included that nothing is written to yet. */
  get taken(): number {
    return 4 * this.#ring.taken;
  }

  get area(): Guest {
    return this.#ring.page.area;
  }

  get words(): Int32Array {
    return this.#ring.page.words;
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
    if (size > LARGEST || ring.end + HEAD + count > this.#limit) this.#missedAll(size);
    ring.reserve(HEAD);
    this.#start(slot, size);
    if (!this.#unkept) this.#append(args, count);
  }

  beginAt(slot: number, size: number): number {
    const ring = this.#ring;
    const { at, page } = ring;
    const end = at + HEAD + ((size + 3) >> 2);
    if (end > page.words.length || ring.start + end > this.#limit) return this.#beginElsewhere(slot, size);
    this.#start(slot, size);
    ring.at = end;
    return 4 * (at + HEAD);
  }

  /** In another page, or nowhere: then it is written all the same, to words that are written over. */
  #beginElsewhere(slot: number, size: number): number {
    const ring = this.#ring;
    const count = HEAD + ((size + 3) >> 2);
    if (ring.end + count > this.#limit) this.#missedAll(size);
    ring.reserve(count);
    const { at } = ring;
    this.#start(slot, size);
    if (!this.#unkept) ring.at = at + count;
    return 4 * (at + HEAD);
  }

  #start(slot: number, size: number): void {
    const ring = this.#ring;
    const { at } = ring;
    this.#open = ring.start + at;
    this.#openWords = ring.page.words;
    this.#openAt = at;
    if (!this.#unkept) this.#head(size << 3, slot, 0);
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
    this.#openWords[this.#openAt + 2] = digest;
    this.#open = -1;
    this.calls++;
    return this.#missing ? this.#lose() : this.calls >= this.#most;
  }

  drop(): readonly HostAnswer[] | undefined {
    if (this.#open < 0) return [];
    const effects = this.#unknown ? undefined : this.#effects();
    this.#ring.truncate(this.#open);
    this.#open = -1;
    this.#settle();
    return effects;
  }

  read(position: number): { readonly call: RecordedCall; readonly next: number } {
    const ring = this.#ring;
    const piece = pieceAt(ring, position);
    const { first: slot, second: digest } = piece;
    const answers: HostAnswer[] = [];
    let { next } = piece;
    while (next < this.last) {
      const each = pieceAt(ring, next);
      if (each.what === CALL) break;
      answers.push(answerOf(ring, each));
      next = each.next;
    }
    const name = this.#names[slot] ?? "";
    return { call: { name, slot, args: bytesOf(ring, piece), answers, digest }, next };
  }

  join(cursor: JournalCursor): void {
    this.#cursors.add(cursor);
    this.live = true;
    this.moved();
  }

  moved(): void {
    let first = this.last;
    for (const { at } of this.#cursors) first = Math.min(first, at);
    this.#ring.release(first);
    this.#look();
  }

  leave(cursor: JournalCursor): void {
    this.#cursors.delete(cursor);
    this.live = this.#cursors.size > 0;
    if (this.live) this.moved();
    else if (this.#open < 0) this.#ring.clear();
    else {
      this.#missing = true;
      this.#unkept = true;
      this.#unknown = true;
    }
  }

  /** Marks cursors that have no room for a call at all. @throws what they do; then no call has begun */
  #missedAll(size: number): void {
    try {
      this.#missed(size);
    } catch (error) {
      this.#settle();
      throw error;
    }
  }

  /** Marks cursors that have no room for a piece of so many bytes. @throws what they do */
  #missed(size: number): void {
    const end = this.#ring.end + HEAD + ((size + 3) >> 2);
    const without = [...this.#cursors].filter(
      ({ missed, limit }) => !missed && (size > LARGEST || end > limit),
    );
    for (const each of without) each.missed = true;
    this.#missing = true;
    this.#unkept = [...this.#cursors].every(({ missed }) => missed);
    this.#look();
    for (const each of without) each.onFull?.(size);
  }

  /** A call was answered, and those that missed some of it hold nothing that could be run again. @returns true */
  #lose(): boolean {
    for (const each of [...this.#cursors]) if (each.missed) each.lose();
    this.#settle();
    return true;
  }

  /** The open call is over: nothing of one is missing. */
  #settle(): void {
    if (!this.live) this.#ring.clear();
    this.#missing = false;
    this.#unkept = false;
    this.#unknown = false;
    for (const each of this.#cursors) each.missed = false;
    this.#look();
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
    const { at } = ring;
    const { words } = ring.page;
    words[at] = what;
    words[at + 1] = first;
    words[at + 2] = second;
    ring.at = at + HEAD;
  }

  #append({ words: source }: Scratch, count: number): void {
    const ring = this.#ring;
    const { at } = ring;
    const { words } = ring.page;
    if (count > FEW || at + count > words.length) {
      ring.append(source, BASE, BASE + count);
      return;
    }
    for (let i = 0; i < count; i++) words[at + i] = source[BASE + i]!;
    ring.at = at + count;
  }

  /** The effects of the open call. */
  #effects(): HostAnswer[] {
    const effects: HostAnswer[] = [];
    const ring = this.#ring;
    if (this.#open === ring.end) return effects;
    for (let at = pieceAt(ring, this.#open).next; at < ring.end; ) {
      const piece = pieceAt(ring, at);
      if (piece.what & EFFECT) effects.push(answerOf(ring, piece));
      at = piece.next;
    }
    return effects;
  }
}
