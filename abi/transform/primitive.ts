/** Numbers, bools and strings, and nullable types. */
import type { NamedTypeNode, Range } from "./compiler.ts";
import { Refusal } from "./refusal.ts";
import type { PrimitiveShape, Shape } from "./shape.ts";
import { textOf } from "./text-of.ts";

/** Primitives by the compiler's `TypeKind`. */
const PRIMITIVES: Readonly<Record<number, readonly [PrimitiveShape["primitive"], string]>> = {
  0: ["bool", "bool"],
  1: ["s8", "i8"],
  2: ["s16", "i16"],
  3: ["s32", "i32"],
  4: ["s64", "i64"],
  6: ["u8", "u8"],
  7: ["u16", "u16"],
  8: ["u32", "u32"],
  9: ["u64", "u64"],
  11: ["f32", "f32"],
  12: ["f64", "f64"],
};

/** @param kind the compiler's `TypeKind` */
export function primitive(kind: number, node: NamedTypeNode): PrimitiveShape {
  const found = PRIMITIVES[kind];
  if (found !== undefined) return { kind: "primitive", primitive: found[0], source: found[1] };
  const name = textOf(node);
  if (kind === 5) throw new Refusal(node.range, `${name} is as wide as the guest's memory: write i32 or i64`);
  if (kind === 10)
    throw new Refusal(node.range, `${name} is as wide as the guest's memory: write u32 or u64`);
  if (name === "void")
    throw new Refusal(node.range, "void holds no value: it can only be a function's result");
  throw new Refusal(node.range, uncrossable(name));
}

/** The message about a type of AssemblyScript's without a counterpart. */
export function uncrossable(name: string): string {
  return `${name} cannot cross into the host: write integers, floats or a Uint8Array`;
}

/** `T | null` */
export function nullable(shape: Shape, range: Range): Shape {
  if (shape.kind === "option" && shape.nullable) return shape;
  if (shape.kind === "enum" || (shape.kind === "primitive" && shape.primitive !== "string")) {
    const name = shape.kind === "enum" ? shape.name : shape.source;
    throw new Refusal(range, `${name} cannot be null: write Option<${name}> from "moult/guest"`);
  }
  return { kind: "option", source: `${shape.source} | null`, nullable: true, element: shape };
}
