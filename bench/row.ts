/** A row of the benchmark, and its bars. */
import type { Case, Context } from "./case.ts";

/** The upper limit for one of moult's figures. All figures are costs: less is better. */
export interface Bar {
  readonly text: string;
  /** @default "moult" */
  readonly of?: string;
  /** The figure to divide by; without one, `most` is in nanoseconds or bytes. */
  readonly against?: string;
  /** Without it, the work only has to be done. */
  readonly most?: number;
}

export interface Row {
  readonly id: string;
  readonly title: string;
  readonly unit: "ns" | "bytes";
  readonly bars: readonly Bar[];
  /** @default 25 */
  readonly rounds?: number;
  /** Milliseconds of one sample. @default 8 */
  readonly slice?: number;
  /** Rounds that do not count. @default 3 */
  readonly warm?: number;
  readonly cases: (context: Context) => Promise<Case[]>;
}
