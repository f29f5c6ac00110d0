/** The queue of a gate: calls that wait for their turn, in order, each no longer than its caller allows. */
import { describe } from "../../abi/canonical/memory.ts";
import { PluginError } from "../errors.ts";
import { checkFunction, checkSignal } from "../option.ts";
import { after, checkTime } from "../timer.ts";

/** How long a caller waits for its turn. */
export interface WaitOptions {
  /** Milliseconds; `Infinity` for as long as it takes. @default as long as it takes */
  readonly timeout?: number | undefined;
  /** Gives the call up while it waits. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Makes a call that waited a part of what called it, as `AsyncResource.bind` of Node does for `AsyncLocalStorage`.
   * @default a call that waited is a part of what let it in
   */
  readonly bind?: Carried | undefined;
}

/** Makes work, whenever it is done, a part of what runs now. */
export type Carried = <T>(work: () => T) => () => T;

/** Wait options that may be extended when the time is up. */
export interface Renewable extends WaitOptions {
  /** The error when the time is up, or nothing to wait for the same time again. @default `deadline` */
  readonly late?: (() => PluginError | undefined) | undefined;
  /** Approximate bytes of the arguments; asked only of a call that has to wait. @default 0 */
  readonly bytes?: () => number;
}

/**
 * Checks wait options: callers without a type checker may pass anything.
 *
 * @throws PluginError `argument`
 */
export function checkPatience(patience: WaitOptions): void {
  if (typeof patience !== "object" || patience === null) {
    const found = describe(patience);
    throw new PluginError(
      "argument",
      `could not use the wait options: found ${found}, wanted { timeout, signal, bind }`,
    );
  }
  if (patience.timeout !== undefined) checkTime(patience.timeout, "timeout");
  checkSignal(patience.signal);
  checkFunction(patience.bind, "bind");
}

/** A call that waits for its turn. */
export interface Waiting {
  readonly name: string;
  /** Makes the call: its turn has come. */
  readonly start: () => void;
  /** Fails the call, which is then not made. */
  readonly fail: (error: PluginError) => void;
}

export interface QueueOptions {
  /** For messages: `log-handler`. */
  readonly plugin: string;
  /** The number of calls that may wait. */
  readonly most: number;
  /** Approximate bytes of arguments that waiting calls may hold. @default 67_108_864 (64 MiB) */
  readonly mostBytes?: number | undefined;
  /** Called whenever a call joined or left the queue. */
  readonly onChange: () => void;
}

/** Bytes of arguments that may wait where no other number is given. */
const MOST_BYTES = 2 ** 26;

export class Queue {
  #waiting: Waiting[] = [];
  /** Of the arguments of the calls that wait. */
  #bytes = 0;
  readonly #options: QueueOptions;

  constructor(options: QueueOptions) {
    this.#options = options;
  }

  get length(): number {
    return this.#waiting.length;
  }

  /** Adds a call, if there is room; otherwise the call fails at once with `queue-full`. */
  add({ name, start, fail }: Waiting, { timeout, signal, late, bytes }: Renewable): void {
    const held = bytes?.() ?? 0;
    const full = this.#full(name, held);
    if (full) {
      fail(full);
      return;
    }
    this.#bytes += held;
    let end = () => {};
    const settle = () => {
      this.#bytes -= held;
      end();
      signal?.removeEventListener("abort", onAbort);
    };
    const waiting: Waiting = {
      name,
      start: () => {
        settle();
        start();
      },
      fail: (error) => {
        settle();
        fail(error);
      },
    };
    const giveUp = (error: PluginError) => {
      this.#waiting = this.#waiting.filter((each) => each !== waiting);
      this.#options.onChange();
      waiting.fail(error);
    };
    const onAbort = () => giveUp(this.givenUp(name));
    const arm = (milliseconds: number): void => {
      end = after(milliseconds, () => up(milliseconds), { name: "timeout" });
    };
    const up = (milliseconds: number): void => {
      const error = late ? late() : this.#tooLong(name, milliseconds);
      if (error) giveUp(error);
      else arm(milliseconds);
    };
    if (timeout !== undefined) arm(timeout);
    signal?.addEventListener("abort", onAbort);
    this.#waiting.push(waiting);
    this.#options.onChange();
  }

  /** Takes the next call out. */
  next(): Waiting | undefined {
    const next = this.#waiting.shift();
    this.#options.onChange();
    return next;
  }

  /** Fails the calls that wait now, and only those. */
  failAll(error: PluginError): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#options.onChange();
    for (const each of waiting) each.fail(error);
  }

  /** The error of a call that its caller gave up before its turn came. */
  givenUp(name: string): PluginError {
    const { plugin } = this.#options;
    return new PluginError(
      "aborted",
      `could not call ${plugin}.${name}: the caller gave up; it was not called`,
    );
  }

  #tooLong(name: string, timeout: number): PluginError {
    const { plugin } = this.#options;
    const why = `its turn did not come within ${timeout} ms; it was not called`;
    return new PluginError("deadline", `could not call ${plugin}.${name}: ${why}`);
  }

  /** @param held approximate bytes of the arguments of a call that would wait */
  #full(name: string, held: number): PluginError | undefined {
    const { plugin, most, mostBytes = MOST_BYTES } = this.#options;
    const count = this.#waiting.length;
    const bytes = this.#bytes + held;
    if (count < most && bytes <= mostBytes) return undefined;
    const why =
      count >= most
        ? `${count} calls wait already; at most ${most} may wait (queue)`
        : `it would have to wait, with ${count} others, and their arguments are ${bytes} bytes; at most ${mostBytes} may wait (maxWaitingBytes)`;
    return new PluginError("queue-full", `could not call ${plugin}.${name}: ${why}; it was not called`);
  }
}
