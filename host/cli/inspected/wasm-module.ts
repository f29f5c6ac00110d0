/** A WebAssembly module's bytes in words: sections, imports and exports with their types, memories, code. */
import {
  type ExternalKind,
  functionNames,
  type Limits,
  Malformed,
  type Section,
  spellCore,
  spellCoreFunction,
  WasmBinary,
} from "../../../abi/wasm/mod.ts";
import { cut } from "../page/table.ts";

export interface Import {
  readonly module: string;
  readonly name: string;
  readonly kind: ExternalKind;
  /** `(i32) -> i32`; of a global `mut i32`, of a table `funcref`. */
  readonly type?: string;
}

export interface Export {
  readonly name: string;
  readonly kind: ExternalKind;
  readonly type?: string;
}

export interface Body {
  /** The function's index, with imports counted first. */
  readonly index: number;
  /** Bytes of its code. */
  readonly size: number;
  /** From the name section, else the name of an export. */
  readonly name?: string;
}

/** In bytes. */
export interface Memory {
  readonly initial: number;
  readonly maximum?: number;
  readonly imported: boolean;
  /** Whether threads share it. */
  readonly shared?: true;
  /** Bits of its addresses, if not 32. */
  readonly addresses?: 64;
  /** Bytes of a page, if not 65,536. */
  readonly pageSize?: number;
}

export interface WasmModule {
  readonly sections: readonly Section[];
  readonly imports: readonly Import[];
  readonly exports: readonly Export[];
  /** Imported memories come first. */
  readonly memories: readonly Memory[];
  readonly bodies: readonly Body[];
  /** The contents of all custom sections of a name, in order. */
  readonly custom: (name: string) => readonly Uint8Array[];
  /** Faults that engines ignore. */
  readonly flaws: readonly string[];
}

/** The most characters of a type: one with hundreds of parameters is cut. */
const LONGEST_TYPE = 240;
const PAGE = 65_536;

/**
 * Reads a module.
 *
 * @param bytes begin with WebAssembly's magic number and version 1
 * @throws Malformed naming the byte, for what no engine would accept, or for features newer than this reader
 */
export function readWasm(bytes: Uint8Array): WasmModule {
  const binary = new WasmBinary(bytes);
  const { names, flaw } = namesOf(binary);
  const typed = (kind: ExternalKind, index: number) => {
    const type = typeOf(binary, kind, index);
    return type === undefined ? {} : { type: cut(type, LONGEST_TYPE) };
  };
  const imported = binary.imports.filter(({ kind }) => kind === "memory").length;
  return {
    sections: binary.sections,
    imports: binary.imports.map(({ module, name, kind, index }) => ({
      module,
      name,
      kind,
      ...typed(kind, index),
    })),
    exports: binary.exports.map(({ name, kind, index }) => ({ name, kind, ...typed(kind, index) })),
    memories: binary.memories.map((limits, i) => memory(limits, i < imported)),
    bodies: binary.bodies.map(({ index, size }) => {
      const name = names.get(index);
      return { index, size, ...(name === undefined ? {} : { name }) };
    }),
    custom: (name) => binary.custom(name),
    flaws: flaw === undefined ? [] : [flaw],
  };
}

function typeOf(binary: WasmBinary, kind: ExternalKind, index: number): string | undefined {
  if (kind === "function") {
    const type = binary.functionType(index);
    return type && spellCoreFunction(type);
  }
  if (kind === "table") {
    const table = binary.tables[index];
    return table && spellCore(table.element);
  }
  const global = kind === "global" ? binary.globals[index] : undefined;
  return global && `${global.mutable ? "mut " : ""}${spellCore(global.type)}`;
}

function memory({ initial, maximum, shared, wide, pageSize = PAGE }: Limits, imported: boolean): Memory {
  return {
    initial: initial * pageSize,
    ...(maximum !== undefined && { maximum: maximum * pageSize }),
    imported,
    ...(shared && { shared }),
    ...(wide && { addresses: 64 }),
    ...(pageSize !== PAGE && { pageSize }),
  };
}

/** Engines ignore a damaged name section; this does too, but reports it. */
function namesOf(binary: WasmBinary): { readonly names: Map<number, string>; readonly flaw?: string } {
  const [section] = binary.custom("name");
  const names = new Map<number, string>();
  let flaw: string | undefined;
  try {
    if (section) for (const [index, name] of functionNames(section)) names.set(index, name);
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    flaw = `its section "name" is damaged: ${error.message} of the section`;
  }
  for (const { name, kind, index } of binary.exports) {
    if (kind === "function" && !names.has(index)) names.set(index, name);
  }
  return { names, ...(flaw !== undefined && { flaw }) };
}
