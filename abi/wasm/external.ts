/** A module's imports and exports, and its own tables and globals. */
import { constant } from "./constant.ts";
import { type CoreValueType, coreValueType, type ReferenceType } from "./core-type.ts";
import type { Cursor } from "./cursor.ts";
import { mutability } from "./defined-type.ts";
import { type Limits, limits } from "./limits.ts";

const KINDS = ["function", "table", "memory", "global", "tag"] as const;
export type ExternalKind = (typeof KINDS)[number];

/**
 * An import; `index` counts the imports of its kind, and the module's own definitions of that kind follow.
 */
export type Import = { readonly module: string; readonly name: string; readonly index: number } & (
  | { readonly kind: "function" | "tag"; readonly type: number }
  | { readonly kind: "table"; readonly table: Table }
  | { readonly kind: "memory"; readonly memory: Limits }
  | { readonly kind: "global"; readonly global: Global }
);

export interface Export {
  readonly name: string;
  readonly kind: ExternalKind;
  readonly index: number;
}

export interface Table extends Limits {
  readonly element: ReferenceType;
}

export interface Global {
  readonly type: CoreValueType;
  readonly mutable: boolean;
  /** Its initial value, if that is a single `i32.const`. */
  readonly value?: number;
}

/** Marks a table whose elements begin with an expression. */
export const WITH_EXPRESSION = 0x40;

/** Reads imports one after the other, and counts those of each kind. */
export function importReader(): (part: Cursor) => Import {
  const counts: Record<ExternalKind, number> = { function: 0, table: 0, memory: 0, global: 0, tag: 0 };
  return (part) => {
    const [module, name, kind] = [part.name(), part.name(), externalKind(part)];
    const named = { module, name, index: counts[kind]++ };
    switch (kind) {
      case "function":
        return { ...named, kind, type: part.u32() };
      case "table":
        return { ...named, kind, table: table(part) };
      case "memory":
        return { ...named, kind, memory: limits(part) };
      case "global":
        return { ...named, kind, global: globalType(part) };
      case "tag":
        part.byte();
        return { ...named, kind, type: part.u32() };
    }
  };
}

export function readExport(part: Cursor): Export {
  return { name: part.name(), kind: externalKind(part), index: part.u32() };
}

function externalKind(part: Cursor): ExternalKind {
  const from = part.at;
  const byte = part.byte();
  return KINDS[byte] ?? part.fail(`found an import or export of the unknown kind ${byte}`, from);
}

function table(part: Cursor): Table {
  const from = part.at;
  const element = coreValueType(part);
  if (typeof element === "string") return part.fail(`found a table of ${element}, wanted references`, from);
  return { element, ...limits(part) };
}

export function ownTable(part: Cursor): Table {
  if (part.peek() !== WITH_EXPRESSION) return table(part);
  part.skip(2, "a table");
  const own = table(part);
  constant(part);
  return own;
}

function globalType(part: Cursor): Global {
  return { type: coreValueType(part), mutable: mutability(part) };
}

export function ownGlobal(part: Cursor): Global {
  const own = globalType(part);
  const value = constant(part);
  return value === undefined ? own : { ...own, value };
}
