/** Hooks of plain modules: exports that are recognized by their names and types. */
import type { CoreFunctionType } from "../../../abi/wasm/core-type.ts";
import { spellCoreFunction } from "../../../abi/wasm/core-type.ts";
import { PluginError } from "../../errors.ts";
import type { PlainExports } from "./fit.ts";
import { unreachable } from "./memory.ts";
import { hasNoPins, OLD, RTTI } from "./runtime.ts";

/** The core types of `save(): Uint8Array` and `restore(bytes: Uint8Array): void`. */
const STATE = { save: "() -> i32", restore: "(i32)" } as const;

/**
 * Whether it has state: it exports `save(): Uint8Array` and `restore(bytes: Uint8Array): void`.
 *
 * @throws PluginError `mismatch` when it does, and lacks what these hooks need
 */
export function hasState({ kinds, types, memory }: PlainExports, from: string): boolean {
  const own = Object.entries(STATE).every(
    ([name, core]) => kinds.get(name) === "function" && (!types || isCore(types.get(name), core)),
  );
  if (!own) return false;
  const refuse = (problem: string) =>
    new PluginError(
      "mismatch",
      `could not load ${from}: it exports save and restore, so it has state, but ${problem}`,
    );
  if (hasNoPins(kinds)) throw refuse(OLD);
  const missing = ["__new", "__pin", "__unpin", RTTI, "Uint8Array_ID"].filter((name) => !kinds.has(name));
  if (missing.length > 0) {
    throw refuse(
      `not ${missing.join(", ")}; build it with --exportRuntime, and add to it: export const Uint8Array_ID = idof<Uint8Array>();`,
    );
  }
  const hidden = unreachable(memory);
  if (hidden !== undefined) throw refuse(hidden);
  return true;
}

function isCore(type: CoreFunctionType | undefined, text: string): boolean {
  return type !== undefined && spellCoreFunction(type) === text;
}
