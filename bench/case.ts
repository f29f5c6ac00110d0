/** One way to do the work of a row. */

export type Role = "moult" | "limit" | "peer";

export interface Case {
  readonly name: string;
  readonly role: Role;
  /** What a reader has to know about the figure. */
  readonly note?: string;
  /**
   * Does the work, and throws when the answer is wrong. Runs before the measuring, and once more at the end.
   */
  check(): unknown;
  /** Does the work `n` times. Returns nanoseconds (or bytes) for one; or several figures, by name. */
  sample(n: number): Measured | Promise<Measured>;
  /** The size of a sample. @default as large as the row's slice allows */
  readonly n?: number;
}

export type Measured = number | Readonly<Record<string, number>>;

/** What the cases of a row need. */
export interface Context {
  /** The folder with the built guests. */
  readonly guests: string;
  /** Measures for seconds only; such figures are not judged. */
  readonly quick: boolean;
  /** Reports that a case cannot run here, and why. */
  skip(name: string, why: string): void;
}

let fresh = 0;

/** Samples a synchronous call, in a loop of its own. */
export async function looped(call: (i: number) => unknown): Promise<(n: number) => number> {
  const loop = (await import(`./loop.js?${fresh++}`)) as typeof import("./loop.ts");
  return (n) => (loop.atOnce(call, n) * 1e6) / n;
}

/** Samples a call that answers a promise, awaiting each. */
export async function awaited(
  call: (i: number) => Promise<unknown>,
): Promise<(n: number) => Promise<number>> {
  const loop = (await import(`./loop.js?${fresh++}`)) as typeof import("./loop.ts");
  return async (n) => ((await loop.later(call, n)) * 1e6) / n;
}

/** Compares an answer with the expected one. */
export function same(found: unknown, wanted: unknown, what: string): void {
  if (isSame(found, wanted)) return;
  throw new Error(`${what}: the answer is wrong`);
}

function isSame(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  const [keys, others] = [Object.keys(a), Object.keys(b)];
  if (keys.length !== others.length) return false;
  return keys.every((key) =>
    isSame((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key]),
  );
}
