/** What a WebAssembly module's bytes say of core types, which engines know and do not tell. */

/** A core value type that JavaScript can call with. */
export type CoreType = "i32" | "i64" | "f32" | "f64";

export interface CoreFunctionType {
  readonly params: readonly CoreType[];
  readonly results: readonly CoreType[];
}

export interface CoreTypes {
  /** Exported functions by name; those with values that JavaScript cannot make are left out. */
  readonly exports: ReadonlyMap<string, CoreFunctionType>;
  /** Of the imported memory, in pages of 64 KiB. */
  readonly memory: { readonly initial: number; readonly maximum?: number } | undefined;
}

type Signature = { readonly params: readonly unknown[]; readonly results: readonly unknown[] };

const VALUES: ReadonlyMap<number, CoreType> = new Map([
  [0x7f, "i32"],
  [0x7e, "i64"],
  [0x7d, "f32"],
  [0x7c, "f64"],
]);
const SECTION = { type: 1, import: 2, function: 3, export: 7 } as const;
const READ: readonly number[] = Object.values(SECTION);
const KIND = { function: 0, table: 1, memory: 2, tag: 4 } as const;
const FUNCTION_TYPE = 0x60;

/**
 * Reads the types of a module that the engine has found valid: what is well formed is not checked again.
 *
 * @returns `undefined` where types are of a newer sort: recursive ones, structs, references to them
 */
export function coreTypes(bytes: Uint8Array): CoreTypes | undefined {
  const types: Signature[] = [];
  const functions: number[] = [];
  const exports = new Map<string, CoreFunctionType>();
  let memory: CoreTypes["memory"];
  const reader = new Reader(bytes);
  reader.at = 8;
  while (reader.at < bytes.length) {
    const id = reader.byte();
    const size = reader.unsigned();
    const end = reader.at + size;
    const count = READ.includes(id) ? reader.unsigned() : 0;
    for (let i = 0; i < count; i++) {
      if (id === SECTION.type) {
        if (reader.byte() !== FUNCTION_TYPE) return undefined;
        const params = reader.values();
        const results = params && reader.values();
        if (!params || !results) return undefined;
        types.push({ params, results });
      } else if (id === SECTION.import) {
        reader.name();
        reader.name();
        const kind = reader.byte();
        if (kind === KIND.function) functions.push(reader.unsigned());
        else if (kind === KIND.memory) memory = reader.limits();
        else if (!reader.skipImport(kind)) return undefined;
      } else if (id === SECTION.function) {
        functions.push(reader.unsigned());
      } else {
        const name = reader.name();
        const kind = reader.byte();
        const signature = types[functions[reader.unsigned()] ?? -1];
        if (kind === KIND.function && signature && isPlain(signature)) exports.set(name, signature);
      }
    }
    reader.at = end;
  }
  return { exports, memory };
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

  limits(): { initial: number; maximum?: number } {
    const flags = this.byte();
    const initial = this.unsigned();
    return flags & 1 ? { initial, maximum: this.unsigned() } : { initial };
  }

  /** @returns whether it could */
  skipImport(kind: number): boolean {
    if (kind === KIND.tag) {
      this.at++;
      this.unsigned();
      return true;
    }
    if (isWide(this.byte())) return false;
    if (kind === KIND.table) this.limits();
    else this.at++;
    return true;
  }
}

/** `(ref ...)` and `(ref null ...)` have a heap type after them. */
function isWide(type: number): boolean {
  return type === 0x63 || type === 0x64;
}
