/**
 * What joins the simulated processes: each has a link to one engine, whose values are a real fabric in memory. Messages
 * take time, keep their order on a link, and are lost where a link is cut.
 */

import { PluginError } from "../../host/errors.ts";
import {
  type Blobs,
  type CallOptions,
  type Change,
  type Fabric,
  type Handler,
  type KeyValue,
  type Message,
  type Serving,
  Unserved,
  type Watching,
} from "../../host/fabric/fabric.ts";
import type { Timers } from "../../host/timer.ts";
import type { Clock } from "./clock.ts";
import type { Random } from "./random.ts";

export interface NetworkOptions {
  /** Milliseconds that a message takes on one way, from and to. */
  readonly least: number;
  readonly most: number;
  /** Milliseconds after which the engine's answer is not waited for any more. */
  readonly timeout?: number;
}

/** A change that the engine has made. */
export type Written = (
  change: { readonly key: string; readonly value?: Uint8Array; readonly revision: number },
  by: Link,
) => void;

/** What was sent, by kind. */
export interface Traffic {
  /** Values written, read and listed. */
  writes: number;
  reads: number;
  /** Changes that watchers were told of. */
  told: number;
  /** Messages of calls, and of their answers. */
  calls: number;
  /** Of values and messages. */
  bytes: number;
}

interface Served {
  readonly link: Link;
  readonly handler: Handler;
}

export class Network {
  readonly clock: Clock;
  readonly random: Random;
  readonly engine: Fabric;
  readonly options: Required<NetworkOptions>;
  readonly subjects = new Map<string, Served[]>();
  readonly onWritten: Written[] = [];
  traffic: Traffic = { writes: 0, reads: 0, told: 0, calls: 0, bytes: 0 };

  constructor(clock: Clock, random: Random, engine: Fabric, options: NetworkOptions) {
    this.clock = clock;
    this.random = random;
    this.engine = engine;
    this.options = { timeout: 5_000, ...options };
  }

  link(): Link {
    return new Link(this);
  }

  delay(): number {
    const { least, most } = this.options;
    return least + this.random.next() * (most - least);
  }
}

/** One process: its clock, and its way to the others. */
export class Link implements Fabric {
  readonly shown = "the simulation";
  readonly maxMessageBytes: number;
  readonly kv: KeyValue;
  readonly blobs: Fabric["blobs"];
  readonly payloads: Fabric["payloads"];
  readonly timers: Timers;
  readonly network: Network;
  /** When the last message to and from the engine arrives. */
  #sentBy = 0;
  #receivedBy = 0;
  #state: "on" | "cut" | "frozen" | "dead" = "on";
  #waiting: (() => void)[] = [];
  #missed: (() => void)[] = [];

