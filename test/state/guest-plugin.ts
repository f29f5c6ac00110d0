/** Builds small plugins with a hand-written shape of their state, and drives their state exports. */
import { RESTORE_FUNCTION, SAVE_FUNCTION, stateSource } from "../../abi/transform/codec.ts";
import type { Range } from "../../abi/transform/compiler.ts";
import type {
  FieldShape,
  PrimitiveShape,
  RecordShape,
  Shape,
  StateShape,
} from "../../abi/transform/shape.ts";
import { INITIALIZE, RESTORE, SAVE } from "../../abi/v1.ts";
import { plainBytes } from "../kept/compiled.ts";

const nowhere = { start: 0, end: 0 } as Range;

/** `u64`, `string`. */
export function plain(source: string): PrimitiveShape {
  const primitive = source.replace(/^i(?=\d)/, "s") as PrimitiveShape["primitive"];
  return { kind: "primitive", source, primitive };
}
export function list(element: Shape): Shape {
  return { kind: "list", source: `Array<${element.source}>`, element };
}
export function set(element: Shape): Shape {
  return { kind: "set", source: `Set<${element.source}>`, element };
}
export function map(key: Shape, value: Shape): Shape {
  return { kind: "map", source: `Map<${key.source}, ${value.source}>`, key, value };
}
export function nullable(element: Shape): Shape {
  return { kind: "option", source: `${element.source} | null`, nullable: true, element };
}
/** The guest library's `Option<T>`. */
export function optional(element: Shape): Shape {
  return { kind: "option", source: `Option<${element.source}>`, nullable: false, element };
}
export function typed(source: string, element: string): Shape {
  return { kind: "typed", source, element: plain(element) };
}
export function bytes(container: "Uint8Array" | "ArrayBuffer" | "StaticArray"): Shape {
  return { kind: "bytes", source: container === "StaticArray" ? "StaticArray<u8>" : container, container };
}
export function oneOf(name: string, ...cases: string[]): Shape {
  return { kind: "enum", source: name, name, cases, range: nowhere };
}
/** Fields are shapes, or a shape and what its default is. */
export function record(name: string, fields: Record<string, Shape | [Shape, unknown]>): RecordShape {
  const shape: { -readonly [K in keyof RecordShape]: RecordShape[K] } = {
    kind: "record",
    source: name,
    name,
    fields: [],
    range: nowhere,
  };
  shape.fields = fieldsOf(fields);
  return shape;
}
export function fieldsOf(fields: Record<string, Shape | [Shape, unknown]>): FieldShape[] {
  return Object.entries(fields).map(([name, field]) =>
    Array.isArray(field)
      ? { name, shape: field[0], initial: field[1], range: nowhere }
      : { name, shape: field, range: nowhere },
  );
}

export interface BuildOptions {
  readonly state: StateShape;
  /** The author's text; it exports the classes that the shapes name. */
  readonly author: string;
  /** More text for the entry file. */
  readonly entry?: string;
  readonly names: readonly string[];
  readonly flags?: readonly string[];
}

/** Compiles with the compiler's own interface. Any diagnostic is a failure: generated code must be silent. */
export async function build(options: BuildOptions): Promise<WebAssembly.Module> {
  const { flags = ["-O3"] } = options;
  const generated = stateSource(options.state, { guest: "./guest" });
  const files: Record<string, string> = {
    "author.ts": `${options.author}\nexport { Option } from "./guest/option";`,
    "main.ts": `import { ${options.names.join(", ")} } from "./author";
${generated}
${options.entry ?? ""}`,
  };
  if (process.env.SHOW) console.log(files["main.ts"]);
  const asc = ["main.ts", "--exportStart", "_initialize", ...flags];
  const { wasm, messages } = await plainBytes({ files, asc });
  if (wasm === undefined || messages.length > 0) throw new Error(messages.join("\n"));
  return WebAssembly.compile(wasm);
}

export class Plugin {
  readonly exports: Record<string, (...args: unknown[]) => unknown> & { memory: WebAssembly.Memory };
  /** Set to `n` to stop the save at its nth write. */
  stopAt = Number.POSITIVE_INFINITY;
  /** How many bytes a read answers at most. */
  piece = 1 << 20;
  writes: Uint8Array[] = [];
  #source: Uint8Array = new Uint8Array();
  #read = 0;

  constructor(module: WebAssembly.Module, memory?: WebAssembly.Memory) {
    const instance = new WebAssembly.Instance(module, {
      env: {
        ...(memory && { memory }),
        abort: (message: number, file: number, line: number, column: number) => {
          throw new Error(`${this.#text(message)} (${this.#text(file)}:${line}:${column})`);
        },
      },
      "moult:plugin/state@1.0.0": {
        write: (pointer: number, length: number) => {
          this.writes.push(new Uint8Array(this.exports.memory.buffer).slice(pointer, pointer + length));
          return this.writes.length < this.stopAt ? 1 : 0;
        },
        read: (pointer: number, max: number) => {
          const part = this.#source.subarray(this.#read, this.#read + Math.min(max, this.piece));
          new Uint8Array(this.exports.memory.buffer).set(part, pointer);
          this.#read += part.length;
          return part.length;
        },
      },
    });
    this.exports = instance.exports as never;
    this.exports[INITIALIZE]?.();
  }

  save(): Uint8Array {
    this.writes = [];
    const done = (this.exports[SAVE_FUNCTION] ?? this.exports[SAVE])?.();
    if (done !== 1) throw new Error("stopped");
    return Buffer.concat(this.writes);
  }

  restore(bytes: Uint8Array, schema = 0): void {
    this.#source = bytes;
    this.#read = 0;
    (this.exports[RESTORE_FUNCTION] ?? this.exports[RESTORE])?.(schema);
  }

  #text(pointer: number): string {
    const buffer = this.exports.memory.buffer;
    const bytes = new Uint32Array(buffer)[(pointer - 4) >>> 2] ?? 0;
    return String.fromCharCode(...new Uint16Array(buffer, pointer, bytes / 2));
  }
}

/** The message of the abort that `action` ends in, without its place in the guest's files. */
export function abortOf(action: () => void): string {
  try {
    action();
  } catch (error) {
    return (error as Error).message.replace(/ \([^(]*\)$/, "");
  }
  return "no abort";
}
