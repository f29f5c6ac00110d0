/** The core types in a WebAssembly module's bytes, which engines know but do not expose. */
import type { WasmBinary } from "./binary.ts";
import { type CoreFunctionType, isNumber, type NumberType } from "./core-type.ts";
import { type Limits, unservedMemory } from "./limits.ts";

/** A function whose values are numbers or bigints in JavaScript. */
export interface PlainFunctionType {
  readonly params: readonly NumberType[];
  readonly results: readonly NumberType[];
}

/** In pages of 64 KiB. */
export interface MemoryLimits extends Limits {
  /**
   * Why this host cannot provide it: threads share it, its addresses have 64 bits, or its pages have another
   * size.
   */
  readonly unserved?: string;
}

export interface CoreTypes {
  /** Exported functions by name, without those over other values. */
  readonly exports: ReadonlyMap<string, PlainFunctionType>;
  /** Imported functions, without those over other values. */
  readonly imports: readonly (PlainFunctionType & { readonly module: string; readonly name: string })[];
  /** The limits of the imported memory. */
  readonly memory: MemoryLimits | undefined;
  /** The limits of all memories, the imported ones first. */
  readonly memories: readonly MemoryLimits[];
  /** The number of mutable globals, imported ones included. */
  readonly mutableGlobals: number;
  /** Exported globals: their index among all globals, and whether they can be set. */
  readonly exportedGlobals: ReadonlyMap<string, { readonly index: number; readonly mutable: boolean }>;
  /** Whether it has a start section: code that runs when the module is instantiated. */
  readonly start: boolean;
}

/** @throws Malformed for features newer than the reader */
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

/** Whether JavaScript can call it, or be called by it, with numbers and bigints alone. */
export function isPlain(type: CoreFunctionType): type is PlainFunctionType {
  return type.params.every(isNumber) && type.results.every(isNumber);
}
