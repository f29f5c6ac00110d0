/**
 * A class may become `@shared`, or cease to be: then its objects move into the table of the state, or out of
 * it. Objects of a class that no longer exists are left out.
 */
import { typesOf } from "./chains.ts";
import type { Difference } from "./differences.ts";
import { sameName } from "./match.ts";
import { Matching, type MatchingOptions } from "./matching.ts";
import { regrouping } from "./regrouping.ts";
import { type RecordSchema, type Schema, shortName } from "./schema.ts";
import { sharedIn } from "./table.ts";

/** The same objects in another schema. */
export interface Regrouped {
  readonly schema: Schema;
  /** The changes of whole classes. */
  readonly changes: readonly Difference[];
  /** Turns a datum of the writer's schema into one of `schema`; missing when nothing changes. */
  readonly translate?: (datum: Uint8Array) => Uint8Array;
}

/**
 * Moves the objects of a writer's state into its table, or out of it, as the reader's schema requires.
 *
 * `translate` throws AbiError `snapshot` for an object that is held twice and would become two outside of the
 * table.
 */
export function regrouped(writer: Schema, reader: Schema, options: MatchingOptions = {}): Regrouped {
  if (writer.kind !== "record" || reader.kind !== "record") return { schema: writer, changes: [] };
  const [shared, wanted] = [sharedIn(writer), sharedIn(reader)];
  const into = inline(writer, shared).filter((old) => wanted.some((now) => sameName(old, now)));
  const plain = inline(reader, wanted);
  const out = shared.filter(
    (old) => !wanted.some((now) => sameName(old, now)) && plain.some((now) => sameName(old, now)),
  );
  const { pairs, held } = new Matching(writer, reader, options).paired;
  const isGone = (old: RecordSchema) => !pairs.has(old) && !held.has(old) && !out.includes(old);
  // If the reader has no table, nothing has to be dropped from it.
  const gone = wanted.length > 0 ? shared.filter(isGone) : [];
  if (into.length + out.length + gone.length === 0) return { schema: writer, changes: [] };
  const note = (problem: string) => (record: RecordSchema) => ({
    path: shortName(record.name),
    problem,
    lossless: true,
  });
  const changes = [
    ...into.map(note("is @shared now: its objects move into the table")),
    ...out.map(note("is not @shared any more: each of its objects moves to the one place that holds it")),
    ...gone.map(note("is gone, with the fields that held its objects")),
  ];
  return { ...regrouping(writer, { shared, into, out, gone }), changes };
}

/** The classes whose objects lie where they are held, without the root. */
function inline(root: RecordSchema, shared: readonly RecordSchema[]): readonly RecordSchema[] {
  const entries = new Set<Schema>();
  const types = typesOf(root);
  for (const type of types) if (type.kind === "array" && type.moult === "map") entries.add(type.items);
  return [...types].filter(
    (type) => type.kind === "record" && type !== root && !shared.includes(type) && !entries.has(type),
  ) as RecordSchema[];
}
