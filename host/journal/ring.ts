/** A ring of words: appended at one end, let go of at the other. What it takes grows and shrinks by blocks. */

interface Block {
  readonly words: Int32Array<ArrayBuffer>;
  /** The position of its first word. */
  readonly start: number;
  /** Words that are written; of the last block, the ring knows. */
  used: number;
}

const FEWEST = 1024;
const MOST = 16_384;

/**
 * Positions count words from the ring's beginning, and never go back:
 *
 *     | block            | block            | block            |
 *        ^ from: what is before is let go of     ^ end: the next word goes there
 *
 * Blocks are of 4 KiB at first and of 64 KiB later, or of what one piece takes; one that was let go of is used again.
 */
export class Ring {
  /** Of the last block. */
  words: Int32Array<ArrayBuffer> = new Int32Array(0);
  /** Where the next word goes in it. */
  at = 0;
  /** The position of its first word. */
  start = 0;
  readonly #blocks: Block[] = [];
  #spare: Int32Array<ArrayBuffer> | undefined;

  /** The position of the next word. */
  get end(): number {
    return this.start + this.at;
  }

  /** Words that it takes, those included that are not written yet. */
  get taken(): number {
    let sum = this.#spare?.length ?? 0;
    for (const { words } of this.#blocks) sum += words.length;
    return sum;
  }

  /** Makes room for so many words in one piece: from `at` on in `words`. */
  reserve(count: number): void {
    if (this.at + count > this.words.length) this.#grow(count);
  }

  /** Writes the words of `source` from `from` up to `end`. */
  append(source: Int32Array, from: number, end: number): void {
    let next = from;
    while (next < end) {
      if (this.at === this.words.length) this.#grow(Math.min(end - next, 64 * MOST));
      const count = Math.min(end - next, this.words.length - this.at);
      this.words.set(source.subarray(next, next + count), this.at);
      this.at += count;
      next += count;
    }
  }

  #grow(count: number): void {
    const last = this.#blocks.at(-1);
    if (last) last.used = this.at;
    const start = this.end;
    const usual = Math.min(MOST, Math.max(FEWEST, 2 * this.words.length));
    const words = count <= MOST && this.#spare ? this.#spare : new Int32Array(Math.max(usual, count));
    if (words === this.#spare) this.#spare = undefined;
    this.#blocks.push({ words, start, used: 0 });
    this.words = words;
    this.start = start;
    this.at = 0;
  }

  /** Lets go of what is before a position. */
  release(position: number): void {
    let gone = 0;
    while (gone < this.#blocks.length - 1 && this.#blocks[gone + 1]!.start <= position) gone++;
    for (const { words } of this.#blocks.splice(0, gone)) if (words.length === MOST) this.#spare = words;
    if (position < this.end || this.#blocks.length === 0) return;
    // Empty: it begins anew in the block that it has, unless that was made for one large piece.
    if (this.words.length > MOST) this.clear();
    else {
      this.#blocks[0] = { words: this.words, start: this.end, used: 0 };
      this.start = this.end;
      this.at = 0;
    }
  }

  /** Lets go of everything. */
  clear(): void {
    this.#spare = undefined;
    this.#blocks.length = 0;
    this.start = this.end;
    this.words = new Int32Array(0);
    this.at = 0;
  }

  /** Takes back what was written from a position on. */
  truncate(position: number): void {
    while (this.#blocks.length > 1 && this.#blocks.at(-1)!.start > position) this.#blocks.pop();
    const last = this.#blocks.at(-1);
    if (!last) return;
    this.words = last.words;
    this.start = last.start;
    this.at = position - last.start;
  }

  /** Reads words from a position on, in one piece. */
  read(position: number, count: number): Int32Array<ArrayBuffer> {
    const words = new Int32Array(count);
    let index = this.#indexOf(position);
    let from = position - (this.#blocks[index]?.start ?? 0);
    for (let read = 0; read < count; ) {
      const block = this.#blocks[index++];
      if (!block) throw new RangeError(`there are no ${count} words at ${position}`);
      const used = block.words === this.words ? this.at : block.used;
      const part = block.words.subarray(from, Math.min(used, from + count - read));
      words.set(part, read);
      read += part.length;
      from = 0;
    }
    return words;
  }

  /** Of the block that has a position. */
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
