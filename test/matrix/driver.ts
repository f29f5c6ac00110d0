/** What the matrix needs of an implementation of generations: near ones, and ones that answer everything later. */
import {
  type Grant,
  type LiveSource,
  type LoadOptions,
  load,
  type Plugin,
  type Source,
} from "../../host/mod.ts";
import { at } from "../../host/remote/mod.ts";
import { isLive } from "../../host/swap/live-source.ts";
import { loadLater } from "./later.ts";
import { Ledger, type LedgerFunctions } from "./module.ts";

export interface DriverOptions extends LoadOptions<LedgerFunctions> {
  /** Faults come in, and witnesses look out, through what is granted. */
  readonly grant: readonly Grant[];
}

export interface Driver {
  readonly name: string;
  /** Calls can be answered in the caller's stack. */
  readonly atOnce: boolean;
  /** Its instances are made in this thread. */
  readonly here: boolean;
  /** How a guest is ended that never ends by itself, and with which error. */
  readonly ends: "out-of-fuel" | "out-of-time";
  /** Turns of the event loop, up to as many as a swap takes. */
  readonly turns: readonly number[];
  /** A plugin whose first generation runs `source`. */
  open(source: Source | LiveSource, options: DriverOptions): Promise<Plugin<LedgerFunctions>>;
}

export function upTo(most: number): readonly number[] {
  return Array.from({ length: most + 1 }, (_, turns) => turns);
}

export const near: Driver = {
  name: "near",
  ends: "out-of-fuel",
  atOnce: true,
  here: true,
  turns: upTo(3),
  open: (source, options) => load(source, { ...options, contract: Ledger }),
};

/** Near generations whose state crosses in threads, beside what serves. */
export const copying: Driver = {
  ...near,
  name: "copying",
  here: false,
  turns: [0, 50],
  async open(source, options) {
    const plugin = await load(source, { ...options, contract: Ledger });
    const { swap } = plugin;
    return Object.assign(plugin, {
      swap: async (next: Source, more: object) => swap.call(plugin, next, { copyFrom: 0, ...more }),
    });
  },
};

/** Near generations behind an interface whose every method answers later, as those in a worker or on another machine do. */
export const later: Driver = {
  name: "later",
  ends: "out-of-fuel",
  atOnce: false,
  here: true,
  turns: upTo(30),
  open: (source, options) => loadLater(source, { ...options, contract: Ledger }),
};

/** Generations at a server, which the tests of a file share. */
export function far(url: () => string): Driver {
  const there = (source: unknown) => at(url(), source as Uint8Array);
  return {
    name: "far",
    ends: "out-of-fuel",
    atOnce: false,
    here: false,
    // As many as there are while what was sent is on its way.
    turns: [0, 1, 10, 1_000, 30_000],
    async open(source, options) {
      const first = isLive(source) ? await source.current() : source;
      const plugin = await load(there(first), { ...options, contract: Ledger });
      const { swap, mirror } = plugin;
      // Every version of it runs there.
      Object.assign(plugin, {
        swap: async (next: Source, more: object) => swap.call(plugin, there(next), more),
        mirror: async (next: Source, more: object) => mirror.call(plugin, there(next), more),
      });
      if (isLive(source)) {
        const subscribe = (told: (next: Source) => void) => source.subscribe((next) => told(there(next)));
        plugin.follow(
          { ...source, current: async () => there(await source.current()), subscribe },
          options.follow,
        );
      }
      return plugin;
    },
  };
}

/** Generations in threads of their own. */
export const worker: Driver = {
  name: "worker",
  ends: "out-of-time",
  atOnce: false,
  here: false,
  // A thread that starts takes as many as there are meanwhile.
  turns: [0, 1, 2, 5, 10, 100, 1_000, 10_000, 100_000],
  open: (source, options) => load(source, { ...options, contract: Ledger, isolation: "worker" }),
};
