/** Which `@shared` class of a reader's table takes the objects of which one of a writer's. */
import { fieldSources, sameName } from "./match.ts";
import type { RecordSchema, Schema } from "./schema.ts";
import { shortName } from "./schema.ts";
import { HELD, referenceOf, sharedIn, TABLE } from "./table.ts";

export interface Paired {
  /** By the writer's. No two of them go together. */
  readonly pairs: ReadonlyMap<Schema, RecordSchema>;
  /** Classes of the writer's that are held where the reader holds something too. */
  readonly held: ReadonlySet<Schema>;
}

/**
 * Those belong together whose numbers stand in the same places: in what a module migrates from, classes are called
 * as they like, and several may have the same fields. What no such place tells is told by name.
 *
 * @param fits whether two classes may belong together, by what they are called
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

/** What two types that meet are made of, so far as it can hold a number. */
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

/** The branches that are not `null`, of a type that may be no union. */
function values(schema: Schema): readonly Schema[] {
  return schema.kind === "union" ? schema.branches.filter(({ kind }) => kind !== "null") : [schema];
}

function called(classes: readonly RecordSchema[], name: string | undefined): RecordSchema | undefined {
  return classes.find((record) => shortName(record.name) === name);
}
