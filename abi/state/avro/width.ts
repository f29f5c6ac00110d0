/**
 * The widths of numbers: the author's integer types within Avro's int and long, and the typed arrays of them.
 */
import type { Schema } from "./schema.ts";

/** The values that an integer type holds. */
export interface Width {
  readonly name: string;
  readonly min: bigint;
  readonly max: bigint;
}

const INTS: ReadonlyMap<string | undefined, Width> = new Map([
  [undefined, { name: "i32", min: -0x8000_0000n, max: 0x7fff_ffffn }],
  ["i8", { name: "i8", min: -0x80n, max: 0x7fn }],
  ["i16", { name: "i16", min: -0x8000n, max: 0x7fffn }],
  ["u8", { name: "u8", min: 0n, max: 0xffn }],
  ["u16", { name: "u16", min: 0n, max: 0xffffn }],
]);
const LONGS: ReadonlyMap<string | undefined, Width> = new Map([
  [undefined, { name: "i64", min: -0x8000_0000_0000_0000n, max: 0x7fff_ffff_ffff_ffffn }],
  ["u32", { name: "u32", min: 0n, max: 0xffff_ffffn }],
  ["u64", { name: "u64", min: 0n, max: 0xffff_ffff_ffff_ffffn }],
]);

/**
 * The integers of a schema; `undefined` where it is not an integer type, or its `moult` does not describe
 * one.
 */
export function widthOf(schema: Schema): Width | undefined {
  if (schema.kind === "int") return INTS.get(schema.moult);
  if (schema.kind === "long") return LONGS.get(schema.moult);
  return undefined;
}

/** Whether every integer of `inner` is one of `outer`. */
export function holds(outer: Width, inner: Width): boolean {
  return outer.min <= inner.min && inner.max <= outer.max;
}

/** The items of a typed array, by its name: Avro's type and its `moult`. `Uint8Array` is Avro's bytes. */
export const TYPED: ReadonlyMap<
  string,
  { readonly kind: "int" | "long" | "float" | "double"; readonly moult?: string }
> = new Map([
  ["Int8Array", { kind: "int", moult: "i8" }],
  ["Int16Array", { kind: "int", moult: "i16" }],
  ["Int32Array", { kind: "int" }],
  ["Int64Array", { kind: "long" }],
  ["Uint8ClampedArray", { kind: "int", moult: "u8" }],
  ["Uint16Array", { kind: "int", moult: "u16" }],
  ["Uint32Array", { kind: "long", moult: "u32" }],
  ["Uint64Array", { kind: "long", moult: "u64" }],
  ["Float32Array", { kind: "float" }],
  ["Float64Array", { kind: "double" }],
]);
