/** The beginning of a plugin: its first generation, from a fresh start or a snapshot. */

import type { Build, Generation } from "./generation/generation.ts";
import { LazyPart } from "./lazy-part.ts";
import type { Lifecycle } from "./swap/lifecycle.ts";

export const GIVEN = new LazyPart(() => import("./given-state.ts"));

/** @throws PluginError and nothing runs on */
export async function begin(
  lifecycle: Lifecycle,
  build: Build,
  snapshot: Uint8Array | undefined,
): Promise<void> {
  const first = await fresh(lifecycle, build, snapshot);
  await lifecycle.keep?.checkpoint(first, true);
  lifecycle.serve(first);
}

/** Makes a first generation that does not serve yet. @throws PluginError and nothing runs on */
export async function fresh(
  { contracts }: Lifecycle,
  build: Build,
  snapshot: Uint8Array | undefined,
): Promise<Generation> {
  const given = snapshot && (await (await GIVEN.load(`could not load ${build.from}`)).read(build, snapshot));
  build.fit(contracts);
  const first = await build.candidate({ contracts, number: 1, way: given?.way }).successor();
  try {
    if (given) await first.restore(given.state);
    await first.check();
  } catch (error) {
    first.discard();
    throw error;
  }
  return first;
}
