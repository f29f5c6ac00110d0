/** A state that came into a new version, held against what it was. */
import { type Manifest, passage, readManifest, readSnapshot, type Snapshot } from "../../abi/tools.ts";
import type { Plugin } from "../mod.ts";
import { readable } from "./trial.ts";

/** What a module says of itself. */
export async function manifestOf(module: Uint8Array): Promise<Manifest | undefined> {
  return readManifest(await WebAssembly.compile(module as Uint8Array<ArrayBuffer>));
}

/** A plugin's state now. */
export async function stateOf(plugin: Pick<Plugin, "snapshot">): Promise<Snapshot> {
  return readSnapshot(await plugin.snapshot());
}

/**
 * What a state has to be in another version, when it gets there without a step of its author's.
 *
 * @returns nothing when it takes such a step: only the author can judge what that makes of it
 */
export function expected(state: Snapshot, manifest: Manifest): { readonly value: unknown } | undefined {
  if (!manifest.state) return undefined;
  const way = passage(state, manifest.state, manifest);
  if (way.kind === "migrated") return undefined;
  const datum = (way.translate?.(state.datum) ?? state.datum) as Snapshot["datum"];
  return { value: readable({ schema: manifest.state.schema, datum }) };
}
