/** A plugin with an instance for each room, published in a fabric, and what a test has to know of its calls. */
import { z } from "zod";
import type { Fabric } from "../../host/fabric/fabric.ts";
import type { KeyedCaller } from "../../host/keyed/mod.ts";
import { contract, type FunctionsOf } from "../../host/mod.ts";
import { changePlan, publish } from "../../host/release/mod.ts";
import { build } from "../kept/build.ts";

export const NAME = "room";
export const Room = contract("test:keyed/room@1", {
  say: { params: [z.uint32()], returns: z.uint32() },
  said: { params: [], returns: z.array(z.uint32()) },
  swell: { params: [z.uint32()] },
  fall: { params: [] },
});
export type Rooms = KeyedCaller<FunctionsOf<typeof Room>>;

const folder = new URL("../guests/keyed/", import.meta.url);

/** @param kind `first`, `second`, `picky` */
export async function room(kind: string, version: string): Promise<Uint8Array> {
  return (await build(new URL(`${kind}.ts`, folder), { optimize: "debug", sourceMap: false, version })).wasm;
}

/** Publishes the first version, and gives it all keys. */
export async function opened(fabric: Fabric): Promise<void> {
  await publish(fabric, await room("first", "1.0.0"));
  await changePlan(fabric, NAME, () => ({ "1.0.0": 100 }));
}

/** Says numbers to rooms, each one once, and knows which were acknowledged: the oracle of the tests. */
export class Talk {
  readonly keys: readonly string[];
  readonly errors: (Error & { readonly code?: string })[] = [];
  answered = 0;
  readonly #rooms: Rooms;
  readonly #acknowledged = new Map<string, number[]>();
  readonly #sent = new Map<string, number>();
  readonly #running: Promise<unknown>;
  #ended = false;

  constructor(rooms: Rooms, keys: readonly string[], lanes = 8) {
    this.keys = keys;
    this.#rooms = rooms;
    for (const key of keys) this.#acknowledged.set(key, []);
    this.#running = Promise.all(Array.from({ length: lanes }, (_, lane) => this.#run(lane)));
  }

  async stop(): Promise<this> {
    this.#ended = true;
    await this.#running;
    return this;
  }

  /** What is wrong: acknowledged and not there, there twice, or there without having been sent. */
  async wrong(rooms = this.#rooms): Promise<string[]> {
    const wrong: string[] = [];
    for (const [key, numbers] of this.#acknowledged) {
      const there = await rooms.of(key).call.said();
      const once = new Set(there);
      if (once.size < there.length) wrong.push(`${key}: ${there.length - once.size} twice`);
      for (const n of numbers) if (!once.has(n)) wrong.push(`${key}: ${n} was lost`);
      if (there.some((n) => n >= (this.#sent.get(key) ?? 0))) wrong.push(`${key}: what nobody sent`);
    }
    return wrong;
  }

  async #run(lane: number): Promise<void> {
    for (let i = lane; !this.#ended; i++) {
      const key = this.keys[i % this.keys.length]!;
      const n = this.#sent.get(key) ?? 0;
      this.#sent.set(key, n + 1);
      try {
        await this.#rooms.of(key).call.say(n);
        this.answered++;
        this.#acknowledged.get(key)!.push(n);
      } catch (error) {
        this.errors.push(error as Error);
      }
      // Timers have their turn, too.
      if (i % 16 === lane) await new Promise((resolve) => setTimeout(resolve));
    }
  }
}
