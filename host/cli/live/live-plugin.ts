/**
 * The plugin of `moult dev`: it takes each version that is built, and keeps its state.
 *
 * A program that embeds a plugin expects an interface, and a swap that breaks it is refused. Here the author
 * may change the interface with any save: the plugin is then loaded again from a snapshot, and the old one is
 * closed.
 */
import type { BuildResult } from "../../dev/maker.ts";
import {
  type Grant,
  load,
  type PermissionChange,
  type Plugin,
  PluginError,
  type Transition,
} from "../../mod.ts";
import { isolationFor } from "../given/isolation.ts";
import type { Terminal } from "../terminal.ts";
import type { Look } from "./live-answers.ts";

export interface LivePluginOptions {
  readonly grant: readonly Grant[];
  /** A snapshot to begin with. @default a fresh start */
  readonly state: Uint8Array | undefined;
  /** Called when a fresh instance took over after a trap, or could not. */
  readonly onRevival: (record: Transition) => void;
  /** Called with each version that serves, and the state that it took over. */
  readonly onTaken: (look: Look) => void;
  /** Runs the plugin's code, which may never return. */
  readonly blocking: Terminal["blocking"];
}

/** The outcome of a version that was offered. */
export type Taken =
  | { readonly kind: "loaded" }
  /** `asked`: what it asks for that the version before did not. */
  | { readonly kind: "swapped"; readonly record: Transition; readonly asked: readonly PermissionChange[] }
  /** The interface has changed: the plugin was loaded again, with the state if the version takes it. */
  | { readonly kind: "reloaded"; readonly total: number }
  | { readonly kind: "refused"; readonly error: PluginError };

export interface LivePlugin extends AsyncDisposable {
  /** Missing until a version could be loaded. */
  readonly plugin: Plugin | undefined;
  /** The build of the serving version. */
  readonly made: BuildResult | undefined;
  /** Swaps to a version. A refused version changes nothing. Must not be called again before it resolves. */
  take(made: BuildResult): Promise<Taken>;
  /** Loads a version with a fresh state. */
  renew(made: BuildResult): Promise<Taken>;
  /** Waits for the next time that a fresh instance replaces one that trapped. */
  revival(): Promise<void>;
}

export function livePlugin({ grant, state, onRevival, onTaken, blocking }: LivePluginOptions): LivePlugin {
  let plugin: Plugin | undefined;
  let serving: BuildResult | undefined;
  let revived = () => {};

  /** A trap ends a call, but not the session: a fresh instance takes over the state. */
  const open = (made: BuildResult, from: Uint8Array | undefined) =>
    load(made.wasm, {
      grant,
      ...isolationFor(grant),
      afterTrap: { restart: {} },
      ...(from === undefined ? {} : { state: from }),
    });

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
      let asked: readonly PermissionChange[] = [];
      const approve = (more: readonly PermissionChange[]) => {
        asked = more;
        return true;
      };
      const record = await live.swap(made.wasm, { approve });
      serving = made;
      return { kind: "swapped", record, asked };
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

/** The state for a comparison, which starts afresh without one. */
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
