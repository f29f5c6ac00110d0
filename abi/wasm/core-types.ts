/** What a WebAssembly module's bytes say of core types, which engines know and do not tell. */

/** A core value type that JavaScript can call with. */
export type CoreType = "i32" | "i64" | "f32" | "f64";

export interface CoreFunctionType {
  readonly params: readonly CoreType[];
  readonly results: readonly CoreType[];
}

/** In pages of 64 KiB. */
export interface MemoryLimits {
  readonly initial: number;
  readonly maximum?: number;
  /** Threads share it, or its addresses have 64 bits: no host of ours serves it. */
  readonly unserved?: "shared" | "of 64 bits";
}

export interface CoreTypes {
  /** Exported functions by name; those with values that JavaScript cannot make are left out. */
  readonly exports: ReadonlyMap<string, CoreFunctionType>;
  /** Imported functions, with the same left out. */
  readonly imports: readonly (CoreFunctionType & { readonly module: string; readonly name: string })[];
  /** Of the imported memory. */
  readonly memory: MemoryLimits | undefined;
  /** Of all memories, the imported ones first. */
  readonly memories: readonly MemoryLimits[];
  /** Mutable globals, imported ones too; unknown where one begins with an expression of a newer sort. */
  readonly mutableGlobals: number | undefined;
  /** Exported globals: where each one lies among all, and whether it can be set. */
  readonly exportedGlobals: ReadonlyMap<string, { readonly index: number; readonly mutable: boolean }>;
  /** Whether it has a start section: code that runs when it is instantiated. */
  readonly start: boolean;
}

type Signature = { readonly params: readonly unknown[]; readonly results: readonly unknown[] };

const VALUES: ReadonlyMap<number, CoreType> = new Map([
  [0x7f, "i32"],
  [0x7e, "i64"],
  [0x7d, "f32"],
  [0x7c, "f64"],
]);
const SECTION = { type: 1, import: 2, function: 3, memory: 5, global: 6, export: 7 } as const;
const START_SECTION = 8;
const READ: readonly number[] = Object.values(SECTION);
const KIND = { function: 0, table: 1, memory: 2, global: 3, tag: 4 } as const;
const FUNCTION_TYPE = 0x60;
const OPCODE = { end: 0x0b } as const;
/** What follows the instructions that constant expressions are made of: bytes, or a number in LEB128. */
const IMMEDIATE: ReadonlyMap<number, number | "leb"> = new Map<number, number | "leb">([
  ...[0x23, 0x41, 0x42, 0xd0, 0xd2].map((code) => [code, "leb"] as const),
  [0x43, 4],
  [0x44, 8],
  // i32 and i64: add, sub, mul
  ...[0x6a, 0x6b, 0x6c, 0x7c, 0x7d, 0x7e].map((code) => [code, 0] as const),
]);

/**
 * Reads the types of a module that the engine has found valid: what is well formed is not checked again.
 *
 * @returns `undefined` where types are of a newer sort: recursive ones, structs, references to them
 */
