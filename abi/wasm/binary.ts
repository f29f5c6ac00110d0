/**
 * A WebAssembly module's bytes, read section by section, each at its first use. Nothing is compiled or run.
 * Of code only its position is read: whether it is well formed is left to the engine.
 */
import type { CoreFunctionType } from "./core-type.ts";
import { Cursor } from "./cursor.ts";
import { type DefinedType, definedTypes } from "./defined-type.ts";
import {
  type Export,
  type ExternalKind,
  type Global,
  type Import,
  importReader,
  ownGlobal,
  ownTable,
  readExport,
  type Table,
} from "./external.ts";
import { type Limits, limits } from "./limits.ts";
import { type Section, type SectionName, sectionsOf } from "./sections.ts";

/** The position of a function's code: its locals, then its instructions. */
export interface Body {
  /** The function's index, with imports counted first. */
  readonly index: number;
  readonly at: number;
  readonly size: number;
}

export class WasmBinary {
  readonly bytes: Uint8Array;
  /** In their order in the file. */
  readonly sections: readonly Section[];
  #types: readonly DefinedType[] | undefined;
  #imports: readonly Import[] | undefined;
  #functions: readonly number[] | undefined;
  #tables: readonly Table[] | undefined;
  #memories: readonly Limits[] | undefined;
  #globals: readonly Global[] | undefined;
  #exports: readonly Export[] | undefined;
  #bodies: readonly Body[] | undefined;

  /**
   * @param bytes begin with WebAssembly's magic number and version 1
   * @throws Malformed naming the byte, here and in all methods that read more: for bytes that no engine would
   * accept, or for features newer than this reader
   */
  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.sections = sectionsOf(bytes);
  }

  /** By index; the types of recursive groups are counted one by one. */
  get types(): readonly DefinedType[] {
    this.#types ??= this.#section("type", (part) => definedTypes(part, part.count("types", 2)), []);
    return this.#types;
  }

  get imports(): readonly Import[] {
    this.#imports ??= this.#items("import", "imports", 4, importReader());
    return this.#imports;
  }

  /**
   * The type index of each function, by the function's index: imported functions come first, as in the lists
   * of tables, memories and globals.
   */
  get functions(): readonly number[] {
    this.#functions ??= [
      ...this.imports.flatMap((each) => (each.kind === "function" ? [each.type] : [])),
      ...this.#items("function", "functions", 1, (part) => part.u32()),
    ];
    return this.#functions;
  }

  get tables(): readonly Table[] {
    this.#tables ??= [
      ...this.imports.flatMap((each) => (each.kind === "table" ? [each.table] : [])),
      ...this.#items("table", "tables", 3, ownTable),
    ];
    return this.#tables;
  }

  get memories(): readonly Limits[] {
    this.#memories ??= [
      ...this.imports.flatMap((each) => (each.kind === "memory" ? [each.memory] : [])),
      ...this.#items("memory", "memories", 2, limits),
    ];
    return this.#memories;
  }

  get globals(): readonly Global[] {
    this.#globals ??= [
      ...this.imports.flatMap((each) => (each.kind === "global" ? [each.global] : [])),
      ...this.#items("global", "globals", 4, ownGlobal),
    ];
    return this.#globals;
  }

  get exports(): readonly Export[] {
    this.#exports ??= this.#items("export", "exports", 3, readExport);
    return this.#exports;
  }

  /** The index of the function that runs when the module is instantiated. */
  get start(): number | undefined {
    return this.#section<number | undefined>("start", (part) => part.u32(), undefined);
  }

  get bodies(): readonly Body[] {
    let index = this.imported("function");
    this.#bodies ??= this.#items("code", "functions", 2, (part) => {
      const size = part.u32();
      const { at } = part.part(size, "a function");
      return { index: index++, at, size };
    });
    return this.#bodies;
  }

  /** The number of imports of a kind: they come first in its list. */
  imported(kind: ExternalKind): number {
    return this.imports.filter((each) => each.kind === kind).length;
  }

  /** The type of a function by its index; missing where there is no such function. */
  functionType(index: number): CoreFunctionType | undefined {
    const type = this.types[this.functions[index] ?? -1];
    return type?.kind === "function" ? type : undefined;
  }

  /** The contents of all custom sections of a name, without that name, in order. */
  custom(name: string): readonly Uint8Array[] {
    const own = this.sections.filter((each) => each.custom && each.name === name);
    return own.map(({ at, end }) => {
      const cursor = new Cursor(this.bytes, at, end);
      cursor.skip(cursor.u32(), "a name");
      return cursor.rest();
    });
  }

  #items<T>(name: SectionName, what: string, least: number, read: (part: Cursor) => T): T[] {
    const all = (part: Cursor) => {
      const items: T[] = [];
      for (let left = part.count(what, least); left > 0; left--) items.push(read(part));
      return items;
    };
    return this.#section(name, all, []);
  }

  /** Reads a whole section. @param none the result for a missing section */
  #section<T>(name: SectionName, read: (part: Cursor) => T, none: T): T {
    const section = this.sections.find((each) => !each.custom && each.name === name);
    if (!section) return none;
    const part = new Cursor(this.bytes, section.at, section.end);
    const found = read(part);
    if (!part.done) part.fail(`found ${part.end - part.at} unused bytes at the end of the section (${name})`);
    return found;
  }
}
