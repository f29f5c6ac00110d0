/** Live sources: sources that change. */
import type { Source } from "../module/source.ts";
import type { Transition } from "../transition.ts";

/** A source that changes: `watch(...)`, a Vite import, or an implementation of the embedder's. */
export interface LiveSource {
  /** The source as it is now. */
  readonly current: () => Promise<Source>;
  /** @returns a function that ends the subscription */
  readonly subscribe: (onChange: (source: Source) => void) => () => void;
  /** Called with the outcome of a change: the record of the swap, whether it was done or refused. */
  readonly onRecord?: (record: Transition) => void;
}

export function isLive(source: unknown): source is LiveSource {
  return typeof source === "object" && source !== null && "current" in source && "subscribe" in source;
}
