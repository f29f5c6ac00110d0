/** Latencies, counted: small, quick, of a fixed size, and exact to a sixteenth. */

/** Steps within each power of two, as bits. */
const BITS = 4;
const STEPS = 1 << BITS;
/** The longest time that is told apart from longer ones: 35 minutes, in microseconds. */
const MOST = 2 ** 31 - 1;
const BUCKETS = bucketOf(MOST) + 1;

export class Histogram {
  readonly #counts = new Float64Array(BUCKETS);
  #total = 0;

  /** @param milliseconds of one call */
  record(milliseconds: number): void {
    const micro = milliseconds * 1000;
    this.#counts[bucketOf(micro < MOST ? micro | 0 : MOST)]!++;
    this.#total++;
  }

  get total(): number {
    return this.#total;
  }

  /** Adds what another one counted, so many times: -1 takes it off again. */
  add(counts: Counts, times = 1): this {
    for (let i = 0; i + 1 < counts.length; i += 2) {
      const [bucket, count] = [counts[i]!, counts[i + 1]! * times];
      if (bucket >= BUCKETS) continue;
      const before = this.#counts[bucket]!;
      // What was counted anew from nothing has no part before it.
      const after = Math.max(0, before + count);
      this.#counts[bucket] = after;
      this.#total += after - before;
    }
    return this;
  }

  /**
   * Milliseconds that so many of the calls took at most, from 0 to 1.
   *
   * @returns nothing where there were no calls
   */
  quantile(part: number): number | undefined {
    if (this.#total === 0) return undefined;
    // Counts may be parts of calls, whose sum is not exact.
    const wanted = Math.min(this.#total, Math.max(1, Math.ceil(part * this.#total))) - 1e-6;
    let [seen, i] = [0, 0];
    for (; i < BUCKETS - 1; i++) {
      seen += this.#counts[i]!;
      if (seen >= wanted) break;
    }
    return (firstOf(i) + firstOf(i + 1) - 1) / 2 / 1000;
  }

  get counts(): Counts {
    const found: number[] = [];
    for (let i = 0; i < BUCKETS; i++) if (this.#counts[i] !== 0) found.push(i, this.#counts[i]!);
    return found;
  }
}

/** Buckets that are not empty: the number of each, then its count. */
export type Counts = readonly number[];
/** Numbers in one, at most. */
export const MOST_COUNTS = 2 * BUCKETS;

function bucketOf(micro: number): number {
  if (micro < STEPS) return micro;
  const power = 31 - Math.clz32(micro);
  return ((power - BITS + 1) << BITS) | ((micro >>> (power - BITS)) & (STEPS - 1));
}

/** The least number of microseconds that falls into a bucket. */
function firstOf(bucket: number): number {
  if (bucket < STEPS) return bucket;
  const power = (bucket >>> BITS) + BITS - 1;
  return (STEPS + (bucket & (STEPS - 1))) * 2 ** (power - BITS);
}
