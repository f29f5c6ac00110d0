/**
 * Classes with shapes of their own: AssemblyScript's collections and strings, the guest library's option and
 * result.
 */
import type { ClassPrototype } from "./compiler.ts";
import type { PrimitiveShape, Shape } from "./shape.ts";
import { isStandard, type Spelling } from "./spelling.ts";

const TYPED: Readonly<Record<string, PrimitiveShape>> = {
  Int8Array: { kind: "primitive", primitive: "s8", source: "i8" },
  Uint8ClampedArray: { kind: "primitive", primitive: "u8", source: "u8" },
  Int16Array: { kind: "primitive", primitive: "s16", source: "i16" },
  Uint16Array: { kind: "primitive", primitive: "u16", source: "u16" },
  Int32Array: { kind: "primitive", primitive: "s32", source: "i32" },
  Uint32Array: { kind: "primitive", primitive: "u32", source: "u32" },
  Int64Array: { kind: "primitive", primitive: "s64", source: "i64" },
  Uint64Array: { kind: "primitive", primitive: "u64", source: "u64" },
  Float32Array: { kind: "primitive", primitive: "f32", source: "f32" },
  Float64Array: { kind: "primitive", primitive: "f64", source: "f64" },
};

/** The path of the guest library: only its own classes count. */
const GUEST = "~lib/moult/abi/guest/";

/** The shape of a class that is not a record, or `undefined`. */
export function standardShape(
  prototype: ClassPrototype,
  args: readonly Shape[],
  spelling: Spelling,
): Shape | undefined {
  const [first, second] = args;
  const source = spelled(prototype, args, spelling);
  if (prototype.internalName.startsWith(GUEST) && first !== undefined) {
    if (prototype.name === "Option") return { kind: "option", source, nullable: false, element: first };
    if (prototype.name === "Result" && second !== undefined) {
      return { kind: "result", source, ok: first, err: second };
    }
    if (prototype.name === "Outcome") return { kind: "result", source, ok: undefined, err: first };
  }
  if (!isStandard(prototype)) return undefined;
  switch (prototype.name) {
    case "String":
      return { kind: "primitive", primitive: "string", source: "string" };
    case "Uint8Array":
    case "ArrayBuffer":
      return { kind: "bytes", source, container: prototype.name };
    case "StaticArray":
      return first?.source === "u8" ? { kind: "bytes", source, container: "StaticArray" } : undefined;
    case "Array":
      return first && { kind: "list", source, element: first };
    case "Set":
      return first && { kind: "set", source, element: first };
    case "Map":
      return first && second && { kind: "map", source, key: first, value: second };
    default: {
      const element = TYPED[prototype.name];
      return element && { kind: "typed", source, element };
    }
  }
}

/** Why a class of AssemblyScript's library cannot cross, and what can. */
export function refusedClass(prototype: ClassPrototype, text: string): string {
  switch (prototype.name) {
    case "Date":
      return "Date cannot cross into the host: pass its milliseconds as i64";
    case "StaticArray":
      return `${text} cannot cross into the host: write Array, a typed array, or StaticArray<u8>`;
    default:
      return `${text} cannot cross into the host: write a class with the fields that matter`;
  }
}

function spelled(prototype: ClassPrototype, args: readonly Shape[], spelling: Spelling): string {
  if (args.length === 0) return spelling.of(prototype);
  return `${spelling.of(prototype)}<${args.map((shape) => shape.source).join(",")}>`;
}
