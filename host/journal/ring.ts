/** A ring of words: written at one end and released at the other. Its memory grows and shrinks by blocks. */
import { type Guest, Views } from "../../abi/canonical/memory.ts";

/** The memory of a block. */
interface Page {
  readonly words: Int32Array<ArrayBuffer>;
  /** The same memory, for values that are written in place. */
  readonly area: Guest;
}

/** A page at its position. */
interface Block {
  readonly page: Page;
  /** The position of the first word. */
  readonly start: number;
  /** Words that are written; for the last block, the ring counts them. */
  used: number;
}

/** Words of the smallest and of the largest page, apart from pages made for one larger piece. */
const FEWEST = 2 ** 10;
const MOST = 2 ** 18;
/** A new page takes this share of what the ring holds. */
const SHARE = 32;
/** Words of a page that is kept for reuse. */
const SPARE = 2 ** 14;

/**
 * Positions count words from the ring's beginning, and never go back:
 *
 *     | block            | block            | block            |
 *        ^ what is before is let go of           ^ end: the next word goes there
 *
 * Blocks are of 4 KiB, or of a 32nd of the ring's content, so that little memory is unused. The page of a
 * released block is used again.
 */
export class Ring {
  /** The page of the last block. */
  page = pageOf(0);
  /** The index of the next word in it. */
  at = 0;
  /** The position of the first word. */
  start = 0;
  readonly #blocks: Block[] = [];
  #spare: Page | undefined;

  /** The position of the next word. */
  get end(): number {
    return this.start + this.at;
  }

  /** Words of its memory, including words that are not written yet. */
  get taken(): number {
    let sum = this.#spare?.words.length ?? 0;
    for (const { page } of this.#blocks) sum += page.words.length;
    return sum;
  }

  /** Makes room for `count` words in one piece, from `at` on in the page. */
  reserve(count: number): void {
    if (this.at + count > this.page.words.length) this.#grow(count);
  }

  /** Writes the words of `source` from `from` up to `end`. */
  append(source: Int32Array, from: number, end: number): void {
    let next = from;
    while (next < end) {
      if (this.at === this.page.words.length) this.#grow(Math.min(end - next, MOST));
      const count = Math.min(end - next, this.page.words.length - this.at);
      this.page.words.set(source.subarray(next, next + count), this.at);
      this.at += count;
      next += count;
    }
  }

  #grow(count: number): void {
    const last = this.#blocks.at(-1);
    if (last) last.used = this.at;
    const start = this.end;
    const usual = (start - (this.#blocks[0]?.start ?? start)) / SHARE;
    const size = Math.max(FEWEST, Math.min(MOST, Math.ceil(usual)), count);
    const spare = this.#spare && this.#spare.words.length >= size ? this.#spare : undefined;
    if (spare) this.#spare = undefined;
    const page = spare ?? pageOf(size);
    this.#blocks.push({ page, start, used: 0 });
    this.#go(page, start, 0);
  }

  #go(page: Page, start: number, at: number): void {
    this.page = page;
    this.start = start;
    this.at = at;
  }

  /** Releases everything before a position. */
  release(position: number): void {
    let gone = 0;
    while (gone < this.#blocks.length - 1 && this.#blocks[gone + 1]!.start <= position) gone++;
    for (const { page } of this.#blocks.splice(0, gone)) if (page.words.length <= SPARE) this.#spare = page;
    const { page, end } = this;
    if (position < end || this.#blocks.length === 0) return;
    // The ring is empty: it begins anew in its page, unless the page is large.
    if (page.words.length > SPARE) this.clear();
    else {
      this.#blocks[0] = { page, start: end, used: 0 };
      this.#go(page, end, 0);
    }
  }

  /** Releases everything. */
  clear(): void {
    this.#spare = undefined;
    this.#blocks.length = 0;
    this.#go(pageOf(0), this.end, 0);
  }

  /** Removes everything from a position on. */
  truncate(position: number): void {
    while (this.#blocks.length > 1 && this.#blocks.at(-1)!.start > position) this.#blocks.pop();
    const last = this.#blocks.at(-1);
    if (last) this.#go(last.page, last.start, position - last.start);
  }

  /** Reads `count` words from a position on, in one piece. */
  read(position: number, count: number): Int32Array<ArrayBuffer> {
    const words = new Int32Array(count);
    let index = this.#indexOf(position);
    let from = position - (this.#blocks[index]?.start ?? 0);
    for (let read = 0; read < count; ) {
      const block = this.#blocks[index++];
      if (!block) throw new RangeError(`there are no ${count} words at ${position}`);
      const used = block.page === this.page ? this.at : block.used;
      const part = block.page.words.subarray(from, Math.min(used, from + count - read));
      words.set(part, read);
      read += part.length;
      from = 0;
    }
    return words;
  }

  /** The index of the block with a position. */
  #indexOf(position: number): number {
    let [low, high] = [0, this.#blocks.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#blocks[middle]!.start <= position) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

function pageOf(count: number): Page {
  const words = new Int32Array(count);
  return {
    words,
    area: { memory: new Views({ buffer: words.buffer }), realloc: fixed, strings: "utf16+latin1" },
  };
}

function fixed(): never {
  throw new TypeError("what is written to a ring's page has no pointers");
}
