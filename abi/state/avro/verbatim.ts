/** Finds the pairs of types whose values have the same bytes, and so can be copied unchanged. */
import { fieldSources } from "./match.ts";
import { Matching } from "./matching.ts";
import type { Schema } from "./schema.ts";

interface Pair {
  readonly writer: Schema;
  readonly reader: Schema;
  readonly parents: Pair[];
  verbatim: boolean;
}

/**
 * The result for every pair of types that meets when `writer` is read as `reader`. Only for lossless pairs.
 *
 * A pair is verbatim unless it changes something, or consists of a pair that does: types may contain
 * themselves, so the changes are found first and carried up.
 */
export function verbatimPairs(
  writer: Schema,
  reader: Schema,
  matching = new Matching(writer, reader),
): (writer: Schema, reader: Schema) => boolean {
  const pairs = new Map<Schema, Map<Schema, Pair>>();
  const waiting: Pair[] = [];
  const changed: Pair[] = [];

  function meet(writer: Schema, reader: Schema, parent?: Pair): void {
    const row = pairs.get(writer) ?? new Map<Schema, Pair>();
    pairs.set(writer, row);
    let pair = row.get(reader);
    if (!pair) {
      pair = { writer, reader, parents: [], verbatim: true };
      row.set(reader, pair);
      waiting.push(pair);
    }
    if (parent) pair.parents.push(parent);
  }

  meet(writer, reader);
  for (let pair = waiting.pop(); pair; pair = waiting.pop()) {
    if (changes(pair.writer, pair.reader, matching)) changed.push(pair);
    for (const [writer, reader] of parts(pair.writer, pair.reader, matching)) meet(writer, reader, pair);
  }
  for (let pair = changed.pop(); pair; pair = changed.pop()) {
    if (!pair.verbatim) continue;
    pair.verbatim = false;
    changed.push(...pair.parents);
  }
  return (writer, reader) => pairs.get(writer)?.get(reader)?.verbatim ?? false;
}

/**
 * Whether the bytes of a value change because of these two types, apart from the types that they consist of.
 */
function changes(writer: Schema, reader: Schema, matching: Matching): boolean {
  if (writer.kind === "union" && reader.kind === "union") {
    return writer.branches.some((branch, i) => matching.branch(reader, branch) !== i);
  }
  if (writer.kind === "enum" && reader.kind === "enum") {
    return writer.symbols.some((symbol, i) => reader.symbols[i] !== symbol);
  }
  if (writer.kind === "record" && reader.kind === "record") {
    const sources = fieldSources(writer, reader);
    return sources.length !== writer.fields.length || sources.some((source, i) => source !== i);
  }
  // An int and a long of the same value have the same bytes.
  return writer.kind !== reader.kind && !(writer.kind === "int" && reader.kind === "long");
}

function parts(writer: Schema, reader: Schema, matching: Matching): [Schema, Schema][] {
  if (writer.kind === "union" || reader.kind === "union") {
    const olds = writer.kind === "union" ? writer.branches : [writer];
    if (reader.kind !== "union") return olds.map((old) => [old, reader]);
    return olds.map((old) => [old, reader.branches[matching.branch(reader, old)]!]);
  }
  if (writer.kind === "array" && reader.kind === "array") return [[writer.items, reader.items]];
  if (writer.kind === "map" && reader.kind === "map") return [[writer.values, reader.values]];
  if (writer.kind !== "record" || reader.kind !== "record") return [];
  const sources = fieldSources(writer, reader);
  return reader.fields.flatMap(({ type }, i): [Schema, Schema][] => {
    const source = sources[i];
    return source === undefined ? [] : [[writer.fields[source]!.type, type]];
  });
}