export function coreTypes(bytes: Uint8Array): CoreTypes | undefined {
  const types: Signature[] = [];
  const functions: number[] = [];
  const exports = new Map<string, CoreFunctionType>();
  const imports: (CoreFunctionType & { module: string; name: string })[] = [];
  const memories: MemoryLimits[] = [];
  const mutable: boolean[] = [];
  const exportedGlobals = new Map<string, { index: number; mutable: boolean }>();
  let memory: MemoryLimits | undefined;
  let globalsKnown = true;
  let start = false;
  const reader = new Reader(bytes);
  reader.at = 8;
  while (reader.at < bytes.length) {
    const id = reader.byte();
    const size = reader.unsigned();
    const end = reader.at + size;
    start ||= id === START_SECTION;
    const count = READ.includes(id) ? reader.unsigned() : 0;
    for (let i = 0; i < count; i++) {
      if (id === SECTION.type) {
        if (reader.byte() !== FUNCTION_TYPE) return undefined;
        const params = reader.values();
        const results = params && reader.values();
        if (!params || !results) return undefined;
        types.push({ params, results });
      } else if (id === SECTION.import) {
        const [module, name, kind] = [reader.name(), reader.name(), reader.byte()];
        if (kind === KIND.function) {
          const index = reader.unsigned();
          functions.push(index);
          const signature = types[index];
          if (signature && isPlain(signature)) imports.push({ module, name, ...signature });
        } else if (kind === KIND.memory) {
          memory = reader.limits();
          memories.push(memory);
        } else if (kind === KIND.global) {
          if (isWide(reader.byte())) return undefined;
          mutable.push(reader.byte() === 1);
        } else if (!reader.skipImport(kind)) return undefined;
      } else if (id === SECTION.function) {
        functions.push(reader.unsigned());
      } else if (id === SECTION.memory) {
        memories.push(reader.limits());
      } else if (id === SECTION.global) {
        if (isWide(reader.byte())) reader.unsigned();
        mutable.push(reader.byte() === 1);
        globalsKnown = reader.skipExpression();
        if (!globalsKnown) break;
      } else {
        const [name, kind, index] = [reader.name(), reader.byte(), reader.unsigned()];
        const signature = types[functions[index] ?? -1];
        if (kind === KIND.function && signature && isPlain(signature)) exports.set(name, signature);
        if (kind === KIND.global) exportedGlobals.set(name, { index, mutable: mutable[index] ?? false });
      }
    }
    reader.at = end;
  }
  const mutableGlobals = globalsKnown ? mutable.filter(Boolean).length : undefined;
  return { exports, imports, memory, memories, mutableGlobals, exportedGlobals, start };
}

function isPlain(signature: Signature): signature is CoreFunctionType {
  return [...signature.params, ...signature.results].every((type) => type !== undefined);
}

class Reader {
  at = 0;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  byte(): number {
    const byte = this.#bytes[this.at++];
    if (byte === undefined) throw new RangeError("a WebAssembly module ends within a section");
    return byte;
  }

  /** LEB128. */
  unsigned(): number {
    let value = 0;
    for (let unit = 1; ; unit *= 128) {
      const byte = this.byte();
      value += (byte & 0x7f) * unit;
      if (byte < 0x80) return value;
    }
  }

  name(): string {
    const length = this.unsigned();
    this.at += length;
    return new TextDecoder("utf-8", { ignoreBOM: true }).decode(
      this.#bytes.subarray(this.at - length, this.at),
    );
  }

  /** Value types, `undefined` for those that JavaScript cannot make. Nothing, when one takes more than a byte. */
  values(): (CoreType | undefined)[] | undefined {
    const values: (CoreType | undefined)[] = [];
    for (let left = this.unsigned(); left > 0; left--) {
      const byte = this.byte();
      if (isWide(byte)) return undefined;
      values.push(VALUES.get(byte));
    }
    return values;
  }

  limits(): MemoryLimits {
    const flags = this.byte();
    const initial = this.unsigned();
    const limits = flags & 1 ? { initial, maximum: this.unsigned() } : { initial };
    if (flags & 4) return { ...limits, unserved: "of 64 bits" };
    return flags & 2 ? { ...limits, unserved: "shared" } : limits;
  }

  /** A constant expression, its end too. @returns whether it could */
  skipExpression(): boolean {
    for (;;) {
      const code = this.byte();
      if (code === OPCODE.end) return true;
      const bytes = IMMEDIATE.get(code);
      if (bytes === undefined) return false;
      if (bytes === "leb") while (this.byte() >= 0x80);
      else this.at += bytes;
    }
  }

  /** @returns whether it could */
  skipImport(kind: number): boolean {
    if (kind === KIND.tag) {
      this.at++;
      this.unsigned();
      return true;
    }
    if (isWide(this.byte())) return false;
    this.limits();
    return true;
  }
}

/** `(ref ...)` and `(ref null ...)` have a heap type after them. */
function isWide(type: number): boolean {
  return type === 0x63 || type === 0x64;
}
