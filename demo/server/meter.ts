/** What the load measured: lately, over the last minute, and in all. */
import type { Batch } from "./load.ts";

/** The times of a stretch of time. */
interface Bucket {
  readonly at: number;
  times: number[];
  failed: number;
}

export interface Measured {
  readonly requests: number;
  /** Milliseconds; nothing where nothing was answered. */
  readonly p50: number | undefined;
  readonly p99: number | undefined;
}

const WIDTH = 250;
/** A minute of them. */
const KEPT = 240;
/** Classes of times, each 2 % above the one before: an error of the totals of 1 %. */
const GROWTH = Math.log(1.02);
const LEAST = 0.001;

export class Meter {
  answered = 0;
  failed = 0;
  /** The first failure, in words. */
  why: string | undefined;
  readonly #began = performance.now();
  #buckets: Bucket[] = [];
  readonly #classes = new Map<number, number>();

  /** Milliseconds since the beginning. */
  get now(): number {
    return performance.now() - this.#began;
  }

  add({ times, failed, why }: Batch): void {
    const at = Math.floor(this.now / WIDTH) * WIDTH;
    if (this.#buckets.at(-1)?.at !== at) this.#buckets.push({ at, times: [], failed: 0 });
    if (this.#buckets.length > KEPT) this.#buckets.shift();
    const bucket = this.#buckets.at(-1)!;
    bucket.times.push(...times);
    bucket.failed += failed;
    for (const ms of times) {
      const own = Math.round(Math.log(Math.max(ms, LEAST) / LEAST) / GROWTH);
      this.#classes.set(own, (this.#classes.get(own) ?? 0) + 1);
    }
    this.answered += times.length;
    this.failed += failed;
    this.why ??= why;
  }

  /** What was told in a stretch of time. */
  between(from: number, to: number): Measured {
    const times = this.#buckets.filter(({ at }) => at >= from && at < to).flatMap((each) => each.times);
    times.sort((a, b) => a - b);
    return { requests: times.length, p50: share(times, 0.5), p99: share(times, 0.99) };
  }

  /** The last whole second. */
  get lately(): Measured {
    const now = Math.floor(this.now / WIDTH) * WIDTH;
    return this.between(now - 1_000, now);
  }

  get total(): Measured {
    const classes = [...this.#classes].sort(([a], [b]) => a - b);
    const of = (part: number): number | undefined => {
      let left = Math.ceil(this.answered * part);
      for (const [own, times] of classes) {
        left -= times;
        if (left <= 0) return LEAST * Math.exp(own * GROWTH);
      }
      return undefined;
    };
    return { requests: this.answered, p50: of(0.5), p99: of(0.99) };
  }
}

function share(sorted: readonly number[], part: number): number | undefined {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))];
}
