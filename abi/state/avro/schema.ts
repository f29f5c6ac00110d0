/** Avro schemas: the JSON form, checked and resolved into a graph that the codecs walk. */

/**
 * In every schema `moult` is the author's type, where Avro's own type is less precise; `least` is the fewest
 * bytes of a value.
 */
interface Node {
  readonly moult?: string | undefined;
  readonly least: number;
}
export interface PrimitiveSchema extends Node {
  readonly kind: "null" | "boolean" | "int" | "long" | "float" | "double" | "bytes" | "string";
}
export interface ArraySchema extends Node {
  readonly kind: "array";
  readonly items: Schema;
}
export interface MapSchema extends Node {
  readonly kind: "map";
  readonly values: Schema;
}
export interface UnionSchema extends Node {
  readonly kind: "union";
  readonly branches: readonly Schema[];
}
export interface EnumSchema extends Node {
  readonly kind: "enum";
  /** With its namespace, as are aliases. */
  readonly name: string;
  readonly aliases: readonly string[];
  readonly symbols: readonly string[];
}
export interface FixedSchema extends Node {
  readonly kind: "fixed";
  readonly name: string;
  readonly aliases: readonly string[];
  readonly size: number;
}
export interface RecordSchema extends Node {
  readonly kind: "record";
  readonly name: string;
  readonly aliases: readonly string[];
  readonly fields: readonly FieldSchema[];
  /** Fields of older versions that were dropped on purpose. */
  readonly dropped: readonly string[];
}
export interface FieldSchema {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly type: Schema;
  /** The value for an older datum without the field: a datum of `type`. */
  readonly initial?: Uint8Array;
}
/**
 * Recursive records make this a graph with cycles; its height without them is at most `LIMITS.schemaDepth`.
 */
export type Schema =
  | PrimitiveSchema
  | ArraySchema
  | MapSchema
  | UnionSchema
  | EnumSchema
  | FixedSchema
  | RecordSchema;

/** `demo.Totals` without its namespace. */
export function shortName(name: string): string {
  return name.slice(name.lastIndexOf(".") + 1);
}

/** A piece of foreign JSON, short enough for a message. */
export function show(json: unknown): string {
  if (typeof json === "object" && json !== null) return Array.isArray(json) ? "a list" : "an object";
  const text = json === undefined ? "nothing" : (JSON.stringify(json) ?? String(json));
  return text.length > 64 ? `${text.slice(0, 61)}...` : text;
}
