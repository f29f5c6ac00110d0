/** What a WebAssembly module's bytes say of core types, which engines know and do not tell. */
import type { WasmBinary } from "./binary.ts";
import { type CoreFunctionType, isNumber, type NumberType } from "./core-type.ts";
import { type Limits, unservedMemory } from "./limits.ts";

/** A function over numbers, as JavaScript makes and takes them. */
export interface PlainFunctionType {
  readonly params: readonly NumberType[];
  readonly results: readonly NumberType[];
}

/** In pages of 64 KiB. */
export interface MemoryLimits extends Limits {
  /** Why no host of ours serves it: threads share it, its addresses have 64 bits, its pages are of another size. */
  readonly unserved?: string;
}

export interface CoreTypes {
  /** Exported functions by name; those over other values are left out. */
  readonly exports: ReadonlyMap<string, PlainFunctionType>;
  /** Imported functions, with the same left out. */
  readonly imports: readonly (PlainFunctionType & { readonly module: string; readonly name: string })[];
  /** Of the imported memory. */
  readonly memory: MemoryLimits | undefined;
  /** Of all memories, the imported ones first. */
  readonly memories: readonly MemoryLimits[];
  /** Mutable globals, imported ones too. */
  readonly mutableGlobals: number;
  /** Exported globals: where each one lies among all, and whether it can be set. */
  readonly exportedGlobals: ReadonlyMap<string, { readonly index: number; readonly mutable: boolean }>;
  /** Whether it has a start section: code that runs when it is instantiated. */
  readonly start: boolean;
}

/** @throws Malformed for what is newer than the reader */
export function coreTypes(binary: WasmBinary): CoreTypes {
  const memories = binary.memories.map((each) => {
    const unserved = unservedMemory(each);
    return unserved === undefined ? each : { ...each, unserved };
  });
  const exportedGlobals = new Map<string, { index: number; mutable: boolean }>();
  const exports = new Map<string, PlainFunctionType>();
  for (const { name, kind, index } of binary.exports) {
    const type = kind === "function" ? binary.functionType(index) : undefined;
    if (type && isPlain(type)) exports.set(name, { params: type.params, results: type.results });
    if (kind === "global") {
      exportedGlobals.set(name, { index, mutable: binary.globals[index]?.mutable ?? false });
    }
  }
  const imports = binary.imports.flatMap(({ module, name, kind, index }) => {
    const type = kind === "function" ? binary.functionType(index) : undefined;
    return type && isPlain(type) ? [{ module, name, params: type.params, results: type.results }] : [];
  });
  return {
    exports,
    imports,
    memory: binary.imports.some(({ kind }) => kind === "memory") ? memories[0] : undefined,
    memories,
    mutableGlobals: binary.globals.filter(({ mutable }) => mutable).length,
    exportedGlobals,
    start: binary.start !== undefined,
  };
}

/** Whether JavaScript can call it, or be called by it, with numbers alone. */
export function isPlain(type: CoreFunctionType): type is PlainFunctionType {
  return type.params.every(isNumber) && type.results.every(isNumber);
}
