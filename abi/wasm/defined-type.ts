/**
 * The types that a module defines. Groups of recursive types are listed as their members, because indices
 * count those.
 */
import { type CoreFunctionType, type CoreValueType, coreValueType } from "./core-type.ts";
import type { Cursor } from "./cursor.ts";

export interface Field {
  readonly type: CoreValueType | "i8" | "i16";
  readonly mutable: boolean;
}

export type DefinedType =
  | ({ readonly kind: "function" } & CoreFunctionType)
  | { readonly kind: "struct"; readonly fields: readonly Field[] }
  | { readonly kind: "array"; readonly element: Field }
  /** From the stack-switching proposal. */
  | { readonly kind: "continuation"; readonly of: number };

/** The most parameters, or results, of a function, as in engines. */
const MOST_VALUES = 1_000;
const MOST_FIELDS = 10_000;
const FORM = { function: 0x60, struct: 0x5f, array: 0x5e, continuation: 0x5d } as const;
const SUB = { open: 0x50, final: 0x4f } as const;
const GROUP = 0x4e;
const PACKED: Readonly<Record<number, "i8" | "i16">> = { 120: "i8", 119: "i16" };

/** Reads the section of types behind its count. */
export function definedTypes(cursor: Cursor, groups: number): DefinedType[] {
  const types: DefinedType[] = [];
  for (let left = groups; left > 0; left--) {
    if (cursor.peek() !== GROUP) {
      types.push(definedType(cursor));
      continue;
    }
    cursor.byte();
    for (let inside = cursor.count("types of a group", 2); inside > 0; inside--)
      types.push(definedType(cursor));
  }
  return types;
}

function definedType(cursor: Cursor): DefinedType {
  const form = cursor.peek();
  if (form === SUB.open || form === SUB.final) {
    cursor.byte();
    for (let left = cursor.count("supertypes", 1); left > 0; left--) cursor.u32();
  }
  return compositeType(cursor);
}

function compositeType(cursor: Cursor): DefinedType {
  const from = cursor.at;
  const form = cursor.byte();
  switch (form) {
    case FORM.function:
      return { kind: "function", params: valueTypes(cursor), results: valueTypes(cursor) };
    case FORM.struct: {
      const fields: Field[] = [];
      for (let left = cursor.count("fields", 2, MOST_FIELDS); left > 0; left--) fields.push(field(cursor));
      return { kind: "struct", fields };
    }
    case FORM.array:
      return { kind: "array", element: field(cursor) };
    case FORM.continuation:
      return { kind: "continuation", of: cursor.u32() };
  }
  return cursor.fail(`found a type of the unknown form 0x${form.toString(16)}`, from);
}

function valueTypes(cursor: Cursor): CoreValueType[] {
  const types: CoreValueType[] = [];
  for (let left = cursor.count("value types", 1, MOST_VALUES); left > 0; left--)
    types.push(coreValueType(cursor));
  return types;
}

function field(cursor: Cursor): Field {
  const packed = PACKED[cursor.peek()];
  if (packed) cursor.byte();
  const type = packed ?? coreValueType(cursor);
  return { type, mutable: mutability(cursor) };
}

/** Whether a field or a global is mutable. */
export function mutability(cursor: Cursor): boolean {
  const from = cursor.at;
  const byte = cursor.byte();
  if (byte > 1) cursor.fail(`found the unknown mutability ${byte}`, from);
  return byte === 1;
}
