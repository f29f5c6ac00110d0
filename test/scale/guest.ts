/** Plugins of the simulation: a room whose numbers are kept in JavaScript, with what the real module says of itself. */
import { load } from "../../host/load.ts";
import type { Plugin } from "../../host/plugin.ts";
import type { Loader } from "../../host/release/hosted.ts";
import type { Timers } from "../../host/timer.ts";

/** Milliseconds that the simulated guest takes. */
const [LOAD, SNAPSHOT] = [5, 1];

/** A call that a guest made. */
export type Called = (version: string, number: number) => void;

/** Modules that were published, each loaded once: what they are is real. */
export class Guests {
  readonly #facts: readonly (readonly [Uint8Array, Plugin])[];

  private constructor(facts: readonly (readonly [Uint8Array, Plugin])[]) {
    this.#facts = facts;
  }

  static async of(modules: readonly Uint8Array[]): Promise<Guests> {
    return new Guests(await Promise.all(modules.map(async (bytes) => [bytes, await load(bytes)] as const)));
  }

  async close(): Promise<void> {
    await Promise.all(this.#facts.map(([, plugin]) => plugin.close()));
  }

  /** A loader for one node. */
  loader(timers: Timers, onCall: Called = () => {}): Loader {
    const pause = (ms: number) => new Promise<void>((resolve) => void timers.set(resolve, ms));
    return async (bytes, { state }) => {
      await pause(LOAD);
      const [, facts] = this.#facts.find(([own]) => Buffer.compare(own, bytes) === 0)!;
      return roomOf(facts, { state: state as Uint8Array | undefined, pause, onCall });
    };
  }
}

interface Making {
  readonly state: Uint8Array | undefined;
  readonly pause: (milliseconds: number) => Promise<void>;
  readonly onCall: Called;
}

function roomOf({ name, version, contract }: Plugin, { state, pause, onCall }: Making): Plugin {
  const numbers = state ? [...new Uint32Array(state.slice().buffer)] : [];
  const call = {
    say: async (n: number) => {
      onCall(version, n);
      return numbers.push(n);
    },
    said: async () => [...numbers],
  };
  const snapshot = async () => {
    const bytes = new Uint8Array(Uint32Array.from(numbers).buffer);
    await pause(SNAPSHOT);
    return bytes;
  };
  const room = { name, version, contract, call, within: () => ({ call }), snapshot, close: async () => {} };
  return room as unknown as Plugin;
}
