/** What the calls of a served plugin came to, for each of its versions. */
import { type Measured, Measures, type Tally } from "./measures.ts";

export interface VersionMeasures extends Measured {
  readonly version: string;
}

export interface VersionTally extends Tally {
  readonly version: string;
}

/** What a server tells of the calls that it answered. */
export interface ServedMeasures {
  readonly plugin: string;
  /** When it began to count, in milliseconds since 1970. */
  readonly since: number;
  /** The version that answered last comes last. */
  readonly versions: readonly VersionMeasures[];
}

/** Versions that are counted apart; of more, those that answered longest ago are forgotten. */
const MOST = 16;

export class MeasuresByVersion {
  readonly since = Date.now();
  readonly #versions = new Map<string, Measures>();
  #last: string | undefined;

  /** Counts a call. @param error what it failed with, if it did */
  record(version: string, milliseconds: number, error?: unknown): void {
    this.#of(version).record(milliseconds, error);
  }

  get versions(): readonly VersionMeasures[] {
    return [...this.#versions].map(([version, measures]) => ({ version, ...measures.measured }));
  }

  /** The same as counts, of which a later one can be taken off: what came in between. */
  get tallies(): readonly VersionTally[] {
    return [...this.#versions].map(([version, measures]) => ({ version, ...measures.tally }));
  }

  #of(version: string): Measures {
    const known = this.#versions.get(version);
    if (known && version === this.#last) return known;
    const measures = known ?? new Measures();
    this.#versions.delete(version);
    this.#versions.set(version, measures);
    this.#last = version;
    const [oldest = ""] = this.#versions.keys();
    if (this.#versions.size > MOST) this.#versions.delete(oldest);
    return measures;
  }
}
