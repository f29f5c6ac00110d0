/** The queue of a gate: callers who wait for their turn, in order, each as long as it likes. */
import { PluginError } from "../errors.ts";

/** How long a caller waits for its turn. */
export interface Patience {
  /** Milliseconds. @default as long as it takes */
  readonly timeout?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface Waiting {
  readonly name: string;
  /** Its turn has come. */
  readonly start: () => void;
  /** It is told why it was not called. */
  readonly fail: (error: PluginError) => void;
}

export interface QueueOptions {
  /** For messages: `log-handler`. */
  readonly plugin: string;
  /** Callers that may wait. */
  readonly most: number;
  /** Told whenever somebody came or went. */
  readonly onChange: () => void;
}

export class Queue {
  #waiting: Waiting[] = [];
  readonly #options: QueueOptions;

  constructor(options: QueueOptions) {
    this.#options = options;
  }

  get length(): number {
    return this.#waiting.length;
  }

  /** Lets somebody wait, if there is room: else it fails at once with `queue-full`. */
  add({ name, start, fail }: Waiting, { timeout, signal }: Patience): void {
    if (this.#waiting.length >= this.#options.most) {
      fail(this.#full(name));
      return;
    }
    let timer: ReturnType<typeof setTimeout> | undefined;
    const settle = () => {
      clearTimeout(timer);
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
    if (timeout !== undefined) timer = setTimeout(() => giveUp(this.#tooLong(name, timeout)), timeout);
    signal?.addEventListener("abort", onAbort);
    this.#waiting.push(waiting);
    this.#options.onChange();
  }

  /** Takes out whose turn it is. */
  next(): Waiting | undefined {
    const next = this.#waiting.shift();
    this.#options.onChange();
    return next;
  }

  /** Tells whoever waits now, and only them. */
  failAll(error: PluginError): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#options.onChange();
    for (const each of waiting) each.fail(error);
  }

  /** What a caller is told whose signal fired before its turn came. */
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

  #full(name: string): PluginError {
    const { plugin, most } = this.#options;
    return new PluginError(
      "queue-full",
      `could not call ${plugin}.${name}: ${most} calls wait already; it was not called`,
    );
  }
}
