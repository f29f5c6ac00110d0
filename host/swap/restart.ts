/** Restarts: a fresh instance with the kept state and calls replaces a generation that trapped. */
import { run } from "../awaitable.ts";
import type { Keep } from "../durable/keep.ts";
import { rebuild } from "../durable/rebuild.ts";
import { detail, PluginError, reason } from "../errors.ts";
import { after, now } from "../timer.ts";
import type { RestartOptions } from "./after-trap-option.ts";
import { type Lifecycle, type Restarting, versionOfGeneration } from "./lifecycle.ts";
import type { Work } from "./status.ts";
import { TransitionRecorder } from "./transition-recorder.ts";

/** Milliseconds until the next attempt; `undefined` when no attempt is left. */
type Due = () => number | undefined;

export class Restarter implements Restarting {
  /** Resolves when the restart that is under way has ended. */
  done: Promise<void> = Promise.resolve();
  readonly #lifecycle: Lifecycle;
  readonly #keep: Keep;
  readonly #options: Required<Omit<RestartOptions, "journal">> | undefined;
  /** The times of the restarts within `window`. */
  #times: number[] = [];
  #running = false;

  constructor(lifecycle: Lifecycle, keep: Keep, options: RestartOptions | undefined) {
    this.#lifecycle = lifecycle;
    this.#keep = keep;
    this.#options = options && { limit: 5, window: 60_000, delay: 100, longest: 30_000, ...options };
  }

  /** The serving generation trapped. @returns whether a fresh instance will replace it, if possible */
  after(trap: PluginError): boolean {
    if (!this.#options) return false;
    this.#start(trap, () => this.#due());
    return true;
  }

  /** A call could not be logged: a fresh instance, without that call, replaces the serving generation. */
  undo(error: PluginError): void {
    // A swap or a close may come first, and must not take over a state that has the undone call in it.
    this.#lifecycle.current.abandon(error);
    let tries = 0;
    this.#start(error, () => (tries++ === 0 ? 0 : undefined));
  }

  #start(cause: PluginError, due: Due): void {
    if (this.#running) return;
    this.#running = true;
    this.#lifecycle.paused.hold(true);
    this.done = this.#restart(cause, due).finally(() => {
      this.#running = false;
      this.#lifecycle.paused.hold(false);
    });
  }

  async #restart(cause: PluginError, due: Due): Promise<void> {
    const { current: gone, surroundings, closing } = this.#lifecycle;
    const work = await this.#begun();
    const recorder = new TransitionRecorder();
    let last: unknown = cause;
    // A swap without the state may have replaced the generation meanwhile.
    while (this.#lifecycle.current === gone && !this.#lifecycle.closed) {
      const wait = due();
      if (wait === undefined) {
        this.#giveUp(recorder, cause, last);
        break;
      }
      await pause(wait, closing);
      if (this.#lifecycle.closed) break;
      try {
        await this.#replace(recorder, cause);
      } catch (error) {
        last = error;
        surroundings.onError(error);
      }
    }
    work?.end();
  }

  /** Begins as soon as nothing else is under way: a version that trapped must not serve in between. */
  #begun(): Promise<Work | undefined> {
    const { status } = this.#lifecycle;
    return new Promise((resolve) => {
      status.whenIdle(() => resolve(status.may("restart") ? status.begin("restart") : undefined));
    });
  }

  async #replace(recorder: TransitionRecorder, cause: PluginError): Promise<void> {
    const lifecycle = this.#lifecycle;
    const { current: gone, contracts, gate } = lifecycle;
    recorder.pause();
    recorder.enter("restore");
    const recalled = await this.#keep.recall();
    const number = lifecycle.number();
    const keep = this.#keep;
    const made = await run(rebuild({ build: gone.build, contracts, number, keep, recalled }));
    const { generation, replayed } = made;
    if (lifecycle.closed) return generation.discard();
    recorder.enter("cutover");
    recorder.stateBytes = recalled.state?.datum.length ?? 0;
    recorder.replayed = replayed;
    recorder.waited = gate.waiting;
    lifecycle.cutOver(generation);
    lifecycle.observe();
    generation.serve();
    lifecycle.retire(gone);
    lifecycle.record(recorder, {
      outcome: "restarted",
      from: versionOfGeneration(gone),
      to: versionOfGeneration(generation),
      cause: causeOf(cause),
    });
  }

  #giveUp(recorder: TransitionRecorder, cause: PluginError, last: unknown): void {
    const { name, current, gate } = this.#lifecycle;
    const { limit = 1, window = 60_000 } = this.#options ?? {};
    const why =
      last !== cause
        ? `no fresh instance could be made: ${reason(last)}`
        : `it was restarted ${limit} times within ${window / 1000} s, and ended again: ${detail(cause)}`;
    const text = `could not call ${name}: ${why}; it is not restarted any more`;
    const error = new PluginError("crash-loop", text, { cause: last });
    gate.refuse(error);
    const from = versionOfGeneration(current);
    this.#lifecycle.record(recorder, {
      outcome: "not-restarted",
      from,
      to: undefined,
      cause: causeOf(error),
    });
  }

  #due(): number | undefined {
    const { limit, window, delay, longest } = this.#options!;
    const at = now();
    this.#times = this.#times.filter((each) => at - each < window);
    const before = this.#times.length;
    if (before >= limit) return undefined;
    this.#times.push(at);
    return before === 0 ? 0 : Math.min(delay * 2 ** (before - 1), longest);
  }
}

function causeOf(error: PluginError) {
  return { code: error.code, message: detail(error) };
}

/** Waits for a time, or until the signal fires. */
function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  if (milliseconds === 0) return Promise.resolve();
  return new Promise((resolve) => {
    const end = () => {
      endTimer();
      signal.removeEventListener("abort", end);
      resolve();
    };
    const endTimer = after(milliseconds, end, { name: "restart.longest" });
    signal.addEventListener("abort", end);
  });
}
