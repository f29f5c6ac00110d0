/** What runs an instance at a server: what a thread's `Hosting` is here. */

import { HostLost } from "../../host-lost.ts";
import { bulkOf, seen } from "../../worker/bulk.ts";
import type { PooledHost } from "../../worker/host-pool.ts";
import type { Terms } from "../../worker/instance-host.ts";
import type { Facts, ModuleToSend, Order, TakenImage } from "../../worker/orders.ts";
import { received, type SentError } from "../../worker/sent-error.ts";
import { Kind, type Message, message } from "../../worker/wire.ts";
import { bareFunction } from "../description.ts";
import { jsonOf } from "../json-of.ts";
import { type Gone, readAnswer, readFailure, readGone, type SentAnswer } from "./facts.ts";
import { GONE, type Heard, readParts, type Said, writeParts } from "./frame.ts";
import type { InstanceServer, Open } from "./instance-server.ts";

export class FarHost implements PooledHost {
  readonly module: ModuleToSend;
  facts: Facts | undefined;
  fuelUsed: number | undefined;
  readonly #server: InstanceServer;
  readonly #opening: Promise<Open>;
  #open: Open | undefined;
  #number = 0;
  #busy = false;
  #error: { readonly error: unknown } | undefined;
  #fail: (error: unknown) => void = () => {};

  constructor(server: InstanceServer, module: ModuleToSend) {
    this.module = module;
    this.#server = server;
    this.#opening = server.open(module, (why) => this.#gone(why));
    this.#opening.then(
      (open) => {
        this.#open = open;
        // It was let go of meanwhile.
        if (this.#error) void server.end(open);
      },
      (error: unknown) => this.#gone(error),
    );
  }

  get ended(): unknown {
    return this.#error?.error;
  }

  get idle(): boolean {
    return !this.#busy;
  }

  async started(): Promise<this> {
    // Its server may have been replaced while it was idle.
    if (this.#open) await this.#server.renew([this.#open.id]);
    else await this.#opening;
    return this;
  }

  call(said: Message, terms: Terms): Promise<Message> {
    return this.#conversation(said, terms, async (heard) => {
      if (heard.kind === Kind.failed && !readFailure(jsonOf(heard.bytes))) throw this.#strange("a failure");
      if (heard.kind !== Kind.failed && heard.kind !== Kind.returned)
        throw this.#strange(`kind ${heard.kind}`);
      return heard;
    });
  }

  order<T>(order: Order, terms: Terms): Promise<T> {
    return this.#conversation(message(Kind.order, 0, written(order)), terms, async (heard) => {
      const parts = heard.kind === Kind.done ? readParts(heard.bytes) : undefined;
      const answer = parts && readAnswer(parts.facts);
      if (!answer) throw this.#strange("no answer to an order");
      this.facts = answer.facts ?? this.facts;
      return resultOf(answer, parts.bulk) as T;
    });
  }

  forget(image: TakenImage): void {
    if ("held" in image && !this.#error) this.#server.drop(image.held);
  }

  has(pages: number): void {
    if (this.facts) this.facts = { ...this.facts, pages };
  }

  async end(error: unknown): Promise<void> {
    this.#gone(error);
    if (this.#open) await this.#server.end(this.#open);
  }

  /** @throws what ended the host; what `read` throws of the guest */
  async #conversation<T>(said: Message, terms: Terms, read: (heard: Heard) => Promise<T>): Promise<T> {
    if (this.#error) throw this.#error.error;
    if (this.#busy) throw new Error("an instance was given two things to do at a time");
    this.#busy = true;
    try {
      let heard = await this.#exchange(said, terms);
      while (heard.kind === Kind.ask) heard = await this.#answered(heard, terms);
      this.fuelUsed = heard.fuelUsed;
      if (heard.kind === GONE) throw this.#told(heard);
      return await read(heard);
    } catch (error) {
      if (error instanceof HostLost) this.#gone(error);
      throw this.ended ?? error;
    } finally {
      this.#busy = false;
    }
  }

  async #answered(asked: Message, terms: Terms): Promise<Heard> {
    const answer = await terms.answer(asked);
    try {
      return await this.#exchange(answer, terms);
    } catch (error) {
      // The guest waits for an answer that does not come.
      void this.end(error);
      throw error;
    }
  }

  async #exchange({ kind, about, bytes }: Message, { what, milliseconds }: Terms): Promise<Heard> {
    const said: Said = { number: this.#number + 1, kind, about, what, milliseconds, bytes };
    const isFile = kind === Kind.order;
    const given = new Promise<never>((_, reject) => {
      this.#fail = reject;
    });
    given.catch(() => {});
    const heard = await Promise.race([this.#server.exchange(this.#open!, said, isFile), given]);
    this.#number++;
    return heard;
  }

  /** What the server says of the end of the instance. */
  #told({ bytes }: Heard): unknown {
    const gone = readGone(jsonOf(bytes));
    const error = gone ? endOf(gone, this.#server.shown) : this.#strange("an end without a reason");
    this.#gone(error);
    return error;
  }

  #strange(found: string): HostLost {
    return new HostLost(this.#server.shown, `answered what no guest answers: ${found}`);
  }

  #gone(error: unknown): void {
    this.#error ??= { error };
    this.#fail(this.#error.error);
  }
}

function endOf({ error, why, lost }: Gone, where: string): unknown {
  const cause = received(error as SentError);
  return lost ? new HostLost(where, `has ended it: ${why}`, cause) : cause;
}

function written(order: Order): Uint8Array {
  if ("restore" in order) return writeParts({ restore: "bulk" }, seen(order.restore));
  if ("bind" in order) return writeParts({ bind: bareEntry(order.bind) });
  if (!("make" in order)) return writeParts(order);
  return writeParts({ make: { ...order.make, entries: order.make.entries.map(bareEntry) } });
}

function bareEntry<E extends { readonly name: string; readonly type: Parameters<typeof bareFunction>[0] }>(
  entry: E,
) {
  return { name: entry.name, type: bareFunction(entry.type) };
}

/** @throws what the guest threw */
function resultOf(answer: SentAnswer, bulk: Uint8Array<ArrayBuffer>): unknown {
  if ("failed" in answer) throw received(answer.failed as SentError);
  if (answer.saved) return bulkOf(bulk);
  return answer.held === undefined ? undefined : { held: answer.held };
}
