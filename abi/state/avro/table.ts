/**
 * The table of a state, which contains the objects with an identity; the places that hold such an object
 * contain its number.
 */
import type { RecordSchema, Schema } from "./schema.ts";

/**
 * Fields of a root besides its author's: the numbers of parts that keep their identity, by their paths, and
 * the table.
 */
export const HELD = "moult_held";
export const TABLE = "moult_shared";

/** The classes of the objects in the table of a state. */
export function sharedIn(root: Schema): readonly RecordSchema[] {
  const items = itemsOf(root);
  if (items === undefined) return [];
  return (items.kind === "union" ? items.branches : [items]).filter((item) => item.kind === "record");
}

/** The type of the items in a state's table: one class, or a union of several. */
export function itemsOf(root: Schema): Schema | undefined {
  const type = root.kind === "record" ? root.fields.find(({ name }) => name === TABLE)?.type : undefined;
  return type?.kind === "array" && type.moult === "shared" ? type.items : undefined;
}

/** The class that a number refers to; `undefined` for a type that is no such number. */
export function referenceOf({ kind, moult }: Schema): string | undefined {
  return kind === "int" && moult?.startsWith("shared ") ? moult.slice("shared ".length) : undefined;
}
