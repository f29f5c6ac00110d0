/** Where each part of a reader's schema takes its value from in the writer's, by Avro's schema resolution. */
import type { EnumSchema, FixedSchema, RecordSchema, Schema, UnionSchema } from "./schema.ts";
import { shortName } from "./schema.ts";

type Named = RecordSchema | EnumSchema | FixedSchema;

/** Whether two types have the same unqualified name, or an alias of the reader's matches. */
export function sameName(writer: Named, reader: Named): boolean {
  return shortName(writer.name) === shortName(reader.name) || reader.aliases.includes(writer.name);
}

/** The promotions of plain Avro; only some of them are lossless. */
const PROMOTIONS: ReadonlyMap<string, readonly string[]> = new Map([
  ["int", ["long", "float", "double"]],
  ["long", ["float", "double"]],
  ["float", ["double"]],
  ["string", ["bytes"]],
  ["bytes", ["string"]],
]);

/**
 * The branch of a reader's union that takes a writer's type: one of the same type, else the first that it can
 * be promoted to. Where both sides are `T | null`, the two types `T` belong together even if they differ, for
 * the sake of a better message.
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

/** For every field of the reader, the index of the writer's field that fills it, or `undefined`. */
export function fieldSources(writer: RecordSchema, reader: RecordSchema): (number | undefined)[] {
  const index = new Map(writer.fields.map((field, i) => [field.name, i]));
  return reader.fields.map(({ name, aliases }) => {
    const called = [name, ...aliases].find((name) => index.has(name));
    return called === undefined ? undefined : index.get(called);
  });
}
