/** A state in a new version, compared with the state before. */
import { type Manifest, passage, readManifest, readSnapshot, type Snapshot } from "../../abi/tools.ts";
import type { Plugin } from "../mod.ts";
import { readable } from "./trial.ts";

/** The manifest of a module, without loading it. */
export async function manifestOf(module: Uint8Array): Promise<Manifest | undefined> {
  return readManifest(await WebAssembly.compile(module as Uint8Array<ArrayBuffer>));
}

/** A plugin's state now. */
export async function stateOf(plugin: Pick<Plugin, "snapshot">): Promise<Snapshot> {
  return readSnapshot(await plugin.snapshot());
}

/**
 * The state that another version has to have, when no typed step of its author's leads to it.
 *
 * @returns nothing when there is such a step: only the author can judge its result
 */
export function expected(state: Snapshot, manifest: Manifest): { readonly value: unknown } | undefined {
  if (!manifest.state) return undefined;
  const way = passage(state, manifest.state, manifest);
  if (way.kind === "migrated") return undefined;
  const datum = (way.translate?.(state.datum) ?? state.datum) as Snapshot["datum"];
  return { value: readable({ schema: manifest.state.schema, datum }) };
}
