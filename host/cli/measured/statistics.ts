/** Statistics of many measurements of one operation. */

export interface Statistics {
  /** The number of measurements. */
  readonly samples: number;
  readonly median: number;
  /** A quarter of them is below the first, a quarter above the second. */
  readonly quartiles: readonly [number, number];
  /** Only for 100 measurements and more: for fewer it would be their maximum. */
  readonly p99?: number;
  readonly least: number;
  readonly most: number;
}

/** @returns nothing for no measurements */
export function statistics(measured: readonly number[]): Statistics | undefined {
  const sorted = [...measured].sort((a, b) => a - b);
  const [least, most] = [sorted[0], sorted.at(-1)];
  if (least === undefined || most === undefined) return undefined;
  return {
    samples: sorted.length,
    median: quantile(sorted, 0.5),
    quartiles: [quantile(sorted, 0.25), quantile(sorted, 0.75)],
    ...(sorted.length < 100 ? {} : { p99: quantile(sorted, 0.99) }),
    least: rounded(least),
    most: rounded(most),
  };
}

/** Rounded to the digits that a clock can resolve. */
function rounded(number: number): number {
  return Number(number.toPrecision(5));
}

/** Interpolates between two measurements. */
function quantile(sorted: readonly number[], share: number): number {
  const at = (sorted.length - 1) * share;
  const [low, high] = [sorted[Math.floor(at)]!, sorted[Math.ceil(at)]!];
  return rounded(low + (high - low) * (at - Math.floor(at)));
}

/** Milliseconds in the unit that is easiest to read: `812 ns`, `1.24 µs`, `33.1 ms`. */
export function duration(milliseconds: number): string {
  const [unit, size] = UNITS.find(([, size]) => milliseconds >= size) ?? (["ns", 1e-6] as const);
  return `${Number((milliseconds / size).toPrecision(3))} ${unit}`;
}

const UNITS = [
  ["s", 1000],
  ["ms", 1],
  ["µs", 1e-3],
] as const;
