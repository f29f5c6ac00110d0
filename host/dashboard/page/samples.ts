/** What was counted between one answer of the server and the next, for as long as the page shows it. */
import { Histogram } from "../../remote/histogram.ts";
import type { Tally } from "../../remote/measures.ts";
import type { VersionTally } from "../../remote/served-measures.ts";
import type { Live } from "../live.ts";

/** Of one version, between two moments. */
export interface Part {
  readonly version: string;
  readonly calls: number;
  readonly failed: number;
  readonly latency: Histogram;
}

export interface Sample {
  /** Milliseconds since 1970, by the server's clock. */
  readonly from: number;
  readonly to: number;
  readonly parts: readonly Part[];
}

export class Samples {
  readonly #window: number;
  #before: Live | undefined;
  #all: Sample[] = [];

  /** @param window milliseconds that are kept */
  constructor(window: number) {
    this.#window = window;
  }

  get all(): readonly Sample[] {
    return this.#all;
  }

  add(live: Live): void {
    const before = this.#before;
    this.#before = live;
    if (!before || live.now <= before.now) return;
    const known = new Map(before.versions.map((each) => [each.version, each]));
    const parts = live.versions
      .map((each) => since(each, known.get(each.version)))
      .filter(({ calls }) => calls > 0);
    this.#all.push({ from: before.now, to: live.now, parts });
    this.#all = this.#all.filter(({ to }) => to >= live.now - this.#window);
  }

  /** What came in the last milliseconds, of all versions. */
  last(milliseconds: number): Summed {
    return sumOf(this.#all, milliseconds);
  }
}

export interface Summed {
  /** Milliseconds. */
  readonly span: number;
  readonly sum: Omit<Part, "version">;
}

/** What came in the last milliseconds, of all versions. */
export function sumOf(samples: readonly Sample[], milliseconds: number): Summed {
  const latest = samples.at(-1)?.to ?? 0;
  const latency = new Histogram();
  let [span, calls, failed] = [0, 0, 0];
  for (const { from, to, parts } of samples.filter(({ from }) => from >= latest - milliseconds)) {
    span += to - from;
    for (const part of parts) {
      calls += part.calls;
      failed += part.failed;
      latency.add(part.latency.counts);
    }
  }
  return { span, sum: { calls, failed, latency } };
}

export function failedOf({ errors }: Tally): number {
  return Object.values(errors).reduce((sum, each) => sum + each, 0);
}

/** @param before nothing for a version that had no call */
function since(tally: VersionTally, before: Tally | undefined): Part {
  // A server that was started again counts from nothing.
  const anew = before === undefined || before.calls > tally.calls;
  const latency = new Histogram().add(tally.latency);
  if (!anew) latency.add(before.latency, -1);
  return {
    version: tally.version,
    calls: tally.calls - (anew ? 0 : before.calls),
    failed: Math.max(0, failedOf(tally) - (anew ? 0 : failedOf(before))),
    latency,
  };
}
