/** What a part of the load is told, and what it comes to. */
import type { Engine } from "./cluster.ts";
import type { Sum } from "./ledger.ts";
import type { Latency } from "./load.ts";

export interface PartOptions {
  /** Calls a second. */
  readonly rate: number;
  /** It changes what serves at least once, and again until so many seconds have passed. */
  readonly seconds: number;
  readonly engine: Engine;
}

export interface Outcome extends Sum {
  /** Replacements, moves, steps: what was done under the calls. */
  readonly changes: number;
  readonly latency: Latency;
  /** The most calls under way at a time. */
  readonly most: number;
  /** What else was not as it should be. */
  readonly wrong: readonly string[];
}

/** Milliseconds of a call, whatever else the machine does. */
export const TIMEOUT = 30_000;
