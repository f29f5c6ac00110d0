/** The distribution of many measurements of one thing. */

export interface Spread {
  readonly median: number;
  /** The quartiles, between which half of the measurements lie. */
  readonly low: number;
  readonly high: number;
}

export function spread(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  return { median: quantile(sorted, 0.5), low: quantile(sorted, 0.25), high: quantile(sorted, 0.75) };
}

/** @param sorted ascending */
export function quantile(sorted: readonly number[], share: number): number {
  const at = (sorted.length - 1) * share;
  const low = sorted[Math.floor(at)] ?? Number.NaN;
  const high = sorted[Math.ceil(at)] ?? Number.NaN;
  return low + (high - low) * (at - Math.floor(at));
}

/** The median of the rounds' own ratios: anything that slows a whole round down cancels out. */
export function ratios(above: readonly number[], below: readonly number[]): Spread {
  return spread(above.map((each, round) => each / (below[round] ?? Number.NaN)));
}
