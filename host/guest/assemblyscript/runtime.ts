/** AssemblyScript's runtime in a guest, which tells the host how objects are laid out. */
import type { Views } from "../../../abi/canonical/memory.ts";

/** The export with the address of the type information: a count, then the flags of each class. */
export const RTTI = "__rtti_base";
/** The exports with which hosts kept objects alive until AssemblyScript 0.17. */
const BEFORE_PINS = ["__retain", "__release", "__alloc"];
export const OLD =
  "its runtime is not that of AssemblyScript 0.24 or later, the oldest that is served; build it with one of those";

/** Whether the exports are those of a runtime before 0.18. */
export function hasNoPins(exports: ReadonlyMap<string, string>): boolean {
  return !exports.has("__pin") && BEFORE_PINS.some((name) => exports.has(name));
}

/** Object, ArrayBuffer and String hold no references, and ArrayBufferView is no collection. */
const POINTER_FREE = 0x20;
const BASIC = [POINTER_FREE, POINTER_FREE, POINTER_FREE, 0];

/**
 * Whether the type information is that of AssemblyScript 0.24 or later, judged by its first classes:
 *
 *     0.10 - 0.22   count | 20 0 (ArrayBuffer) | 20 0 (String) | ...     entries of two words
 *     0.23          count | 20 (ArrayBuffer) | 20 (String) | 0 | ...
 *     0.24 -        count | 20 (Object) | 20 (ArrayBuffer) | 20 (String) | 0 (ArrayBufferView) | ...
 */
export function isServed({ data, size }: Views, base: number): boolean {
  if (base % 4 !== 0 || base + 4 * (BASIC.length + 1) > size) return false;
  if (data.getUint32(base, true) < BASIC.length) return false;
  return BASIC.every((flags, id) => data.getUint32(base + 4 + 4 * id, true) === flags);
}
