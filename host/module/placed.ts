/** Sources that say where their instances are to run: not where their plugin is. */

export const PLACED: unique symbol = Symbol.for("moult.placed");

/** A module, and where its instances are to run: made by `at` of `moult/remote`. */
export interface Placed {
  /** A `Place`. */
  readonly [PLACED]: unknown;
}

export function isPlaced(source: unknown): source is Placed {
  return typeof source === "object" && source !== null && PLACED in source;
}
