/**
 * The gate of a plugin: the door where calls wait, in order. While it is closed, a swap finds no call inside.
 */

import { type Awaitable, isPromise } from "../awaitable.ts";
import { PluginError } from "../errors.ts";
import { after } from "../timer.ts";
import { Pause } from "./pause.ts";
import { Queue, type Renewable } from "./queue.ts";

export interface GateOptions {
  /** For messages: `log-handler`. */
  readonly plugin: string;
  /** Calls that may be inside at a time; a WebAssembly instance takes one. */
  readonly concurrency: number;
  /** Calls that may wait. */
  readonly queue: number;
  /** Approximate bytes of their arguments. @default 67_108_864 (64 MiB) */
  readonly queueBytes?: number | undefined;
}

/** A call that is inside. */
interface Inside {
  readonly name: string;
  /** Answers the call before it has ended. */
  readonly fail: (error: PluginError) => void;
}

/**
 * One first-in-first-out queue: no call overtakes another. When the gate is open and no call waits or is
 * inside, a call goes through in its caller's own stack.
 */
export class Gate {
  /** The number of calls inside, suspended ones included. */
  depth = 0;
  /** The number of calls that came out again, with an answer or an error. */
  passed = 0;
  /**
   * More than 0 when `depth` alone does not decide whether a call may go in: the gate is closed, calls wait,
   * or the gate has ended.
   */
  blocked = 0;
  /** How many keep its calls waiting. */
  #held = 0;
  #ended: PluginError | undefined;
  #refused: PluginError | undefined;
  /** In order: the first one waits for quiet or works, and the gate is closed while there is one. */
  readonly #pauses: Pick<Pause, "begin" | "fail" | "working">[] = [];
  #waking = false;
  #empty: (() => void) | undefined;
  readonly #queue: Queue;
  /** The calls inside that had to wait for their turn. */
  readonly #inside: Inside[] = [];
  readonly #options: GateOptions;

  constructor(options: GateOptions) {
    const { plugin, queue: most, queueBytes: mostBytes } = options;
    this.#options = options;
    this.#queue = new Queue({ plugin, most, mostBytes, onChange: () => this.#look() });
  }

  /** Whether a call may go in now, in its caller's stack. */
  get free(): boolean {
    return this.depth === 0 && this.blocked === 0;
  }

  /** The number of calls that may wait, and the bytes of their arguments. */
  get limits(): Pick<GateOptions, "queue" | "queueBytes"> {
    const { queue, queueBytes } = this.#options;
    return { queue, queueBytes };
  }

  get waiting(): number {
    return this.#queue.length;
  }

