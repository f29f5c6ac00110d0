/** A pause of the gate: work that is done while no call is inside. */
import { type Awaitable, isPromise } from "../awaitable.ts";
import { PluginError } from "../errors.ts";
import { after } from "../timer.ts";

export interface PauseOptions<T> {
  readonly work: () => Awaitable<T>;
  /** Milliseconds to wait for the calls inside; `Infinity` for any time. */
  readonly drain: number;
  readonly signal: AbortSignal | undefined;
  /** The error of a pause that waited too long: it names what it waited for. */
  readonly late: () => PluginError;
  /** Called once, when the pause is over. */
  readonly onEnd: () => void;
}

/** Waits, works, and ends. Its promise is settled in the stack in which the pause ends. */
export class Pause<T = unknown> {
  readonly promise: Promise<T>;
  /** Whether the work has begun. */
  working = false;
  #over = false;
  #endTimer = () => {};
  #resolve!: (value: T) => void;
  #reject!: (error: unknown) => void;
  readonly #options: PauseOptions<T>;
  readonly #onAbort = () =>
    this.fail(new PluginError("aborted", "the caller gave up while calls were draining"));

  constructor(options: PauseOptions<T>) {
    this.#options = options;
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  /** Waits: gives up when its time is over, or its signal fires. */
  wait(): void {
    const { drain, signal, late } = this.#options;
    if (signal?.aborted) {
      this.#onAbort();
      return;
    }
    this.#endTimer = after(drain, () => this.fail(late()), { name: "drain" });
    signal?.addEventListener("abort", this.#onAbort, { once: true });
  }

  /** Begins the work: no call is inside. */
  begin(): void {
    this.#settle();
    this.working = true;
    let result: Awaitable<T>;
    try {
      result = this.#options.work();
    } catch (error) {
      this.#end(() => this.#reject(error));
      return;
    }
    const done = (value: T) => this.#end(() => this.#resolve(value));
    if (isPromise(result)) result.then(done, (error) => this.#end(() => this.#reject(error)));
    else done(result);
  }

  /** Gives the pause up, unless its work has begun. */
  fail(error: PluginError): void {
    if (!this.working && !this.#over) this.#end(() => this.#reject(error));
  }

  #end(tell: () => void): void {
    this.#over = true;
    this.#settle();
    tell();
    this.#options.onEnd();
  }

  #settle(): void {
    this.#endTimer();
    this.#options.signal?.removeEventListener("abort", this.#onAbort);
  }
}
