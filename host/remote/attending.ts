/** The connections of a server that go on until their callers have left. */
import { drainedWithin } from "../fabric/drained-within.ts";
import type { Channel } from "./channel.ts";
import { type Attended, attend, type FramedOptions } from "./framed-server.ts";

/** Milliseconds that callers may take to leave. */
const LEAVING = 1_000;

export class Attending<C extends Channel> {
  readonly #open = new Map<C, Attended>();
  readonly #left: Promise<void>;
  #stopped = false;
  #empty = () => {};

  constructor() {
    this.#left = new Promise((resolve) => {
      this.#empty = resolve;
    });
  }

  /** Whether it takes no more connections. */
  get stopped(): boolean {
    return this.#stopped;
  }

  add(channel: C, options: FramedOptions): void {
    const own = attend(channel, options, () => {
      this.#open.delete(channel);
      if (this.#stopped && this.#open.size === 0) this.#empty();
    });
    this.#open.set(channel, own);
  }

  /** Cuts those off that have no request, and of which this holds. */
  sweep(holds: (channel: C) => boolean): void {
    for (const [channel, own] of this.#open) if (own.isIdle && holds(channel)) own.cut();
  }

  /** Tells callers that no more requests are taken, where that can be told. */
  leave(): void {
    for (const each of this.#open.values()) each.leave();
  }

  /** Takes no more connections. @returns when callers have left, or were waited for */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.leave();
    if (this.#open.size > 0) await drainedWithin(LEAVING, this.#left);
    for (const each of this.#open.values()) each.stop();
  }

  cut(): void {
    for (const each of this.#open.values()) each.cut();
  }
}
