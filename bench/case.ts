/** One way to do the work of a row. */

export type Role = "moult" | "limit" | "peer";

export interface Case {
  readonly name: string;
  readonly role: Role;
  /** What a reader has to know to read the figure. */
  readonly note?: string;
  /** Does the work, and throws when the answer is wrong. Runs before anything is timed, and again at the end. */
  check(): unknown;
  /**
   * Does the work `n` times. Nanoseconds (or bytes) for one; or several figures at once, by their names.
   */
  sample(n: number): Measured | Promise<Measured>;
  /** How often to do it in a sample. @default as often as fits the row's slice */
  readonly n?: number;
}

export type Measured = number | Readonly<Record<string, number>>;

/** What a row's cases are made with. */
export interface Context {
  /** The folder with the built guests. */
  readonly guests: string;
  /** Seconds in all, nothing to be judged. */
  readonly quick: boolean;
  /** Says that a case cannot run here, and why. */
  skip(name: string, why: string): void;
}

let fresh = 0;

/** A sample of a call that answers at once, in a loop of its own. */
export async function looped(call: (i: number) => unknown): Promise<(n: number) => number> {
  const loop = (await import(`./loop.js?${fresh++}`)) as typeof import("./loop.ts");
  return (n) => (loop.atOnce(call, n) * 1e6) / n;
}

/** A sample of a call that answers a promise, each awaited. */
export async function awaited(
  call: (i: number) => Promise<unknown>,
): Promise<(n: number) => Promise<number>> {
  const loop = (await import(`./loop.js?${fresh++}`)) as typeof import("./loop.ts");
  return async (n) => ((await loop.later(call, n)) * 1e6) / n;
}

/** Holds an answer against what it has to be. */
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
