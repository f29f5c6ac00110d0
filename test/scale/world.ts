/** What a simulation runs in: a clock, a network, the engine, and the modules that are published in it. */

import { z } from "zod";
import { contract, type FunctionsOf } from "../../host/mod.ts";
import { publish } from "../../host/release/mod.ts";
import { memoryFabric } from "../../host/remote/mod.ts";
import { Clock } from "./clock.ts";
import { Guests } from "./guest.ts";
import { type Link, Network, type NetworkOptions } from "./network.ts";
import { Random, seeded } from "./random.ts";

export const NAME = "room";
export const Room = contract("test:keyed/room@1", {
  say: { params: [z.uint32()], returns: z.uint32() },
  said: { params: [], returns: z.array(z.uint32()) },
});
export type RoomFunctions = FunctionsOf<typeof Room>;

/** How large the simulated cluster is. */
export interface Size {
  readonly callers: number;
  readonly nodes: number;
  readonly keys: number;
  /** Keys that are called, and have an instance; of the others it is known where they would have. */
  readonly live: number;
  readonly seed: number;
}

/** Is told how far a simulation is. */
export type Progress = (what: string, done: number, all: number) => void;

/** Milliseconds of a message on its way. */
export const WAY: NetworkOptions = { least: 0.5, most: 5 };

export class World {
  readonly clock = new Clock();
  readonly random: Random;
  readonly network: Network;
  readonly guests: Guests;
  /** Where people and tests are: nothing happens to it. */
  readonly desk: Link;
  readonly #restore: () => void;

  private constructor(seed: number, guests: Guests) {
    this.random = new Random(seed);
    this.#restore = seeded(new Random(seed + 1));
    this.guests = guests;
    this.network = new Network(this.clock, this.random, memoryFabric({ maxBytes: 2 ** 36 }), WAY);
    this.desk = this.network.link();
  }

  /** @param modules of the versions 1.0.0 and 2.0.0, which are published */
  static async open(seed: number, modules: readonly Uint8Array[]): Promise<World> {
    const guests = await Guests.of(modules);
    const world = new World(seed, guests);
    for (const bytes of modules) await publish(world.network.engine, bytes);
    return world;
  }

  async close(): Promise<void> {
    this.#restore();
    await this.guests.close();
    await this.network.engine.close();
  }

  /** The time of day of the simulation. */
  readonly date = (): number => 1_700_000_000_000 + this.clock.now();

  /** Asks every so often until it is so. @throws Error where it is not after `most` milliseconds of the clock */
  async until(what: string, isSo: () => boolean | Promise<boolean>, most = 120_000): Promise<void> {
    const late = this.clock.now() + most;
    while (!(await isSo())) {
      if (this.clock.now() > late)
        throw new Error(`${what} was not so after ${most} ms of the simulated clock`);
      await this.clock.pause(50);
    }
  }
}
