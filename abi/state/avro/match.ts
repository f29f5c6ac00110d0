/** Which part of a writer's schema a part of the reader's takes its value from, as Avro resolves schemas. */
import type { EnumSchema, FixedSchema, RecordSchema, Schema, UnionSchema } from "./schema.ts";
import { shortName } from "./schema.ts";

type Named = RecordSchema | EnumSchema | FixedSchema;

/** By unqualified name, or by an alias of the reader. */
export function sameName(writer: Named, reader: Named): boolean {
  return shortName(writer.name) === shortName(reader.name) || reader.aliases.includes(writer.name);
}

/** What plain Avro lets a reader make of a writer's type; less of it is lossless. */
const PROMOTIONS: ReadonlyMap<string, readonly string[]> = new Map([
  ["int", ["long", "float", "double"]],
  ["long", ["float", "double"]],
  ["float", ["double"]],
  ["string", ["bytes"]],
  ["bytes", ["string"]],
]);

/**
 * The branch of a reader's union that takes a writer's type: one of the same type, else the first that it can
 * be promoted to. Where both sides are `T | null`, the two `T` belong together whatever they are: a message
 * about them is better than none.
 */
export function branchOf(reader: UnionSchema, writer: Schema): number {
  const { branches } = reader;
  const same = branches.findIndex(
    (branch) =>
      branch.kind === writer.kind && (!("name" in branch) || sameName(writer as Named, branch as Named)),
  );
  if (same >= 0) return same;
  const promoted = branches.findIndex((branch) => PROMOTIONS.get(writer.kind)?.includes(branch.kind));
  if (promoted >= 0 || writer.kind === "null") return promoted;
  const others = branches.filter((branch) => branch.kind !== "null");
  return others.length === 1 ? branches.indexOf(others[0]!) : -1;
}

/**
 * For every field of the reader the index of the writer's field that fills it; `undefined` where none does.
 */
export function fieldSources(writer: RecordSchema, reader: RecordSchema): (number | undefined)[] {
  const index = new Map(writer.fields.map((field, i) => [field.name, i]));
  return reader.fields.map(({ name, aliases }) => {
    const called = [name, ...aliases].find((name) => index.has(name));
    return called === undefined ? undefined : index.get(called);
  });
}
