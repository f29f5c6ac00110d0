/** What the calls of one version came to: how many, how many errors of which kind, how long they took. */
import * as z from "zod/mini";
import { CODES, type ErrorCode, PluginError } from "../errors.ts";
import { type Counts, Histogram, MOST_COUNTS } from "./histogram.ts";

/** For people and for other tools. */
export interface Measured {
  readonly calls: number;
  /** By code; `other` for what was no error of moult's. */
  readonly errors: Readonly<Partial<Record<ErrorKind, number>>>;
  /** Milliseconds that half of the calls took at most; nothing without calls. */
  readonly p50?: number | undefined;
  readonly p99?: number | undefined;
}

export type ErrorKind = ErrorCode | "other";

/** The same as it is reported: since the reporter began. Two of one reporter can be taken from each other. */
export interface Tally {
  readonly calls: number;
  readonly errors: Readonly<Record<string, number>>;
  readonly latency: Counts;
}

const KINDS: readonly ErrorKind[] = [...CODES, "other"];
const KNOWN: ReadonlySet<string> = new Set(KINDS);
const count = z.number().check(z.gte(0), z.lte(Number.MAX_SAFE_INTEGER));

/** Kinds of a newer release than this one are counted as others. */
export const tallySchema = z.object({
  calls: count,
  errors: z
    .record(z.string().check(z.maxLength(64)), count)
    .check(z.refine((all) => Object.keys(all).length <= 2 * KINDS.length, "too many kinds of errors")),
  latency: z.array(count).check(z.maxLength(MOST_COUNTS)),
});

/** Calls that never came to the plugin, and say nothing of it. */
const OWN: ReadonlySet<ErrorKind> = new Set(["argument", "aborted"]);

export class Measures {
  #calls = 0;
  readonly #errors = new Map<ErrorKind, number>();
  readonly #latency = new Histogram();

  /** Counts a call. @param error what it failed with, if it did */
  record(milliseconds: number, error?: unknown): void {
    if (error !== undefined) {
      const kind = error instanceof PluginError ? error.code : "other";
      if (OWN.has(kind)) return;
      this.#errors.set(kind, (this.#errors.get(kind) ?? 0) + 1);
    }
    this.#calls++;
    this.#latency.record(milliseconds);
  }

  /** Adds what was reported, or takes it off. @param times 1 or -1 */
  add({ calls, errors, latency }: Tally, times = 1): this {
    this.#calls = Math.max(0, this.#calls + times * calls);
    for (const [name, number] of Object.entries(errors)) {
      const kind = KNOWN.has(name) ? (name as ErrorKind) : "other";
      this.#errors.set(kind, Math.max(0, (this.#errors.get(kind) ?? 0) + times * number));
    }
    this.#latency.add(latency, times);
    return this;
  }

  get calls(): number {
    return this.#calls;
  }

  /** Errors of all kinds but these. */
  failed(besides: readonly ErrorKind[] = []): number {
    let sum = 0;
    for (const [kind, number] of this.#errors) if (!besides.includes(kind)) sum += number;
    return sum;
  }

  quantile(part: number): number | undefined {
    return this.#latency.quantile(part);
  }

  get measured(): Measured {
    return { calls: this.#calls, errors: this.#kinds(), p50: this.quantile(0.5), p99: this.quantile(0.99) };
  }

  get tally(): Tally {
    return { calls: this.#calls, errors: this.#kinds(), latency: this.#latency.counts };
  }

  #kinds(): Tally["errors"] {
    return Object.fromEntries([...this.#errors].filter(([, number]) => number > 0));
  }
}
