/** Revival: a generation that is gone is followed by a fresh instance of the same module. Calls wait at the gate meanwhile. */

import { run } from "../awaitable.ts";
import type { Keep } from "../durable/keep.ts";
import { detail, PluginError, reason } from "../errors.ts";
import type { Standing } from "../swap/lifecycle.ts";
import { Recorder } from "../swap/record.ts";
import type { JournalBounds } from "./journal.ts";
import { rebuild } from "./rebuild.ts";

export interface RestartOptions {
  /** Restarts within `seconds` before it fails closed. @default 5 */
  readonly limit?: number;
  /** @default 60 */
  readonly seconds?: number;
  /** Milliseconds before the second restart within `seconds`; the first is at once, and each further one waits twice as long. @default 100 */
  readonly delay?: number;
  /** Milliseconds that it waits at most. @default 30_000 */
  readonly longest?: number;
  /** Without a store: what is kept in memory between two checkpoints. @default 10_000 calls, 64 MiB */
  readonly journal?: JournalBounds;
}

/**
 * What happens when a version traps that is not on probation: calls fail with `[trapped]` from then on, or a fresh
 * instance takes over the state and every acknowledged call. The call that trapped is answered `[trapped]` either way.
 */
export type AfterTrap = "fail-closed" | "restart" | { readonly restart: RestartOptions };

/** How it restarts, if it does. */
export function restartOf(afterTrap: AfterTrap): RestartOptions | undefined {
  if (afterTrap === "fail-closed") return undefined;
  return afterTrap === "restart" ? {} : afterTrap.restart;
}

export class Revival {
  /** When the one that is under way has ended. */
  done: Promise<void> = Promise.resolve();
  readonly #standing: Standing;
  readonly #keep: Keep;
  readonly #options: Required<Omit<RestartOptions, "journal">> | undefined;
  /** When it restarted, within the time that counts. */
  #times: number[] = [];
  #running = false;

  constructor(standing: Standing, keep: Keep, options: RestartOptions | undefined) {
    this.#standing = standing;
    this.#keep = keep;
    this.#options = options && { limit: 5, seconds: 60, delay: 100, longest: 30_000, ...options };
  }

  /** What serves trapped. @returns whether it will be followed by a fresh instance, if that is possible */
  after(trap: PluginError): boolean {
    if (!this.#options) return false;
    this.#start(trap, () => this.#due());
    return true;
  }

  /** What serves did something that cannot be logged: a fresh one has not. */
  undo(error: PluginError): void {
    let tries = 0;
    this.#start(error, () => (tries++ === 0 ? 0 : undefined));
  }

  #start(cause: PluginError, due: () => number | undefined): void {
    if (this.#running) return;
    this.#running = true;
    const { gate } = this.#standing;
    gate.hold(true);
    this.done = this.#revive(cause, due).finally(() => {
      this.#running = false;
      gate.hold(false);
    });
  }

  async #revive(cause: PluginError, due: () => number | undefined): Promise<void> {
    const standing = this.#standing;
    const gone = standing.current;
    const closed = standing.closed.signal;
    await standing.idle();
    standing.work();
    const recorder = new Recorder();
    let last: unknown = cause;
    // A swap that did without the state may have come first.
    while (standing.current === gone && !closed.aborted) {
      const wait = due();
      if (wait === undefined) {
        this.#giveUp(recorder, cause, last);
        break;
      }
      await pause(wait, closed);
      if (closed.aborted) break;
      try {
        await this.#replace(recorder, cause);
      } catch (error) {
        last = error;
        standing.lineage.onError(error);
      }
    }
    standing.rest();
  }

  async #replace(recorder: Recorder, cause: PluginError): Promise<void> {
    const standing = this.#standing;
    const { module } = standing.current;
    const gone = standing.current;
    recorder.enter("restore");
    const recalled = await this.#keep.recall();
    const number = ++standing.generations;
    const made = await run(rebuild(standing, { module, keep: this.#keep, number, recalled }));
    const { generation, replayed } = made;
    if (standing.closed.signal.aborted) return generation.discard();
    recorder.enter("cutover");
    recorder.stateBytes = recalled.state?.datum.length ?? 0;
    recorder.replayed = replayed;
    recorder.waited = standing.gate.waiting;
    standing.cutOver(generation);
    standing.attend();
    generation.serve();
    standing.retire(gone);
    const [from, to] = [gone.record(), generation.record()];
    standing.tell(recorder, { outcome: "restarted", from, to, cause: causeOf(cause) });
  }

  #giveUp(recorder: Recorder, cause: PluginError, last: unknown): void {
    const standing = this.#standing;
    const from = standing.current.record();
    const { limit = 1, seconds = 60 } = this.#options ?? {};
    const why =
      last !== cause
        ? `no fresh instance could be made: ${reason(last)}`
        : `it was restarted ${limit} times within ${seconds} s, and ended again: ${detail(cause)}`;
    const text = `could not call ${standing.name}: ${why}; it is not restarted any more`;
    const error = new PluginError("crash-loop", text, { cause: last });
    standing.gate.refuse(error);
    standing.tell(recorder, { outcome: "not-restarted", from, to: undefined, cause: causeOf(error) });
  }

  /** Milliseconds to wait; `undefined` when that was often enough. */
  #due(): number | undefined {
    const { limit, seconds, delay, longest } = this.#options!;
    const now = performance.now();
    this.#times = this.#times.filter((at) => now - at < seconds * 1000);
    const before = this.#times.length;
    if (before >= limit) return undefined;
    this.#times.push(now);
    return before === 0 ? 0 : Math.min(delay * 2 ** (before - 1), longest);
  }
}

function causeOf(error: PluginError) {
  return { code: error.code, message: detail(error) };
}

/** Waits, or until the signal fires. */
function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  if (milliseconds === 0) return Promise.resolve();
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    signal.addEventListener("abort", end);
  });
}
