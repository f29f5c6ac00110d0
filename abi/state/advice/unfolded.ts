/**
 * A state's schema as its author wrote it: with the class of each `@shared` object in place of its number in
 * the table.
 */
import { typesOf } from "../avro/chains.ts";
import { type FieldSchema, type RecordSchema, type Schema, shortName } from "../avro/schema.ts";
import { HELD, referenceOf, sharedIn, TABLE } from "../avro/table.ts";

export interface Unfolded {
  readonly root: Schema;
  /** The classes marked `@shared`. */
  readonly shared: ReadonlySet<Schema>;
}

/** @returns the root itself where nothing is `@shared` */
export function unfolded(root: Schema): Unfolded {
  const table = sharedIn(root);
  if (table.length === 0) return { root, shared: new Set() };
  const made = new Map<Schema, Schema>();
  const of = (schema: Schema): Schema => {
    const known = made.get(schema);
    if (known !== undefined) return known;
    const name = referenceOf(schema);
    const found = name === undefined ? undefined : table.find((record) => shortName(record.name) === name);
    if (found !== undefined) return of(found);
    if (schema.kind === "array") return { ...schema, items: of(schema.items) };
    if (schema.kind === "map") return { ...schema, values: of(schema.values) };
    if (schema.kind === "union") return { ...schema, branches: schema.branches.map(of) };
    if (schema.kind !== "record") return schema;
    // A record may contain itself, so it is registered before its fields are converted.
    const fields: FieldSchema[] = [];
    const record: RecordSchema = { ...schema, fields };
    made.set(schema, record);
    for (const field of schema.fields) {
      if (schema === root && (field.name === HELD || field.name === TABLE)) continue;
      fields.push({ ...field, type: of(field.type) });
    }
    return record;
  };
  return { root: of(root), shared: new Set(table.map(of)) };
}

/** Whether a type, or one that it consists of, satisfies `is`. */
export function reaches(type: Schema, is: (one: Schema) => boolean): boolean {
  return [...typesOf(type)].some(is);
}
