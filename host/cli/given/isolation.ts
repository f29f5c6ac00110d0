/** Where a plugin runs: in a thread of its own where this engine cannot suspend it in the main one. */
import type { Grant, LoadOptions } from "../../mod.ts";

/** The option of `load`, for these grants. */
export function isolationFor(grants: readonly Grant[]): Pick<LoadOptions, "isolation"> {
  const later = grants.some(({ functions }) => [...functions.values()].some((each) => each.async));
  return later && !("Suspending" in WebAssembly) ? { isolation: "worker" } : {};
}
