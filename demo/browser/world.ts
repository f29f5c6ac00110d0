/** The plugin that moves the garden: loaded, called once a frame, and swapped; what became of each attempt. */
import { contract, load, type Plugin, PluginError, type Transition, wit } from "moult";
import * as z from "zod/mini";
import { COUNT, kept } from "./particles.ts";

const Garden = contract("moult:demo/garden@1", {
  frame: { params: [z.float32(), z.float32(), z.float32()], returns: wit.bytes() },
  look: { params: [], returns: wit.bytes() },
});

/**
 * A frame takes some twenty million units of fuel. One that takes four times as much does not come back.
 */
export const LIMITS = { fuel: 80_000_000, memory: 64 * 2 ** 20, deadline: 10_000 } as const;
/** A version that traps in its first frames, four seconds of them where they are fast, is rolled back. */
const PROBATION = { calls: 240 } as const;
/** One that traps later is started again from what was kept, so that the page can go back to the code before it. */
const AFTER_TRAP = { restart: { journal: { calls: 600 } } } as const;

export interface Swapped {
  readonly is: "swapped";
  /** Microseconds in which no version served. */
  readonly us: number;
  /** Particles whose bytes came through. */
  readonly kept: number;
}

export interface Refused {
  readonly is: "refused";
  readonly code: string;
  readonly message: string;
  /** Missing where it was refused before it had restored anything. */
  readonly kept: number | undefined;
}

export interface World {
  readonly plugin: Plugin<typeof Garden>;
  /** Moves everything. The answer is the state, which is the caller's. */
  frame(seconds: number, width: number, height: number): Promise<Uint8Array>;
  /** The state as it is. */
  look(): Promise<Uint8Array>;
  swap(wasm: Uint8Array): Promise<Swapped | Refused>;
}

/** @param onTransition is told of what moult does by itself: rollbacks, restarts */
export async function world(wasm: Uint8Array, onTransition: (record: Transition) => void): Promise<World> {
  const plugin = await load(Garden, wasm, { isolation: "worker", limits: LIMITS, afterTrap: AFTER_TRAP });
  plugin.on("transition", onTransition);
  return {
    plugin,
    frame: (seconds, width, height) => plugin.call.frame(seconds, width, height),
    look: () => plugin.call.look(),
    async swap(next) {
      let count: number | undefined;
      try {
        const record = await plugin.swap(next, {
          supersede: true,
          probation: PROBATION,
          // All bytes of every particle, as the old version has them and as the new one has restored them.
          verify: async (twin, incumbent) => {
            count = kept(await incumbent.call.look(), await twin.call.look());
            if (count < COUNT) throw new Error(`${count} of ${COUNT} particles came through its restore`);
          },
        });
        return { is: "swapped", us: Math.round(record.pause * 1000), kept: count ?? 0 };
      } catch (error) {
        if (!(error instanceof PluginError)) throw error;
        return { is: "refused", code: error.code, message: error.rawMessage, kept: count };
      }
    },
  };
}
