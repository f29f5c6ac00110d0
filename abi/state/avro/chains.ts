/** Chains of classes inside a state that migrations lead along, as its schema shows them. */
import { type Schema, shortName, type UnionSchema } from "./schema.ts";

/** `[["PageV1", "PageV2", "Page"]]`: the class names of every union of several classes, the oldest first. */
export function chainsIn(root: Schema): readonly (readonly string[])[] {
  const chains = new Map<string, readonly string[]>();
  const types = [...typesOf(root)];
  // The classes of a table form no chain.
  const tables = types.flatMap((schema) =>
    schema.kind === "array" && schema.moult === "shared" ? [schema.items] : [],
  );
  for (const schema of types) {
    if (schema.kind !== "union" || tables.includes(schema)) continue;
    const names = schema.branches.flatMap((one) => (one.kind === "record" ? [shortName(one.name)] : []));
    if (names.length > 1) chains.set(names.join(), names.reverse());
  }
  return [...chains.values()];
}

/** All types of a schema, in the order of their first use. */
export function typesOf(
  root: Schema,
  branches = (union: UnionSchema): readonly Schema[] => union.branches,
): ReadonlySet<Schema> {
  const found = new Set<Schema>();
  const waiting = [root];
  for (let schema = waiting.shift(); schema; schema = waiting.shift()) {
    if (found.has(schema)) continue;
    found.add(schema);
    if (schema.kind === "array") waiting.push(schema.items);
    else if (schema.kind === "map") waiting.push(schema.values);
    else if (schema.kind === "union") waiting.push(...branches(schema));
    else if (schema.kind === "record") waiting.push(...schema.fields.map(({ type }) => type));
  }
  return found;
}
