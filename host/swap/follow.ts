/// <reference lib="esnext.disposable" preserve="true" />
/**
 * Following a source that changes: every change becomes a swap. The latest change wins, and a bad build is
 * not retried for ever.
 */
import type { Contract, Functions } from "../contract/contract.ts";
import { PluginError, reason } from "../errors.ts";
import { telling } from "../events.ts";
import type { Source } from "../module/source.ts";
import { checkFunction, checkGroup, misfit, optionsOf } from "../option.ts";
import { checkTime } from "../timer.ts";
import type { Transition } from "../transition.ts";
import { UNDERTAKINGS, type Undertakings } from "./lazy-undertakings.ts";
import type { Lifecycle } from "./lifecycle.ts";
import { isLive, type LiveSource, unfollowed } from "./live-source.ts";
import type { Quarantine } from "./quarantine.ts";
import type { SwapOptions } from "./swap-options.ts";

/** A source that is followed. */
export interface Following extends Disposable {
  /** Ends the following: later changes are ignored, and a swap that is under way goes on. */
  close(): void;
}

export interface FollowOptions<F extends Functions = Functions>
  extends Pick<
    SwapOptions<F>,
    "verify" | "warm" | "approve" | "probation" | "drain" | "timeout" | "maxSourceBytes"
  > {
  /**
   * Milliseconds until a refused build is tried again; doubled with each refusal, up to a minute.
   * @default 1_000
   */
  readonly backoff?: number;
}

/** @throws PluginError `argument` for invalid options */
export function checkFollow<F extends Functions>(options: FollowOptions<F> | undefined): FollowOptions<F> {
  const given = optionsOf(options, "follow");
  for (const name of ["backoff", "drain", "timeout"] as const) {
    if (given[name] !== undefined) checkTime(given[name], name);
  }
  for (const name of ["verify", "warm", "approve"] as const) checkFunction(given[name], name);
  checkGroup(given.probation, "probation");
  return given;
}

/**
 * Swaps with every change, until the plugin is closed or the following ends. While a swap is under way, only
 * the latest change is kept. Outcomes are reported as those of any swap: as events, and in the history.
 *
 * @throws PluginError `argument`; `closed`; `unavailable` when the source cannot be subscribed to
 */
export function follow<F extends Functions>(
  lifecycle: Lifecycle,
  contract: Contract<F>,
  source: LiveSource,
  options?: FollowOptions<F>,
): Following {
  const { backoff = 1_000, ...swapping } = checkFollow(options);
  if (!isLive(source)) throw misfit(source, "a source to follow", "an object with current and subscribe");
  if (lifecycle.closed)
    throw new PluginError("closed", `could not follow a source for ${lifecycle.name}: it was closed`);
  let quarantine: Quarantine | undefined;
  /** Before the part is there nothing was swapped, and nothing refused. */
  const quarantined = (): Quarantine | undefined => {
    const { there } = UNDERTAKINGS;
    quarantine ??= there && new there.Quarantine(backoff);
    return quarantine;
  };
  const hear = (record: Transition) => quarantined()?.hear(record);
  const stop = lifecycle.events.on("transition", hear);
  let latest: Source | undefined;
  let working = false;
  let ended = false;

  /** Another swap that is under way ends first; then the newest change by then is tried. */
  const tried = async ({ swap }: Undertakings): Promise<Transition | undefined> => {
    try {
      return await new Promise<Transition | undefined>((resolve) => {
        lifecycle.status.whenIdle(() => {
          const next = latest;
          latest = undefined;
          const approve = swapping.approve ?? source.approve;
          const asked = { ...swapping, ...(approve && { approve }), supersede: true };
          resolve(
            next !== undefined && !ended ? swap(lifecycle, contract, next, asked, quarantined()) : undefined,
          );
        });
      });
    } catch (error) {
      const { code, record } = error instanceof PluginError ? error : {};
      // Options that no swap takes leave no record.
      if (record || code === "closed") return record;
      throw error;
    }
  };
  /** No caller waits for a refusal: one that nobody hears of would look as if nothing was followed. */
  const tell = (record: Transition) => {
    const { onError } = lifecycle.surroundings;
    if (source.onRecord) telling(() => source.onRecord?.(record), onError);
    else if (record.cause && !lifecycle.events.heard("transition", hear)) onError(record.cause);
  };
  const work = async (): Promise<void> => {
    working = true;
    while (latest !== undefined && !ended) {
      try {
        const part = UNDERTAKINGS.there ?? (await UNDERTAKINGS.load(`could not swap ${lifecycle.name}`));
        const record = await tried(part);
        if (record) tell(record);
      } catch (error) {
        // The next change is tried again.
        if (!UNDERTAKINGS.there) latest = undefined;
        lifecycle.surroundings.onError(error);
      }
    }
    working = false;
  };

  const onChange = (next: Source) => {
    if (ended) return;
    latest = next;
    if (!working) void work();
  };
  const onFailure = (cause: unknown) => {
    if (ended) return;
    const what = `could not follow the source of ${lifecycle.name}: ${reason(cause)}`;
    lifecycle.surroundings.onError(new PluginError("unavailable", `${what}; ${lifecycle.now()}`, { cause }));
  };
  let unsubscribe: () => void;
  try {
    unsubscribe = source.subscribe(onChange, onFailure);
  } catch (error) {
    ended = true;
    stop();
    throw unfollowed("subscribe")(error);
  }
  const close = () => {
    if (ended) return;
    ended = true;
    stop();
    // What the embedder gave ends nothing else, whatever becomes of it.
    telling(() => unsubscribe(), lifecycle.surroundings.onError);
    lifecycle.closing.removeEventListener("abort", close);
  };
  lifecycle.closing.addEventListener("abort", close, { once: true });
  // It is needed with the first change; where it cannot be had, that says so.
  UNDERTAKINGS.load("could not follow").catch(() => {});
  return { close, [Symbol.dispose]: close };
}
