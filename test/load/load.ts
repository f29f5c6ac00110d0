/**
 * Calls in an open loop: each begins when the schedule says, whether those before it were answered or not, and its time
 * counts from then. A server that stands still is charged for all calls that should have come meanwhile.
 */

export interface Failure {
  readonly id: number;
  readonly error: Error & { readonly code?: string };
  /** When it was sent, and when its caller knew, in milliseconds of `performance.now()`. */
  readonly sent: number;
  readonly ended: number;
}

export interface Span {
  readonly from: number;
  readonly to: number;
}

export interface Latency {
  readonly calls: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

export class Load {
  /** What each call was answered with, by its number; nothing for one that failed or waits. */
  readonly answers: unknown[] = [];
  readonly failures: Failure[] = [];
  /** The most calls under way at a time. */
  most = 0;
  readonly #send: (id: number) => Promise<unknown>;
  readonly #rate: number;
  readonly #began = performance.now();
  readonly #times: number[] = [];
  #sent = 0;
  #ended = 0;
  #stopped = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #idle: (() => void) | undefined;

  /** @param rate calls a second */
  constructor(rate: number, send: (id: number) => Promise<unknown>) {
    this.#rate = rate;
    this.#send = send;
    this.#tick();
  }

  get sent(): number {
    return this.#sent;
  }

  get underWay(): number {
    return this.#sent - this.#ended;
  }

  /** Resolves when so many more calls were answered or failed. */
  async more(calls: number): Promise<void> {
    const wanted = this.#ended + calls;
    while (this.#ended < wanted) await new Promise((resolve) => setTimeout(resolve, 5));
  }

  /** Waits for what was sent. */
  async stop(): Promise<this> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    if (this.underWay > 0)
      await new Promise<void>((resolve) => {
        this.#idle = resolve;
      });
    return this;
  }

  /** Of the calls that were due in a span; of all, if none is said. */
  latency({ from, to }: Span = { from: 0, to: Number.POSITIVE_INFINITY }): Latency {
    const times: number[] = [];
    for (const [id, time] of this.#times.entries()) {
      const due = this.#due(id);
      if (time !== undefined && due >= from && due <= to) times.push(time);
    }
    times.sort((a, b) => a - b);
    const at = (part: number) => times[Math.max(0, Math.ceil(part * times.length) - 1)] ?? Number.NaN;
    return { calls: times.length, p50: at(0.5), p99: at(0.99), max: at(1) };
  }

  #due(id: number): number {
    return this.#began + (id * 1_000) / this.#rate;
  }

  #tick(): void {
    const now = performance.now();
    while (this.#due(this.#sent) <= now) void this.#one(this.#sent++);
    this.most = Math.max(this.most, this.underWay);
    if (!this.#stopped) this.#timer = setTimeout(() => this.#tick(), this.#due(this.#sent) - now);
  }

  async #one(id: number): Promise<void> {
    const sent = performance.now();
    try {
      this.answers[id] = await this.#send(id);
      this.#times[id] = performance.now() - this.#due(id);
    } catch (error) {
      this.failures.push({ id, error: error as Error, sent, ended: performance.now() });
    }
    this.#ended++;
    if (this.#stopped && this.underWay === 0) this.#idle?.();
  }
}
