/** A writer's schema in which some classes have moved into the table of the state, or out of it. */
import type { FieldSchema, RecordSchema, Schema } from "./schema.ts";
import { shortName } from "./schema.ts";
import { HELD, referenceOf, TABLE } from "./table.ts";

/**
 * Classes of a writer's: those in its table, those that move into it, those that move out of it, and those
 * that are dropped with it.
 */
export interface Regroup {
  readonly shared: readonly RecordSchema[];
  readonly into: readonly RecordSchema[];
  readonly out: readonly RecordSchema[];
  readonly gone: readonly RecordSchema[];
}

type Build<T> = { -readonly [K in keyof T]: T[K] };

/** @returns the schema, and for each class in its table the writer's class, in the order of the branches */
export function regroupedSchema(writer: RecordSchema, { shared, into, out, gone }: Regroup) {
  const made = new Map<Schema, Schema>();
  const leaving = new Map(out.map((record) => [shortName(record.name), record]));
  const staying = shared.filter((record) => !out.includes(record) && !gone.includes(record));
  const branches = [...staying, ...into];

  function of(type: Schema): Schema {
    if (into.includes(type as RecordSchema)) return reference(type as RecordSchema);
    const left = leaving.get(referenceOf(type) ?? "");
    return left ? body(left) : inner(type);
  }

  function inner(type: Schema): Schema {
    const known = made.get(type);
    if (known) return known;
    switch (type.kind) {
      case "array":
        return { ...type, items: of(type.items) };
      case "map":
        return { ...type, values: of(type.values) };
      case "union":
        return { ...type, branches: type.branches.map(of) };
      case "record":
        return body(type);
      default:
        return type;
    }
  }

  function body(record: RecordSchema): RecordSchema {
    const known = made.get(record) as RecordSchema | undefined;
    if (known) return known;
    const fields: FieldSchema[] = [];
    const copy: Build<RecordSchema> = { ...record, fields, least: 0 };
    made.set(record, copy);
    for (const field of record.fields) if (!isOurs(field)) fields.push({ ...field, type: of(field.type) });
    copy.least = fields.reduce((sum, { type }) => sum + type.least, 0);
    return copy;
  }

  const root = body(writer);
  if (branches.length === 0) return { schema: root, branches };
  const records = branches.map(body);
  const items: Schema = records.length === 1 ? records[0]! : { kind: "union", branches: records, least: 1 };
  const [held, table] = [
    { name: HELD, aliases: [], type: { kind: "map", values: { kind: "int", least: 1 }, least: 1 } },
    { name: TABLE, aliases: [], type: { kind: "array", items, moult: "shared", least: 1 } },
  ] as const;
  const schema = { ...root, fields: [held, ...root.fields, table], least: root.least + 2 };
  return { schema, branches };
}

function reference({ name }: RecordSchema): Schema {
  return { kind: "int", moult: `shared ${shortName(name)}`, least: 1 };
}

function isOurs({ name }: FieldSchema): boolean {
  return name === HELD || name === TABLE;
}
