/** Value types of WebAssembly itself, in binary and text form. */
import type { Cursor } from "./cursor.ts";

/** A core value type that is a number or a bigint in JavaScript. */
export type NumberType = "i32" | "i64" | "f32" | "f64";

/** A reference: to a type of the module by its index, or to a heap type with a name in the specification. */
export interface ReferenceType {
  readonly heap: string | number;
  readonly nullable: boolean;
}

export type CoreValueType = NumberType | "v128" | ReferenceType;

const NUMBERS: ReadonlyMap<number, NumberType | "v128"> = new Map([
  [0x7f, "i32"],
  [0x7e, "i64"],
  [0x7d, "f32"],
  [0x7c, "f64"],
  [0x7b, "v128"],
]);

/** Heap types with names. As a value type each means a nullable reference to it. */
const HEAPS: ReadonlyMap<number, string> = new Map([
  [0x75, "nocont"],
  [0x74, "noexn"],
  [0x73, "nofunc"],
  [0x72, "noextern"],
  [0x71, "none"],
  [0x70, "func"],
  [0x6f, "extern"],
  [0x6e, "any"],
  [0x6d, "eq"],
  [0x6c, "i31"],
  [0x6b, "struct"],
  [0x6a, "array"],
  [0x69, "exn"],
  [0x68, "cont"],
  [0x67, "string"],
]);
const REFERENCE = { nullable: 0x63, never: 0x64 } as const;

export function coreValueType(cursor: Cursor): CoreValueType {
  const from = cursor.at;
  const byte = cursor.byte();
  const number = NUMBERS.get(byte);
  if (number) return number;
  if (byte === REFERENCE.nullable) return { heap: heapType(cursor), nullable: true };
  if (byte === REFERENCE.never) return { heap: heapType(cursor), nullable: false };
  const heap = HEAPS.get(byte);
  return heap ? { heap, nullable: true } : cursor.fail(`found the unknown type 0x${byte.toString(16)}`, from);
}

/** A heap type: one number of 33 bits, which is negative for a named type, else a type's index. */
export function heapType(cursor: Cursor): string | number {
  const from = cursor.at;
  const value = cursor.signed(33);
  if (value >= 0) return value;
  return HEAPS.get(value + 0x80) ?? cursor.fail(`found the unknown heap type ${value}`, from);
}

export function isNumber(type: CoreValueType): type is NumberType {
  return typeof type === "string" && type !== "v128";
}

/** Short forms of the text format that are not the heap type's name and "ref". */
const SHORT: Readonly<Record<string, string>> = {
  none: "nullref",
  noextern: "nullexternref",
  nofunc: "nullfuncref",
  noexn: "nullexnref",
  nocont: "nullcontref",
};

/** A core type in the text format: `i32`, `funcref`, `(ref null 3)`. */
export function spellCore(type: CoreValueType): string {
  if (typeof type === "string") return type;
  const { heap, nullable } = type;
  if (nullable && typeof heap === "string") return SHORT[heap] ?? `${heap}ref`;
  return `(ref ${nullable ? "null " : ""}${heap})`;
}

export interface CoreFunctionType {
  readonly params: readonly CoreValueType[];
  readonly results: readonly CoreValueType[];
}

/** `(i32, i64) -> i32` */
export function spellCoreFunction({ params, results }: CoreFunctionType): string {
  const answer = results.map(spellCore).join(", ");
  return `(${params.map(spellCore).join(", ")})${answer === "" ? "" : ` -> ${answer}`}`;
}
