/** Figures in readable form. */
import type { Spread } from "./spread.ts";

const TIMES = [
  [1e9, "s"],
  [1e6, "ms"],
  [1e3, "µs"],
  [1, "ns"],
] as const;
const SIZES = [
  [2 ** 20, "MB"],
  [2 ** 10, "KB"],
  [1, "B"],
] as const;

/** `12.3 µs (11.9-13.0)`: the median, and the quartiles in the same unit. */
export function figure({ median, low, high }: Spread, unit: "ns" | "bytes"): string {
  const scales = unit === "ns" ? TIMES : SIZES;
  const [scale, name] = scales.find(([least]) => Math.abs(median) >= least) ?? scales.at(-1)!;
  return `${digits(median / scale)} ${name} (${digits(low / scale)}-${digits(high / scale)})`;
}

/** `0.31x (0.30-0.33)` */
export function times({ median, low, high }: Spread): string {
  return `${digits(median)}x (${digits(low)}-${digits(high)})`;
}

/** Three digits. */
export function digits(value: number): string {
  if (Math.abs(value) >= 100) return value.toFixed(0);
  return Math.abs(value) >= 10 ? value.toFixed(1) : value.toFixed(Math.abs(value) < 0.1 ? 3 : 2);
}
