/** Following a source that changes: every change becomes a swap. The latest wins, and a bad build is not tried for ever. */
import type { Contract, Functions } from "../contract/contract.ts";
import { PluginError } from "../errors.ts";
import { telling } from "../events.ts";
import type { Source } from "../module/source.ts";
import type { Lifecycle } from "./lifecycle.ts";
import { isProbationFault, Quarantine } from "./quarantine.ts";
import type { SwapRecord } from "./record.ts";
import { swap } from "./swap.ts";
import type { SwapOptions } from "./swap-options.ts";

/** A source that changes: `watch(...)`, a Vite import, or your own. */
export interface Changing {
  /** What it is now. */
  readonly current: () => Promise<Source>;
  /** @returns a function that ends the listening */
  readonly subscribe: (onChange: (source: Source) => void) => () => void;
  /** Is told what came of a change: the record of the swap that it became, or would have. */
  readonly onRecord?: (record: SwapRecord) => void;
}

export interface FollowOptions<F extends Functions = Functions>
  extends Pick<SwapOptions<F>, "verify" | "warm" | "probation" | "drain" | "timeout" | "maxSourceBytes"> {
  /** Milliseconds until a build that was refused is tried again; doubled each time, up to a minute. @default 1_000 */
  readonly backoff?: number;
}

/**
 * Swaps with every change, until the plugin is closed. While a swap is under way only the latest change is kept.
 * What comes of it is told as every swap's outcome is: by events, and in the history.
 */
export function follow<F extends Functions>(
  lifecycle: Lifecycle,
  contract: Contract<F>,
  source: Changing,
  options: FollowOptions<F> = {},
): void {
  const { backoff = 1_000, ...swapping } = options;
  const quarantine = new Quarantine(backoff);
  // A build that had to go back is as bad as one that was refused, however well it began.
  lifecycle.events.on("swap", ({ outcome, cause, from, to }) => {
    if (outcome === "rolled-back" && cause && isProbationFault(cause.code)) quarantine.refused(from.digest);
    if (outcome === "permanent") quarantine.released(to?.digest);
  });
  let latest: Source | undefined;
  let working = false;

  const tried = async (next: Source): Promise<SwapRecord | undefined> => {
    try {
      return await swap(lifecycle, contract, next, { ...swapping, supersede: true }, quarantine);
    } catch (error) {
      if (error instanceof PluginError) return error.record;
      throw error;
    }
  };
  const work = async (): Promise<void> => {
    working = true;
    while (latest !== undefined && !lifecycle.closed) {
      const next = latest;
      latest = undefined;
      // Somebody else's swap goes first; the newest change is tried after it.
      await lifecycle.status.idle();
      try {
        const record = await tried(next);
        if (record) telling(() => source.onRecord?.(record), lifecycle.surroundings.onError);
      } catch (error) {
        lifecycle.surroundings.onError(error);
      }
    }
    working = false;
  };

  const end = source.subscribe((next) => {
    latest = next;
    if (!working) void work();
  });
  lifecycle.closing.addEventListener("abort", end, { once: true });
}

export function isChanging(source: unknown): source is Changing {
  return typeof source === "object" && source !== null && "current" in source && "subscribe" in source;
}
