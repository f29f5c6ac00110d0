/** The journal: calls and recorded host answers, in the order in which they ran, as value bytes in a ring. */
import type { Guest } from "../../abi/canonical/memory.ts";
import { Scratch } from "../../abi/canonical/value-bytes.ts";
import type { CallJournal, RecordedCall } from "../generation/observer.ts";
import type { Answered, HostAnswer } from "../generation/question-bytes.ts";
import { checkedBytes } from "./bounds.ts";
import { type CursorOptions, type Followed, JournalCursor } from "./cursor.ts";
import { answerOf, bytesOf, CALL, EFFECT, HEAD, LARGEST, pieceAt, READ, THREW } from "./piece.ts";
import { Ring } from "./ring.ts";

/** The offset of a value in a scratch, in words. */
const BASE = Scratch.BASE >> 2;
/** Bytes that a journal may hold without an option. */
const MOST = 2 ** 26;
/** Up to this number, words are copied one by one, because the engine's copying first allocates an object. */
const FEW = 64;

/** The calls of a plugin. One call is open at a time, behind the last answered one. */
export class Journal implements CallJournal, Followed {
  calls = 0;
  live = false;
  /** Bytes that it may hold for cursors without a bound of their own. */
  readonly maxBytes: number;
  readonly #ring = new Ring();
  readonly #names: string[] = [];
  /** The cursors that are not lost. */
  readonly #cursors = new Set<JournalCursor>();
  /** The lowest position that is a cursor's limit. */
  #limit = 0;
  /** The lowest number of calls at which a cursor's owner is notified. */
  #most = Number.POSITIVE_INFINITY;
  /** The position of the open call; -1 without one. */
  #open = -1;
  #openWords = this.#ring.page.words;
  #openAt = 0;
  /** Whether some cursor has no room for all of the open call. */
  #missing = false;
  /** Whether no cursor has room for it. */
  #unkept = false;
  /** Whether an answer to an effect of the open call was not kept. */
  #unknown = false;

  /** @throws PluginError `argument` */
  constructor(maxBytes = MOST) {
    this.maxBytes = checkedBytes(maxBytes, "maxJournalBytes");
  }

  get last(): number {
    return this.#open < 0 ? this.#ring.end : this.#open;
  }

  /** Bytes of its memory, including bytes that are not written yet. */
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

  /** The call needs another page, or is not kept: then it is still written, to words that are reused. */
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
    // Set first, because the missing room may throw.
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

  /**
   * Marks the cursors without room for a whole call.
   * @throws the error of `onFull`; no call has then begun
   */
  #missedAll(size: number): void {
    try {
      this.#missed(size);
    } catch (error) {
      this.#settle();
      throw error;
    }
  }

  /** Marks the cursors that have no room for `size` bytes. @throws the error of `onFull` */
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

  /** A call was answered: cursors without room for it are lost. @returns true */
  #lose(): boolean {
    for (const each of [...this.#cursors]) if (each.missed) each.lose();
    this.#settle();
    return true;
  }

  /** Closes the open call: no cursor misses any of it any more. */
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

  /** The host's answers to the effects of the open call. */
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
