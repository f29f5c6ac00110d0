/** Counts that are reported again and again, as what came in each second. */
import { type Counts, Histogram } from "../remote/histogram.ts";
import { Measures, type Tally } from "../remote/measures.ts";
import type { VersionTally } from "../remote/served-measures.ts";

/** Of one version, within one sample. */
export interface SampledPart {
  readonly version: string;
  readonly calls: number;
  readonly failed: number;
  readonly latency: Counts;
}

export interface Sampled {
  /** Milliseconds since 1970. */
  readonly from: number;
  readonly to: number;
  readonly parts: readonly SampledPart[];
}

/** What somebody has counted since it began. */
export interface Report {
  readonly versions: Readonly<Record<string, Tally>>;
  /** Milliseconds between two of its reports. */
  readonly interval: number;
}

interface Cell {
  calls: number;
  failed: number;
  readonly latency: Histogram;
}

/** Milliseconds of a sample, and how many are kept. */
const STEP = 1_000;
const KEPT = 90;
/** Versions that are told apart, and reporters: what others report is bounded here. */
const [VERSIONS, REPORTERS] = [32, 20_000];
/** Intervals after which one that is silent is not waited for. */
const MISSED = 3;

export class Timeline {
  readonly #began: number;
  readonly #sums = new Map<string, Measures>();
  readonly #seconds = new Map<number, Map<string, Cell>>();
  readonly #reporters = new Map<string, Report & { readonly at: number }>();

  #forgotten = 0;

  constructor(now: number) {
    this.#began = now;
  }

  /**
   * Takes what somebody reports. What it had counted before it was first heard of counts for nothing.
   *
   * @param now by our own clock: those of others may be wrong
   */
  take(id: string, report: Report, now: number): void {
    const before = this.#reporters.get(id);
    if (!before && this.#reporters.size >= REPORTERS) return;
    this.#reporters.set(id, { ...report, at: now });
    if (!before) return;
    for (const [version, tally] of Object.entries(report.versions)) {
      const then = Object.hasOwn(before.versions, version) ? before.versions[version] : undefined;
      const own = new Measures().add(tally);
      if (then) own.add(then, -1);
      if (own.calls > 0) this.#spread(version, own, before.at, now);
    }
    this.#forget(now);
  }

  /** It says that it ends. */
  leave(id: string): void {
    this.#reporters.delete(id);
  }

  /** Those that were heard of lately. */
  reporters(now: number): number {
    return this.#live(now).length;
  }

  /** Since the timeline began. */
  get tallies(): readonly VersionTally[] {
    return [...this.#sums].map(([version, sum]) => ({ version, ...sum.tally }));
  }

  sumOf(version: string): Measures {
    return this.#sums.get(version) ?? new Measures();
  }

  /** Whole seconds of which everybody has reported, those that end after `since`. */
  samples(since: number, now: number): Sampled[] {
    const known = Math.min(now, ...this.#live(now).map(({ at }) => at));
    const last = Math.floor(known / STEP);
    const first = Math.max(Math.floor(since / STEP), last - KEPT, Math.ceil(this.#began / STEP));
    const samples: Sampled[] = [];
    for (let second = first; second < last; second++) {
      const cells = this.#seconds.get(second) ?? new Map<string, Cell>();
      const parts = [...cells].map(([version, { latency, ...rest }]) => ({
        version,
        ...rest,
        latency: latency.counts,
      }));
      samples.push({ from: second * STEP, to: (second + 1) * STEP, parts });
    }
    return samples;
  }

  #live(now: number): { readonly at: number }[] {
    return [...this.#reporters.values()].filter(({ at, interval }) => now - at <= MISSED * interval);
  }

  /** When within the time between two reports a call came is not known: each moment gets its part. */
  #spread(version: string, own: Measures, from: number, to: number): void {
    if (!this.#sums.has(version) && this.#sums.size >= VERSIONS) return;
    const { calls, latency, errors } = own.tally;
    this.#sums.set(version, this.sumOf(version).add({ calls, latency, errors }));
    const span = Math.max(1, to - from);
    const oldest = to - KEPT * STEP;
    for (let second = Math.floor(Math.max(from, oldest) / STEP); second * STEP < to; second++) {
      const part = (Math.min(to, (second + 1) * STEP) - Math.max(from, second * STEP)) / span;
      const cell = this.#cell(second, version);
      cell.calls += calls * part;
      cell.failed += own.failed() * part;
      cell.latency.add(latency, part);
    }
  }

  #cell(second: number, version: string): Cell {
    const cells = this.#seconds.get(second) ?? new Map<string, Cell>();
    this.#seconds.set(second, cells);
    const cell = cells.get(version) ?? { calls: 0, failed: 0, latency: new Histogram() };
    cells.set(version, cell);
    return cell;
  }

  /** Once in a second, since there may be many reporters. */
  #forget(now: number): void {
    const oldest = Math.floor(now / STEP) - KEPT;
    if (oldest === this.#forgotten) return;
    this.#forgotten = oldest;
    for (const second of this.#seconds.keys()) if (second < oldest) this.#seconds.delete(second);
    for (const [id, { at, interval }] of this.#reporters)
      if (now - at > Math.max(60_000, 2 * MISSED * interval)) this.#reporters.delete(id);
  }
}