  constructor(network: Network) {
    this.network = network;
    const { engine, clock } = network;
    this.maxMessageBytes = engine.maxMessageBytes;
    this.timers = {
      now: clock.now,
      set: (work, ms) => clock.set(() => this.#alive(work), ms),
      clear: clock.clear,
    };
    this.kv = this.#values(engine.kv);
    this.blobs = this.#blobs(engine.blobs);
    this.payloads = this.#blobs(engine.payloads);
  }

  /** Nothing comes or goes, but the process lives. */
  cut(): void {
    this.#state = "cut";
  }

  /** SIGSTOP: nothing happens there, until `heal`. */
  freeze(): void {
    this.#state = "frozen";
  }

  /** SIGKILL: its connection ends at once, as far as others can see. */
  kill(): void {
    this.#state = "dead";
    this.#waiting = [];
    this.#missed = [];
    for (const [subject, all] of this.network.subjects) {
      const left = all.filter(({ link }) => link !== this);
      if (left.length < all.length) this.network.subjects.set(subject, left);
    }
  }

  get isOn(): boolean {
    return this.#state === "on";
  }

  heal(): void {
    if (this.#state === "dead") return;
    this.#state = "on";
    for (const work of this.#missed.splice(0)) work();
    for (const work of this.#waiting.splice(0)) work();
  }

  async serve(subject: string, handler: Handler): Promise<Serving> {
    const { subjects } = this.network;
    const one: Served = { link: this, handler: (...given) => this.#taken(one, handler(...given)) };
    await this.#ask("reads", async () => void subjects.set(subject, [...(subjects.get(subject) ?? []), one]));
    return {
      drain: async () => {
        await this.#ask("reads", async () => {
          subjects.set(
            subject,
            subjects.get(subject)!.filter((each) => each !== one),
          );
        });
        await this.#idle(one);
      },
    };
  }

  call(subject: string, sent: Message, { timeout }: CallOptions): Promise<Message> {
    const { network, timers } = this;
    return new Promise((resolve, reject) => {
      const late = timers.set(() => {
        const why = `it did not answer within ${timeout} ms (timeout); it may have been called`;
        reject(new PluginError("deadline", `could not call ${subject}: ${why}`));
      }, timeout);
      const back = (end: () => void) =>
        this.#receive(() => {
          timers.clear(late);
          end();
        });
      this.#send(() => {
        const all = network.subjects.get(subject) ?? [];
        const one = all[network.random.below(all.length)];
        network.traffic.calls++;
        network.traffic.bytes += sent.bytes.length;
        if (!one)
          return back(() =>
            reject(new Unserved(`could not call ${subject}: nothing serves it; it was not called`)),
          );
        one.link.#receive(() => {
          void one.handler(sent, new AbortController().signal).then((answer) =>
            one.link.#send(() => {
              network.traffic.calls++;
              network.traffic.bytes += answer.bytes.length;
              back(() => resolve(answer));
            }),
          );
        });
      });
    });
  }

  async close(): Promise<void> {}

  async [Symbol.asyncDispose](): Promise<void> {}

  #blobs(blobs: Blobs): Blobs {
    return {
      put: (bytes) => this.#ask("reads", () => blobs.put(bytes)),
      get: (digest, most) => this.#ask("reads", () => blobs.get(digest, most)),
      has: (digest) => this.#ask("reads", () => blobs.has(digest)),
      delete: (digest) => this.#ask("reads", () => blobs.delete(digest)),
    };
  }

  #values(kv: KeyValue): KeyValue {
    const { onWritten } = this.network;
    const written = async (
      key: string,
      value: Uint8Array | undefined,
      work: () => Promise<number | undefined | boolean>,
    ) => {
      const done = await work();
      this.network.traffic.bytes += value?.length ?? 0;
      if (done !== undefined && done !== false)
        for (const tell of onWritten) tell({ key, revision: Number(done), ...(value && { value }) }, this);
      return done;
    };
    const put = (
      key: string,
      value: Uint8Array | undefined,
      work: () => Promise<number | undefined | boolean>,
    ) => this.#ask("writes", () => written(key, value, work));
    return {
      get: (key) => this.#ask("reads", () => kv.get(key)),
      create: (key, value) => put(key, value, () => kv.create(key, value)) as Promise<number | undefined>,
      put: (key, value) => put(key, value, () => kv.put(key, value)) as Promise<number>,
      update: (key, value, revision) =>
        put(key, value, () => kv.update(key, value, revision)) as Promise<number | undefined>,
      delete: (key, revision) => put(key, undefined, () => kv.delete(key, revision)) as Promise<boolean>,
      keys: (prefix) => this.#ask("reads", () => kv.keys(prefix)),
      history: (key) => this.#ask("reads", () => kv.history(key)),
      watch: (prefix, listener) => this.#watch(kv, prefix, listener),
    };
  }

  #watch(kv: KeyValue, prefix: string, listener: (change: Change) => void): Promise<Watching> {
    let stopped = false;
    const tell = (change: Change) => {
      if (stopped) return;
      this.network.traffic.told++;
      if ("value" in change) this.network.traffic.bytes += change.value.length;
      this.#receive(() => !stopped && listener(change), true);
    };
    return new Promise((resolve) => {
      this.#send(() => {
        void kv.watch(prefix, tell).then((watching) => {
          const stop = () => {
            stopped = true;
            watching.stop();
          };
          this.#receive(() => resolve({ stop }), true);
        });
      }, true);
    });
  }

  /** Asks the engine. A question or an answer that is lost costs its whole time. */
  #ask<T>(kind: "writes" | "reads", work: () => Promise<T>): Promise<T> {
    const { network, timers } = this;
    return new Promise((resolve, reject) => {
      const late = timers.set(() => {
        reject(new PluginError("unavailable", "could not use the simulation: it did not answer in time"));
      }, network.options.timeout);
      this.#send(() => {
        network.traffic[kind]++;
        work().then(
          (value) =>
            this.#receive(() => {
              timers.clear(late);
              resolve(value);
            }),
          (error: unknown) =>
            this.#receive(() => {
              timers.clear(late);
              reject(error);
            }),
        );
      });
    });
  }

  /** @param kept whether it is sent again when the link is there again: a watch */
  #send(work: () => void, kept = false): void {
    const { clock } = this.network;
    this.#sentBy = Math.max(this.#sentBy, clock.now() + this.network.delay());
    if (this.#state !== "on") {
      if (kept) this.#missed.push(() => this.#send(work, kept));
      return;
    }
    clock.set(work, this.#sentBy - clock.now());
  }

  #receive(work: () => void, kept = false): void {
    const { clock } = this.network;
    if (this.#state === "cut" || this.#state === "dead") {
      if (kept) this.#missed.push(() => this.#receive(work, kept));
      return;
    }
    this.#receivedBy = Math.max(this.#receivedBy, clock.now() + this.network.delay());
    clock.set(() => this.#arrived(work, kept), this.#receivedBy - clock.now());
  }

  #arrived(work: () => void, kept: boolean): void {
    if (this.#state === "cut" && kept) this.#missed.push(() => this.#receive(work, kept));
    if (this.#state !== "cut") this.#alive(work);
  }

  #alive(work: () => void): void {
    if (this.#state === "frozen") this.#waiting.push(work);
    else if (this.#state !== "dead") work();
  }

  readonly #pending = new Map<Served, { count: number; idle?: () => void }>();

  async #taken(one: Served, answer: Promise<Message>): Promise<Message> {
    const pending = this.#pending.get(one) ?? { count: 0 };
    this.#pending.set(one, pending);
    pending.count++;
    try {
      return await answer;
    } finally {
      if (--pending.count === 0) pending.idle?.();
    }
  }

  async #idle(one: Served): Promise<void> {
    const pending = this.#pending.get(one);
    if (!pending || pending.count === 0) return;
    await new Promise<void>((resolve) => {
      pending.idle = resolve;
    });
  }
}
