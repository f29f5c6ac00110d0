/** The roads that a state takes from one instance to another. */
import { join } from "node:path";
import { load, type Plugin } from "../../host/mod.ts";
import { directoryStore } from "../../host/node/mod.ts";
import { leave } from "../durable/folder.ts";

export interface Versions {
  readonly first: Uint8Array;
  /** The same, with more. */
  readonly wider: Uint8Array;
  /** A step leads there. */
  readonly stepped: Uint8Array;
}
export type Fill = (plugin: Plugin) => Promise<unknown>;
export interface Road {
  readonly name: string;
  /** @returns the plugin that serves at the end, which `fill` has filled at the beginning */
  go(versions: Versions, fill: Fill, folder: string): Promise<Plugin>;
}

async function filled(wasm: Uint8Array, fill: Fill, options: object = {}): Promise<Plugin> {
  const plugin = await load(wasm, options);
  await fill(plugin);
  return plugin;
}

function swapped(name: string, next: (versions: Versions) => Uint8Array): Road {
  return {
    name: `a swap to ${name}`,
    async go(versions, fill) {
      const plugin = await filled(versions.first, fill);
      await plugin.swap(next(versions));
      return plugin;
    },
  };
}

let stores = 0;

export const roads: readonly Road[] = [
  swapped("itself", ({ first }) => first),
  swapped("a newer version without a loss", ({ wider }) => wider),
  swapped("a version whose step leads there", ({ stepped }) => stepped),
  {
    name: "a snapshot",
    async go({ first }, fill) {
      await using plugin = await filled(first, fill);
      return load(first, { state: await plugin.snapshot() });
    },
  },
  {
    name: "a store that was closed, and left",
    async go({ first }, fill, folder) {
      const path = join(folder, `store-${stores++}`);
      await using plugin = await filled(first, fill, { store: directoryStore(path) });
      await plugin.close();
      await load(first, { store: directoryStore(path) });
      leave(path);
      return load(first, { store: directoryStore(path) });
    },
  },
  {
    name: "a restart after a trap",
    async go({ first }, fill) {
      const plugin = await filled(first, fill, { afterTrap: "restart" });
      await (plugin.call as unknown as { trap(): Promise<void> }).trap().catch(() => {});
      return plugin;
    },
  },
  {
    name: "probation, and back",
    async go({ first, stepped }, fill) {
      const plugin = await filled(first, fill);
      await plugin.swap(stepped, { probation: {} });
      await plugin.rollback();
      return plugin;
    },
  },
];
