/** What a WebAssembly module's bytes say, read section by section. Nothing of it is compiled or run. */
import { cut } from "../page/table.ts";
import { type Limits, Malformed, WasmReader } from "./wasm-reader.ts";

export interface Section {
  /** What the format calls it: `code`; a custom section by its own name. */
  readonly name: string;
  readonly custom: boolean;
  /** Where its contents begin. */
  readonly at: number;
  /** Bytes of its contents. */
  readonly size: number;
}

export type Kind = "function" | "table" | "memory" | "global" | "tag";

export interface Import {
  readonly module: string;
  readonly name: string;
  readonly kind: Kind;
  /** Of a function: `(i32) -> i32`, where it is known. */
  readonly type?: string;
}

export interface Export {
  readonly name: string;
  readonly kind: Kind;
  readonly type?: string;
}

export interface Body {
  /** Of the function, imports counted first. */
  readonly index: number;
  /** Bytes of its code. */
  readonly size: number;
  /** From the section of names, else what it is exported as. */
  readonly name?: string;
}

export interface WasmModule {
  readonly sections: readonly Section[];
  readonly imports: readonly Import[];
  readonly exports: readonly Export[];
  /** In pages of 64 KiB. */
  readonly memory?: Limits & { readonly imported: boolean };
  readonly bodies: readonly Body[];
  /** Contents of custom sections, in order. */
  readonly custom: ReadonlyMap<string, readonly Uint8Array[]>;
  /** What engines pass over, and is wrong all the same. */
  readonly flaws: readonly string[];
}

const SECTIONS = [
  ...["custom", "type", "import", "function", "table", "memory", "global", "export", "start"],
  ...["element", "code", "data", "data count", "tag"],
];
const KINDS: readonly Kind[] = ["function", "table", "memory", "global", "tag"];
const FUNCTION_TYPE = 0x60;
const MOST_SECTIONS = 10_000;
/** Characters of a type: one with hundreds of parameters is cut. */
const LONGEST_TYPE = 240;

/** What is gathered from section to section. */
interface Gathered {
  readonly types: (string | undefined)[];
  /** The type's number of each function. */
  readonly functions: number[];
  readonly imports: { module: string; name: string; kind: Kind; index?: number }[];
  readonly exports: { name: string; kind: Kind; index: number }[];
  readonly sizes: number[];
  memory?: Limits & { readonly imported: boolean };
}

/**
 * Reads a module.
 *
 * @param bytes which begin with WebAssembly's magic number and version 1
 * @throws Malformed which names the byte, for what no engine would take
 */
export function readWasm(bytes: Uint8Array): WasmModule {
  const reader = new WasmReader(bytes, 8);
  const sections: Section[] = [];
  const custom = new Map<string, Uint8Array[]>();
  const found: Gathered = { types: [], functions: [], imports: [], exports: [], sizes: [] };
  while (!reader.done) {
    const from = reader.at;
    const id = reader.byte();
    const size = reader.u32();
    const name = SECTIONS[id] ?? reader.fail(`found a section of the unknown kind ${id}`, from);
    if (sections.length === MOST_SECTIONS) reader.fail(`found more than ${MOST_SECTIONS} sections`, from);
    const part = reader.part(size, `a section (${name})`);
    const { at } = part;
    if (id !== 0) {
      sections.push({ name, custom: false, at, size });
      readSection(name, part, found);
      continue;
    }
    const own = part.name();
    sections.push({ name: own, custom: true, at, size });
    const before = custom.get(own);
    if (before) before.push(part.rest());
    else custom.set(own, [part.rest()]);
  }
  return { sections, custom, ...resolved(found, custom.get("name")?.[0]) };
}

function readSection(name: string, part: WasmReader, found: Gathered): void {
  switch (name) {
    case "type":
      readTypes(part, found);
      return;
    case "import":
      readImports(part, found);
      return;
    case "function":
      for (let left = part.count("functions", 1); left > 0; left--) found.functions.push(part.u32());
      return;
    case "memory":
      if (part.count("memories", 2) > 0) found.memory ??= { ...part.limits(), imported: false };
      return;
    case "export":
      for (let left = part.count("exports", 3); left > 0; left--) {
        found.exports.push({ name: part.name(), kind: kindOf(part), index: part.u32() });
      }
      return;
    case "code":
      for (let left = part.count("functions", 2); left > 0; left--) {
        const size = part.u32();
        part.part(size, "a function");
        found.sizes.push(size);
      }
      return;
  }
}

/** Types of a newer sort than functions end the reading: what follows them is not known. */
function readTypes(part: WasmReader, { types }: Gathered): void {
  for (let left = part.count("types", 1); left > 0; left--) {
    if (part.byte() !== FUNCTION_TYPE) return;
    const params = part.valueTypes().join(", ");
    const results = part.valueTypes().join(", ");
    types.push(cut(`(${params})${results === "" ? "" : ` -> ${results}`}`, LONGEST_TYPE));
  }
}

function readImports(part: WasmReader, found: Gathered): void {
  for (let left = part.count("imports", 4); left > 0; left--) {
    const [module, name, kind] = [part.name(), part.name(), kindOf(part)];
    if (kind === "function") {
      const index = found.functions.push(part.u32()) - 1;
      found.imports.push({ module, name, kind, index });
      continue;
    }
    if (kind === "table") {
      part.valueType();
      part.limits();
    } else if (kind === "memory") {
      found.memory ??= { ...part.limits(), imported: true };
    } else if (kind === "global") {
      part.valueType();
      part.byte();
    } else {
      part.byte();
      part.u32();
    }
    found.imports.push({ module, name, kind });
  }
}

function kindOf(part: WasmReader): Kind {
  const from = part.at;
  const byte = part.byte();
  return KINDS[byte] ?? part.fail(`found an import or export of the unknown kind ${byte}`, from);
}

function resolved(found: Gathered, section: Uint8Array | undefined): Omit<WasmModule, "sections" | "custom"> {
  const { types, functions, memory } = found;
  const typed = (index: number | undefined) => {
    const type = index === undefined ? undefined : types[functions[index] ?? -1];
    return type === undefined ? {} : { type };
  };
  const { names, flaw } = functionNames(section);
  for (const { name, kind, index } of found.exports) {
    if (kind === "function" && !names.has(index)) names.set(index, name);
  }
  const imported = found.imports.filter(({ kind }) => kind === "function").length;
  const bodies = found.sizes.map((size, i) => {
    const name = names.get(imported + i);
    return { index: imported + i, size, ...(name === undefined ? {} : { name }) };
  });
  return {
    imports: found.imports.map(({ index, ...rest }) => ({ ...rest, ...typed(index) })),
    exports: found.exports.map(({ name, kind, index }) => ({
      name,
      kind,
      ...(kind === "function" ? typed(index) : {}),
    })),
    ...(memory && { memory }),
    bodies,
    flaws: flaw === undefined ? [] : [flaw],
  };
}

/** The part of a section of names that names functions. */
const FUNCTIONS = 1;

/** Engines pass over a section of names that is damaged; so does this, but says so. */
function functionNames(section: Uint8Array | undefined): { names: Map<number, string>; flaw?: string } {
  const names = new Map<number, string>();
  if (section === undefined) return { names };
  try {
    const reader = new WasmReader(section);
    while (!reader.done) {
      const id = reader.byte();
      const part = reader.part(reader.u32(), "a part");
      if (id !== FUNCTIONS) continue;
      for (let left = part.count("names", 2); left > 0; left--) names.set(part.u32(), part.name());
    }
    return { names };
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    return { names, flaw: `its section "name" is damaged: ${error.message} of the section` };
  }
}
