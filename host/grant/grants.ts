/** The grants that a plugin is loaded with. */
import { misfit } from "../option.ts";
import type { Grant } from "./capability.ts";

/**
 * The `load` option `grant` as one list.
 *
 * @throws PluginError `argument` for anything that is no list of grants
 */
export function grantsOf(given: readonly (Grant | readonly Grant[])[] | undefined): readonly Grant[] {
  if (given === undefined) return [];
  if (!Array.isArray(given)) {
    const one = isGrant(given) ? "; put it in a list: grant: [...]" : "";
    throw misfit(given, "grant", `a list of grants${one}`);
  }
  const grants = given.flat() as unknown[];
  if (grants.every(isGrant)) return grants;
  const wrong = grants.find((each) => !isGrant(each));
  throw misfit(wrong, "grant", "a list of grants, such as [log(console), capability(...)]");
}

function isGrant(value: unknown): value is Grant {
  const { interface: name, functions, make } = (value ?? {}) as { readonly [K in keyof Grant]?: unknown };
  return typeof name === "object" && functions instanceof Map && typeof make === "function";
}
