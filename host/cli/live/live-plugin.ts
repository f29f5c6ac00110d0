/**
 * The plugin of `moult dev`: it takes each version that is made, and keeps its state.
 *
 * A program that embeds a plugin expects an interface, and a swap that breaks it is refused. An author changes the
 * interface all day: then the plugin is loaded anew from a snapshot, and the old one closed.
 */
import type { BuildResult } from "../../dev/maker.ts";
import { type Grant, load, type Plugin, PluginError, type Transition } from "../../mod.ts";
import type { Terminal } from "../terminal.ts";
import type { Look } from "./live-answers.ts";

export interface LivePluginOptions {
  readonly grant: readonly Grant[];
  /** A snapshot to begin from. @default a fresh start */
  readonly state: Uint8Array | undefined;
  /** Is told when a fresh instance took over after a trap, or could not. */
  readonly onRevival: (record: Transition) => void;
  /** Is told of each version that serves from now on, and of what it took over. */
  readonly onTaken: (look: Look) => void;
  /** How the plugin's code is run, which may never answer. */
  readonly blocking: Terminal["blocking"];
}

/** What became of a version that was offered. */
export type Taken =
  | { readonly kind: "loaded" }
  | { readonly kind: "swapped"; readonly record: Transition }
  /** Its interface is another one: loaded anew, with the state where it has one. */
  | { readonly kind: "reloaded"; readonly total: number }
  | { readonly kind: "refused"; readonly error: PluginError };

export interface LivePlugin extends AsyncDisposable {
  /** Nothing until a version could be loaded. */
  readonly plugin: Plugin | undefined;
  /** Of the version that serves. */
  readonly made: BuildResult | undefined;
  /** Swaps to a version. One that is refused changes nothing. Not to be called again before it has answered. */
  take(made: BuildResult): Promise<Taken>;
  /** Loads a version with fresh state. */
  renew(made: BuildResult): Promise<Taken>;
  /** Waits until a fresh instance has followed one that trapped, from now on. */
  revival(): Promise<void>;
}

export function livePlugin({ grant, state, onRevival, onTaken, blocking }: LivePluginOptions): LivePlugin {
  let plugin: Plugin | undefined;
  let serving: BuildResult | undefined;
  let revived = () => {};

  /** A trap ends a call and not the session: a fresh instance takes over the state. */
  const open = (made: BuildResult, from: Uint8Array | undefined) =>
    load(made.wasm, { grant, afterTrap: { restart: {} }, ...(from === undefined ? {} : { state: from }) });

  async function replace(made: BuildResult, from: Uint8Array | undefined): Promise<void> {
    const next = await open(made, from);
    await plugin?.close();
    revived();
    plugin = next;
    serving = made;
    next.on("transition", (record) => {
      if (record.outcome !== "restarted" && record.outcome !== "not-restarted") return;
      revived();
      onRevival(record);
    });
  }

  async function swapped(live: Plugin, made: BuildResult): Promise<Taken> {
    try {
      const record = await live.swap(made.wasm);
      serving = made;
      return { kind: "swapped", record };
    } catch (error) {
      if (!(error instanceof PluginError) || error.code !== "mismatch") throw error;
      const began = performance.now();
      await replace(made, await stateOf(live));
      return { kind: "reloaded", total: performance.now() - began };
    }
  }

  async function loaded(made: BuildResult): Promise<Taken> {
    await replace(made, state);
    return { kind: "loaded" };
  }

  async function orRefused(work: () => Promise<Taken>): Promise<Taken> {
    try {
      return await blocking(work);
    } catch (error) {
      if (error instanceof PluginError) return { kind: "refused", error };
      throw error;
    }
  }

  return {
    get plugin() {
      return plugin;
    },
    get made() {
      return serving;
    },
    take(made) {
      return orRefused(async () => {
        const before = serving;
        const saved = plugin === undefined ? state : await savedBy(plugin);
        const taken = plugin === undefined ? await loaded(made) : await swapped(plugin, made);
        onTaken({ before, made, state: saved });
        return taken;
      });
    },
    renew(made) {
      return orRefused(async () => {
        await replace(made, undefined);
        return { kind: "loaded" };
      });
    },
    revival: () =>
      new Promise((resolve) => {
        revived = resolve;
      }),
    [Symbol.asyncDispose]: async () => {
      revived();
      await blocking(() => plugin?.close());
    },
  };
}

/** Its state, for a look at it: without one the look begins afresh. */
async function savedBy(plugin: Plugin): Promise<Uint8Array | undefined> {
  try {
    return await stateOf(plugin);
  } catch (error) {
    if (error instanceof PluginError) return undefined;
    throw error;
  }
}

async function stateOf(plugin: Plugin): Promise<Uint8Array | undefined> {
  try {
    return await plugin.snapshot();
  } catch (error) {
    if (error instanceof PluginError && error.code === "no-state") return undefined;
    throw error;
  }
}
