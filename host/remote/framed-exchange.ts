/** Requests and their answers over a channel: many at a time, in any order. */
import { printable } from "../../abi/printable.ts";
import type { Channel } from "./channel.ts";
import { type Asked, type Exchange, Lost, type Told } from "./exchanged.ts";
import { type Frame, frameOf, Misframed, writeFrame } from "./frame.ts";
import type { SignalLike } from "./request-signal.ts";
import { readTrace } from "./trace.ts";

interface Waiting {
  readonly most: number;
  done(told: Told): void;
  failed(error: unknown): void;
}

/**
 * @param open makes a channel, where there is none, or the one before has ended
 * @param token said first in each
 */
export function framedExchange(open: () => Promise<Channel>, token: string | undefined): Exchange {
  let opening: Promise<Open> | undefined;
  let closed = false;
  const opened = async () => {
    const channel = await open();
    const own = new Open(channel, () => {
      opening = undefined;
    });
    if (token !== undefined) channel.send(writeFrame({ kind: "hello", token }));
    if (closed) channel.close();
    return own;
  };
  const ready = (signal: SignalLike) => {
    opening ??= opened().catch((cause) => {
      opening = undefined;
      throw cause;
    });
    return within(opening, signal);
  };
  return {
    async send(asked) {
      asked.signal.throwIfAborted();
      if (closed) throw new Lost("the connection was closed", false);
      const own = await ready(asked.signal);
      // Its server takes no more requests there since.
      return (own.isLeft ? await ready(asked.signal) : own).send(asked);
    },
    close() {
      closed = true;
      void opening?.then(
        (own) => own.close(),
        () => {},
      );
    },
  };
}

/** What comes of a promise, unless the signal fires first. */
function within<T>(promise: Promise<T>, signal: SignalLike): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
    if (signal.aborted) abort();
  });
}

/** One channel, and the requests that wait for their answers there. */
export class Open {
  readonly #channel: Channel;
  readonly #onLeft: () => void;
  readonly #waiting = new Map<number, Waiting>();
  #last = 0;
  #isLeft = false;
  #isClosed = false;

  /** @param onLeft is told when it takes no more requests */
  constructor(channel: Channel, onLeft: () => void) {
    this.#channel = channel;
    this.#onLeft = onLeft;
    channel.hear({
      message: (data) => this.#message(data),
      closed: (why) => {
        this.#isClosed = true;
        const said = why ? `: ${printable(why)}` : "";
        this.#end(new Lost(`the connection broke off${said}`, true));
      },
      leaving: () => this.leave(),
    });
  }

  send({ method, path, headers, body = new Uint8Array(0), signal, most }: Asked): Promise<Told> {
    return new Promise((resolve, reject) => {
      signal.throwIfAborted();
      if (this.#isLeft) throw new Lost("the connection broke off", false);
      const id = this.#number();
      const leave = () => {
        this.#waiting.delete(id);
        this.#channel.send(writeFrame({ kind: "cancel", id }));
        reject(signal.reason);
        this.#rest();
      };
      const settled = <T>(settle: (value: T) => void) => {
        return (value: T) => {
          this.#waiting.delete(id);
          signal.removeEventListener("abort", leave);
          settle(value);
          this.#rest();
        };
      };
      const trace = readTrace((name) => headers[name]);
      const type = headers["Content-Type"];
      const frame = writeFrame({ kind: "request", id, method, path, type, trace, body });
      this.#waiting.set(id, { most, done: settled(resolve), failed: settled(reject) });
      signal.addEventListener("abort", leave, { once: true });
      this.#channel.send(frame);
    });
  }

  /** Whether it takes no more requests. */
  get isLeft(): boolean {
    return this.#isLeft;
  }

  /** Takes no more requests, and ends when those that it has are answered. */
  leave(): void {
    if (this.#isLeft) return;
    this.#isLeft = true;
    this.#onLeft();
    this.#rest();
  }

  close(): void {
    this.#end(new Lost("the connection was closed", true));
  }

  /** The next number that nobody waits for. */
  #number(): number {
    do this.#last = (this.#last + 1) >>> 0;
    while (this.#last === 0 || this.#waiting.has(this.#last));
    return this.#last;
  }

  #message(data: unknown): void {
    let frame: Frame;
    try {
      frame = frameOf(data);
      if (frame.kind !== "answer") throw new Misframed(`a server sends no ${frame.kind}`);
    } catch (cause) {
      if (!(cause instanceof Misframed)) throw cause;
      this.#shut("no frame");
      this.#end(new Lost(`what its server sent cannot be read: ${cause.message}`, true, cause));
      return;
    }
    // One that was given up may be answered yet.
    const waiting = this.#waiting.get(frame.id);
    if (!waiting) return;
    const { status, type, body } = frame;
    if (body.length <= waiting.most) waiting.done({ status, type, body });
    else {
      const why = `its answer has ${body.length} bytes, wanted at most ${waiting.most} (maxBytes)`;
      waiting.failed(new Lost(why, true));
    }
  }

  #rest(): void {
    if (this.#isLeft && this.#waiting.size === 0) this.#shut();
  }

  #shut(why?: string): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#channel.close(why);
  }

  #end(lost: Lost): void {
    this.leave();
    for (const each of [...this.#waiting.values()]) each.failed(lost);
  }
}