  /**
   * Lets a call in when its turn comes, and holds its place until it has its answer.
   *
   * @param patience bounds the wait; a call that is inside is not given up
   * @throws PluginError `queue-full`, `deadline`, `aborted`, or the error in `refused`; the call was then not
   * made
   */
  pass<T>(name: string, enter: () => Awaitable<T>, patience: Renewable = {}): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const start = () => {
        const caller: Inside = { name, fail: reject };
        this.depth++;
        this.#inside.push(caller);
        const leave = () => {
          this.#inside.splice(this.#inside.indexOf(caller), 1);
          this.leave();
        };
        let answer: Awaitable<T>;
        try {
          answer = enter();
        } catch (error) {
          reject(error);
          leave();
          return;
        }
        if (!isPromise(answer)) {
          resolve(answer);
          leave();
          return;
        }
        answer.then(
          (value) => {
            resolve(value);
            leave();
          },
          (error) => {
            reject(error);
            leave();
          },
        );
      };
      if (this.refused) reject(this.refused);
      else if (patience.signal?.aborted) reject(this.#queue.givenUp(name));
      else if (this.blocked === 0 && this.depth < this.#options.concurrency) start();
      else this.#queue.add({ name, start, fail: reject }, patience);
    });
  }

  /** Ends a call that went in by itself (`depth++`). */
  leave(): void {
    this.depth--;
    this.passed++;
    if (this.blocked !== 0) this.#wake();
  }

  /**
   * Closes the gate, waits until no call is inside, runs `work`, and opens the gate again, even if `work`
   * throws. Pauses are exclusive: a second one waits until the first is over. With no call inside and no
   * other pause, all of this happens in the caller's stack, unless `work` itself waits.
   *
   * @param drain milliseconds to wait for the calls inside; the error then names what it waited for
   * @throws PluginError `deadline`, `aborted`; `closed` when the plugin is closed meanwhile; what `work`
   * throws
   */
  quiet<T>(work: () => Awaitable<T>, drain: number, signal?: AbortSignal): Promise<T> {
    if (this.#ended) return Promise.reject(this.#ended);
    const pause: Pause<T> = new Pause({
      work,
      drain,
      signal,
      late: () => this.#late(drain, pause === this.#pauses[0]),
      onEnd: () => {
        this.#pauses.splice(this.#pauses.indexOf(pause), 1);
        this.#look();
        this.#wake();
      },
    });
    this.#pauses.push(pause);
    this.#look();
    if (signal?.aborted || this.depth > 0 || this.#pauses[0] !== pause) pause.wait();
    else pause.begin();
    return pause.promise;
  }

  /** Keeps all calls waiting, in order, until it is called with `false` as often. Pauses go on all the same. */
  hold(held: boolean): void {
    this.#held += held ? 1 : -1;
    this.#look();
    if (!held) this.#wake();
  }

  /**
   * Ends the gate: calls that wait, and later calls, fail with `error`. Calls inside may end.
   *
   * @param drain milliseconds after which the calls inside fail with `error` too
   * @returns whether all calls came out, and no pause is at work
   */
  async end(error: PluginError, drain: number): Promise<boolean> {
    this.#ended = error;
    this.#look();
    for (const pause of [...this.#pauses]) pause.fail(error);
    this.#queue.failAll(error);
    if (this.#still) return true;
    let endTimer = () => {};
    const out = new Promise<boolean>((resolve) => {
      this.#empty = () => resolve(true);
      endTimer = after(drain, () => resolve(false), { name: "drain" });
    });
    const all = await out;
    endTimer();
    for (const each of this.#inside) each.fail(error);
    return all;
  }

  /** No call is inside, and no pause is at work. */
  get #still(): boolean {
    return this.depth === 0 && !this.#pauses[0]?.working;
  }

  /** Why every call is refused now: the gate has ended, or no generation serves and no swap is under way. */
  get refused(): PluginError | undefined {
    return this.#ended ?? (this.#pauses.length > 0 || this.#held > 0 ? undefined : this.#refused);
  }

  /**
   * Refuses every call with `error`, since no generation serves; accepts calls again with `undefined`. While
   * a swap is under way, calls wait all the same.
   */
  refuse(error: PluginError | undefined): void {
    this.#refused = error;
    this.#look();
    if (this.refused) this.#queue.failAll(this.refused);
  }

  #look(): void {
    this.blocked =
      this.#queue.length + this.#pauses.length + this.#held + (this.#ended || this.#refused ? 1 : 0);
  }

  /** Lets in the next pause or call. Synchronous calls return here through `leave`, so this must not nest. */
  #wake(): void {
    if (this.#waking) return;
    this.#waking = true;
    if (this.refused) this.#queue.failAll(this.refused);
    while (this.#pauses.length === 0 && this.#held === 0 && this.depth < this.#options.concurrency) {
      const next = this.#queue.next();
      if (next === undefined) break;
      next.start();
    }
    this.#waking = false;
    if (this.#still) this.#empty?.();
    const next = this.#pauses[0];
    if (next && this.#still) next.begin();
  }

  #late(drain: number, first: boolean): PluginError {
    if (!first) return new PluginError("deadline", `another pause was not over within ${drain} ms`);
    const names = this.#inside.map(({ name }) => name);
    const inside = names.length > 0 ? names.join(", ") : `${this.depth} calls`;
    return new PluginError("deadline", `calls did not end within ${drain} ms: ${inside}`);
  }
}
