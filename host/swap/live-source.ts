/** Live sources: those that change. */
import type { Source } from "../module/source.ts";
import type { Transition } from "../transition.ts";

/** A source that changes: `watch(...)`, a Vite import, or your own. */
export interface LiveSource {
  /** What it is now. */
  readonly current: () => Promise<Source>;
  /** @returns a function that ends the listening */
  readonly subscribe: (onChange: (source: Source) => void) => () => void;
  /** Is told what came of a change: the record of the swap that it became, or would have. */
  readonly onRecord?: (record: Transition) => void;
}

export function isLive(source: unknown): source is LiveSource {
  return typeof source === "object" && source !== null && "current" in source && "subscribe" in source;
}
