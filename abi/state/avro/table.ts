/** The table of a state, in which objects that have an identity lie; where one is held, there is its number. */
import type { RecordSchema, Schema } from "./schema.ts";

/** Fields of a root beside its author's: the numbers of the parts that stay, by their paths, and the table. */
export const HELD = "moult_held";
export const TABLE = "moult_shared";

/** The classes whose objects lie in the table of a state. */
export function sharedIn(root: Schema): readonly RecordSchema[] {
  const items = itemsOf(root);
  if (items === undefined) return [];
  return (items.kind === "union" ? items.branches : [items]).filter((item) => item.kind === "record");
}

/** What the table of a state holds: objects of one class, or of several. */
export function itemsOf(root: Schema): Schema | undefined {
  const type = root.kind === "record" ? root.fields.find(({ name }) => name === TABLE)?.type : undefined;
  return type?.kind === "array" && type.moult === "shared" ? type.items : undefined;
}

/** The class to which a number leads; `undefined` for what is no such number. */
export function referenceOf({ kind, moult }: Schema): string | undefined {
  return kind === "int" && moult?.startsWith("shared ") ? moult.slice("shared ".length) : undefined;
}
