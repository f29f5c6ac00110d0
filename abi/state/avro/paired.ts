/** Which `@shared` class of a reader's table takes the objects of which class of a writer's. */
import { fieldSources, sameName } from "./match.ts";
import type { RecordSchema, Schema } from "./schema.ts";
import { shortName } from "./schema.ts";
import { HELD, referenceOf, sharedIn, TABLE } from "./table.ts";

export interface Paired {
  /** By the writer's class. No two classes share one of the reader's. */
  readonly pairs: ReadonlyMap<Schema, RecordSchema>;
  /** Classes of the writer's that are held in places that exist in the reader's schema. */
  readonly held: ReadonlySet<Schema>;
}

/**
 * Classes belong together whose numbers occur in the same places, since in the schemas that a module migrates
 * from classes have any name, and several may have the same fields. Where no place decides, the name does.
 *
 * @param fits whether two classes may belong together, by their names
 */
export function pairedClasses(
  writer: Schema,
  reader: Schema,
  fits: (from: RecordSchema, to: RecordSchema) => boolean,
): Paired {
  const [olds, news] = [sharedIn(writer), sharedIn(reader)];
  const pairs = new Map<Schema, RecordSchema>();
  const held = new Set<Schema>();
  const taken = new Set<Schema>();
  const met = new Map<Schema, Set<Schema>>();
  const pair = (from: RecordSchema | undefined, to: RecordSchema | undefined): boolean => {
    if (!from || !to || pairs.has(from) || taken.has(to) || !fits(from, to)) return false;
    pairs.set(from, to);
    taken.add(to);
    return true;
  };
  const waiting: [Schema, Schema][] = olds.length > 0 && news.length > 0 ? [[writer, reader]] : [];
  for (let next = waiting.shift(); next; next = waiting.shift()) {
    const [from, to] = next;
    const known = met.get(from) ?? new Set<Schema>();
    if (known.has(to)) continue;
    met.set(from, known.add(to));
    const [old, now] = [called(olds, referenceOf(from)), called(news, referenceOf(to))];
    if (old !== undefined) held.add(old);
    if (pair(old, now)) waiting.push([old!, now!]);
    else waiting.push(...partsOf(from, to));
  }
  for (const old of olds) {
    pair(
      old,
      news.find((now) => !taken.has(now) && sameName(old, now)),
    );
  }
  return { pairs, held };
}

/** The types that two matching types consist of, as far as they can hold a number. */
function partsOf(from: Schema, to: Schema): [Schema, Schema][] {
  if (from.kind === "union" || to.kind === "union") {
    const [olds, news] = [values(from), values(to)];
    return olds.length === 1 && news.length === 1 ? [[olds[0]!, news[0]!]] : [];
  }
  if (from.kind === "array" && to.kind === "array") return [[from.items, to.items]];
  if (from.kind === "map" && to.kind === "map") return [[from.values, to.values]];
  if (from.kind !== "record" || to.kind !== "record") return [];
  const sources = fieldSources(from, to);
  return to.fields.flatMap(({ name, type }, i): [Schema, Schema][] => {
    const source = sources[i];
    return source === undefined || name === HELD || name === TABLE ? [] : [[from.fields[source]!.type, type]];
  });
}

/** The branches other than `null`; a type that is not a union counts as one branch. */
function values(schema: Schema): readonly Schema[] {
  return schema.kind === "union" ? schema.branches.filter(({ kind }) => kind !== "null") : [schema];
}

function called(classes: readonly RecordSchema[], name: string | undefined): RecordSchema | undefined {
  return classes.find((record) => shortName(record.name) === name);
}
