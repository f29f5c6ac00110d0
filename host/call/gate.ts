/** The gate of a plugin: the door where calls wait, in order, and behind which a swap finds nobody. */

import { isPromise, type Maybe } from "../awaitable.ts";
import { PluginError } from "../errors.ts";
import { type Patience, Queue } from "./queue.ts";

interface Pause {
  readonly begin: () => void;
  readonly fail: (error: PluginError) => void;
}

export interface GateOptions {
  /** For messages: `log-handler`. */
  readonly plugin: string;
  /** Calls that may be inside at a time; a WebAssembly instance takes one. */
  readonly concurrency: number;
  /** Calls that may wait. */
  readonly queue: number;
}

/**
 * One first-in-first-out queue; nobody overtakes. With the gate open and nobody waiting or inside,
 * a call goes through in its caller's own stack.
 */
export class Gate {
  /** Calls inside, suspended ones too. */
  depth = 0;
  /** Calls that came out again, whatever they answered. */
  passed = 0;
  /** Not 0 when a call has to look closer than at `depth`: the gate is closed, or others wait, or it ended. */
  blocked = 0;
  #closed = false;
  #held = false;
  #ended: PluginError | undefined;
  #refused: PluginError | undefined;
  #pause: Pause | undefined;
  /** Somebody does what needs nobody inside. */
  #working = false;
  #waking = false;
  #empty: (() => void) | undefined;
  readonly #queue: Queue;
  /** Who is inside, of those that waited for their turn. */
  readonly #inside: { readonly name: string }[] = [];
  readonly #options: GateOptions;

  constructor(options: GateOptions) {
    const { plugin, queue: most } = options;
    this.#options = options;
    this.#queue = new Queue({ plugin, most, onChange: () => this.#look() });
  }

  /** Whether a call may go in now, in its caller's stack. */
  get free(): boolean {
    return this.depth === 0 && this.blocked === 0;
  }

  get waiting(): number {
    return this.#queue.length;
  }

  /**
   * Lets a call through when its turn comes, and holds its place until its answer is there.
   *
   * @param patience bounds the waiting; a call that is inside is not given up
   * @throws PluginError `queue-full`, `deadline`, `aborted`, and what `refused` says: it was not called then
   */
  pass<T>(name: string, enter: () => Maybe<T>, patience: Patience = {}): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const start = () => {
        const caller = { name };
        this.depth++;
        this.#inside.push(caller);
        const leave = () => {
          this.#inside.splice(this.#inside.indexOf(caller), 1);
          this.leave();
        };
        let answer: Maybe<T>;
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

  /** Says that a call which went in by itself (`depth++`) is out. */
  leave(): void {
    this.depth--;
    this.passed++;
    if (this.blocked !== 0) this.#wake();
  }

  /**
   * Closes the gate, waits until nobody is inside, runs `work`, and opens it again, whatever `work` did.
   * With nobody inside, all of it happens in the caller's stack, unless `work` itself waits.
   *
   * @param drain milliseconds until it gives up, opens again and names who is inside
   * @throws PluginError `deadline`, `aborted`; `closed` when the plugin is closed meanwhile; what `work` throws
   */
  quiet<T>(work: () => Maybe<T>, drain: number, signal?: AbortSignal): Promise<T> {
    if (this.#ended) return Promise.reject(this.#ended);
    this.#closed = true;
    this.#look();
    return new Promise<T>((resolve, reject) => {
      const open = () => {
        this.#closed = false;
        this.#working = false;
        this.#look();
        this.#wake();
      };
      const settle = () => {
        this.#pause = undefined;
        clearTimeout(timer);
        signal?.removeEventListener("abort", onAbort);
      };
      const fail = (error: unknown) => {
        settle();
        reject(error);
        open();
      };
      const begin = () => {
        settle();
        this.#working = true;
        let result: Maybe<T>;
        try {
          result = work();
        } catch (error) {
          return fail(error);
        }
        const end = (value: T) => {
          resolve(value);
          open();
        };
        if (isPromise(result)) result.then(end, fail);
        else end(result);
      };
      const onAbort = () => fail(new PluginError("aborted", "the caller gave up while calls were draining"));
      const timer = setTimeout(() => fail(this.#late(drain)), drain);
      this.#pause = { begin, fail };
      if (signal?.aborted) onAbort();
      else if (this.depth === 0) begin();
      else signal?.addEventListener("abort", onAbort, { once: true });
    });
  }

  /** Lets nobody in: they wait, in order, until it is let go. A pause goes on all the same. */
  hold(held: boolean): void {
    this.#held = held;
    this.#look();
    if (!held) this.#wake();
  }

  /** Ends the gate: whoever waits and whoever comes is told so. @returns when nobody is inside any more */
  end(error: PluginError): Promise<void> {
    this.#ended = error;
    this.#look();
    this.#pause?.fail(error);
    this.#queue.failAll(error);
    if (this.depth === 0 && !this.#working) return Promise.resolve();
    return new Promise((resolve) => {
      this.#empty = resolve;
    });
  }

  /** Why every call is refused now: the gate ended, or nobody is there to serve and no swap is under way. */
  get refused(): PluginError | undefined {
    return this.#ended ?? (this.#closed || this.#held ? undefined : this.#refused);
  }

  /** From now on nobody is there to serve (or, with `undefined`, somebody is). A swap lets calls wait all the same. */
  refuse(error: PluginError | undefined): void {
    this.#refused = error;
    this.#look();
    if (this.refused) this.#queue.failAll(this.refused);
  }

  #look(): void {
    this.blocked =
      this.#queue.length + (this.#closed || this.#held ? 1 : 0) + (this.#ended || this.#refused ? 1 : 0);
  }

  /** Lets in whose turn it is. Calls that answer at once come back here through `leave`, so it does not nest. */
  #wake(): void {
    if (this.#waking) return;
    this.#waking = true;
    if (this.refused) this.#queue.failAll(this.refused);
    while (!this.#closed && !this.#held && this.depth < this.#options.concurrency) {
      const next = this.#queue.next();
      if (next === undefined) break;
      next.start();
    }
    this.#waking = false;
    if (this.depth === 0 && !this.#working) this.#empty?.();
    if (this.#closed && this.depth === 0) this.#pause?.begin();
  }

  #late(drain: number): PluginError {
    const names = this.#inside.map(({ name }) => name);
    const inside = names.length > 0 ? names.join(", ") : `${this.depth} calls`;
    return new PluginError("deadline", `calls did not end within ${drain} ms: ${inside}`);
  }
}
