/** Live sources: sources that change. */
import { withDeadline } from "../deadline.ts";
import { PluginError, reason } from "../errors.ts";
import type { Source } from "../module/source.ts";
import { checkSignal } from "../option.ts";
import { checkTime } from "../timer.ts";
import type { Transition } from "../transition.ts";
import type { Approve } from "./swap-options.ts";

/** A source that changes: `watch(...)`, a Vite import, or an implementation of the embedder's. */
export interface LiveSource {
  /** The source as it is now. */
  readonly current: () => Promise<Source>;
  /**
   * @param onFailure to be called with the error of a change that came to no source, such as a save that does
   * not build; the plugin tells it as its event `error`
   * @returns a function that ends the subscription
   */
  readonly subscribe: (
    onChange: (source: Source) => void,
    onFailure?: (error: unknown) => void,
  ) => () => void;
  /**
   * Decides on what its versions ask for besides, where the options of the following do not.
   * @default nothing more is approved
   */
  readonly approve?: Approve;
  /** Called with the outcome of a change: the record of the swap, whether it was done or refused. */
  readonly onRecord?: (record: Transition) => void;
}

export function isLive(source: unknown): source is LiveSource {
  const { current, subscribe } = (source ?? {}) as { readonly [K in keyof LiveSource]?: unknown };
  return typeof current === "function" && typeof subscribe === "function";
}

/** @throws PluginError `unavailable` for a source that does not say what it is now; `deadline`, `aborted` */
export function currentOf(
  live: LiveSource,
  { timeout, signal }: { readonly timeout: number; readonly signal: AbortSignal | undefined },
): Promise<Source> {
  checkTime(timeout, "timeout");
  checkSignal(signal);
  return withDeadline("the source", () => live.current(), {
    timeout,
    signal: signal ?? new AbortController().signal,
    failed: unfollowed("current"),
  });
}

/** The error for a live source of the embedder's that throws. @param what of it */
export function unfollowed(what: "current" | "subscribe"): (cause: unknown) => PluginError {
  return (cause) => {
    if (cause instanceof PluginError) return cause;
    const why = `its ${what} threw: ${reason(cause)}`;
    return new PluginError("unavailable", `could not follow a source that changes: ${why}`, { cause });
  };
}
