/** What changed from one state schema to another, and whether every value survives it. */
import { AbiError } from "../error.ts";
import { LIMITS } from "../v1.ts";
import { branchOf, fieldSources, sameName } from "./match.ts";
import { type EnumSchema, type FixedSchema, type RecordSchema, type Schema, shortName } from "./schema.ts";
import { spell } from "./spelling.ts";
import { valueText } from "./value-text.ts";
import { holds, TYPED, widthOf } from "./width.ts";

export interface Difference {
  /** Of the field, from the root: `clients[].name`, `hits{}`; for the root itself `state`. */
  readonly path: string;
  readonly problem: string;
  /** Whether every value of the old type is still there, and unchanged, in the new one. */
  readonly lossless: boolean;
}

export interface DifferenceOptions {
  /**
   * Takes types as equal whatever they are called: an author's copy of an old class has another name.
   * @default false
   */
  readonly renamed?: boolean;
}

/**
 * Compares the schema that state was written in with the one that will read it. None means the same bytes
 * mean the same. Root records match whatever they are called. Documentation, order and defaults do not count.
 *
 * @throws AbiError `schema` for two schemas whose comparison would take too long
 */
export function differences(
  writer: Schema,
  reader: Schema,
  options: DifferenceOptions = {},
): readonly Difference[] {
  const comparison = new Comparison(writer, reader, options.renamed ?? false);
  comparison.compare(writer, reader, "");
  return comparison.found;
}

/** What a class is that says nothing of it. */
const FIRST = "revision 1";

class Comparison {
  readonly found: Difference[] = [];
  readonly #roots: readonly [Schema, Schema];
  readonly #renamed: boolean;
  /** Pairs that were compared, or are being: recursive types meet themselves. */
  readonly #met = new Map<Schema, Set<Schema>>();
  readonly #unnamed = new Set<Schema>();
  #pairs = 0;
  #depth = 0;

  constructor(writer: Schema, reader: Schema, renamed: boolean) {
    this.#roots = [writer, reader];
    this.#renamed = renamed;
  }

  compare(writer: Schema, reader: Schema, path: string): void {
    const met = this.#met.get(writer) ?? new Set();
    if (met.has(reader)) return;
    this.#met.set(writer, met.add(reader));
    if (++this.#pairs > LIMITS.schemaNodes * 4 || ++this.#depth > LIMITS.schemaDepth * 4) {
      throw new AbiError(
        "schema",
        `the two schemas refer to themselves in too many ways to be compared, at ${path}`,
      );
    }
    if (writer.kind === "union" || reader.kind === "union") this.#unions(writer, reader, path);
    else if (writer.kind === "record" && reader.kind === "record") this.#records(writer, reader, path);
    else if (writer.kind === "enum" && reader.kind === "enum") this.#enums(writer, reader, path);
    else if (writer.kind === "array" && reader.kind === "array") {
      this.#lists(writer, reader, path);
      // The entries of a map are a record that the author has not named.
      if (writer.moult === "map" && reader.moult === "map") this.#unnamed.add(writer.items);
      this.compare(writer.items, reader.items, `${path}[]`);
    } else if (writer.kind === "map" && reader.kind === "map") {
      this.#same(writer, reader, path);
      this.compare(writer.values, reader.values, `${path}{}`);
    } else this.#leaves(writer, reader, path);
    this.#depth--;
  }

  #note(path: string, problem: string, lossless: boolean): void {
    this.found.push({ path: path === "" ? "state" : path, problem, lossless });
  }
  #lossy(writer: Schema, reader: Schema, path: string, why?: string): void {
    const was = `was ${spell(writer)}, is ${spell(reader)}`;
    this.#note(path, why === undefined ? was : `${was}, ${why}`, false);
  }
  #lossless(writer: Schema, reader: Schema, path: string): void {
    this.#note(path, `was ${spell(writer)}, is ${spell(reader)}`, true);
  }

  #unions(writer: Schema, reader: Schema, path: string): void {
    const olds = writer.kind === "union" ? writer.branches : [writer];
    const news = reader.kind === "union" ? reader : { ...reader, kind: "union" as const, branches: [reader] };
    const taken = olds.map((old) => branchOf(news, old));
    const lost = olds.filter((_, i) => taken[i]! < 0);
    if (lost.length > 0) {
      this.#lossy(
        writer,
        reader,
        path,
        `which has no place for ${lost.map((old) => spell(old)).join(" or ")}`,
      );
      return;
    }
    if (new Set(taken).size < taken.length) {
      this.#lossy(writer, reader, path, "which would no longer tell them apart");
      return;
    }
    const kept = writer.kind === reader.kind && taken.every((index, i) => index === i);
    if (!kept || olds.length !== news.branches.length) this.#lossless(writer, reader, path);
    for (const [i, old] of olds.entries()) this.compare(old, news.branches[taken[i]!]!, path);
  }

  #records(writer: RecordSchema, reader: RecordSchema, path: string): void {
    this.#revisions(writer, reader, path);
    const root = writer === this.#roots[0] && reader === this.#roots[1];
    if (!root && !this.#unnamed.has(writer)) this.#names(writer, reader, path);
    const sources = fieldSources(writer, reader);
    for (const [i, field] of reader.fields.entries()) {
      const at = path === "" ? field.name : `${path}.${field.name}`;
      const source = sources[i];
      if (source === undefined) {
        const added = "the old version has no such field, and";
        if (field.initial)
          this.#note(at, `${added} it begins as ${valueText(field.type, field.initial)}`, true);
        else
          this.#note(
            at,
            `${added} it has no default (an initializer that is a constant or an empty collection)`,
            false,
          );
        continue;
      }
      const old = writer.fields[source]!;
      if (sources.indexOf(source) < i)
        this.#note(at, `another field takes the old ${old.name} already`, false);
      if (old.name !== field.name) this.#note(at, `was called ${old.name}`, true);
      this.compare(old.type, field.type, at);
    }
    const kept = sources.filter((source) => source !== undefined);
    for (const [i, field] of writer.fields.entries()) {
      if (kept.includes(i)) continue;
      const dropped = reader.dropped.includes(field.name);
      this.#note(
        path === "" ? field.name : `${path}.${field.name}`,
        dropped ? "was dropped on purpose" : "the new version has no such field",
        dropped,
      );
    }
    if (kept.some((source, i) => i > 0 && source < kept[i - 1]!))
      this.#note(path, "fields in another order", true);
  }

  #names<T extends RecordSchema | EnumSchema | FixedSchema>(writer: T, reader: T, path: string): void {
    if (this.#renamed || shortName(writer.name) === shortName(reader.name)) return;
    if (sameName(writer, reader)) this.#lossless(writer, reader, path);
    else this.#lossy(writer, reader, path, "another name, which only a step can bridge (static from)");
  }

  #enums(writer: EnumSchema, reader: EnumSchema, path: string): void {
    this.#same(writer, reader, path);
    this.#names(writer, reader, path);
    const places = writer.symbols.map((symbol) => reader.symbols.indexOf(symbol));
    const lost = writer.symbols.filter((_, i) => places[i]! < 0);
    const name = shortName(reader.name);
    if (lost.length > 0) {
      this.#note(path, `the new version's ${name} has no ${lost.join(", ")}`, false);
      return;
    }
    const gained = reader.symbols.filter((symbol) => !writer.symbols.includes(symbol));
    if (gained.length > 0) this.#note(path, `${name} gained ${gained.join(", ")}`, true);
    if (places.some((place, i) => place !== i)) this.#note(path, `symbols of ${name} in another order`, true);
  }

  /** Of a class `moult` is its revision: what its fields mean, where their types do not say it. */
  #revisions(writer: RecordSchema, reader: RecordSchema, path: string): void {
    if (writer.moult === reader.moult) return;
    const [was, is] = [writer.moult ?? FIRST, reader.moult ?? FIRST];
    const why = "the same fields mean something else; only a step can bridge (static from)";
    if (was.startsWith("revision ") && is.startsWith("revision ")) {
      this.#note(path, `is ${is} of ${shortName(reader.name)}, was ${was}: ${why}`, false);
    } else this.#same(writer, reader, path);
  }

  /** `moult` of a type that has no other form: it says something that must not change. */
  #same(writer: Schema, reader: Schema, path: string): void {
    if (writer.moult === reader.moult) return;
    this.#note(path, `was ${writer.moult ?? "plain"}, is ${reader.moult ?? "plain"}`, false);
  }

  #lists(writer: Schema & { items: Schema }, reader: Schema & { items: Schema }, path: string): void {
    if (writer.moult === reader.moult) return;
    const ordered = (moult: string | undefined) =>
      moult === undefined || moult === "StaticArray" || TYPED.has(moult);
    if (ordered(reader.moult) && (ordered(writer.moult) || writer.moult === "set")) {
      this.#lossless(writer, reader, path);
    } else {
      const loses = ordered(writer.moult) && reader.moult === "set";
      this.#lossy(writer, reader, path, loses ? "which would lose what is there twice" : undefined);
    }
  }

  #leaves(writer: Schema, reader: Schema, path: string): void {
    const [from, to] = [widthOf(writer), widthOf(reader)];
    if (from && to) {
      if (from.name === to.name) return;
      if (holds(to, from)) this.#lossless(writer, reader, path);
      else this.#lossy(writer, reader, path, `which does not hold every ${from.name}`);
      return;
    }
    if (writer.kind === "fixed" && reader.kind === "fixed") {
      this.#names(writer, reader, path);
      if (writer.size !== reader.size)
        this.#lossy(writer, reader, path, `of ${reader.size} bytes, not ${writer.size}`);
      this.#same(writer, reader, path);
      return;
    }
    if (writer.kind === reader.kind && writer.moult === reader.moult) return;
    const bytes = [undefined, "ArrayBuffer", "StaticArray"];
    const plain = reader.moult === undefined && (from !== undefined || writer.moult === undefined);
    const lossless =
      (writer.kind === "bytes" &&
        reader.kind === "bytes" &&
        bytes.includes(writer.moult) &&
        bytes.includes(reader.moult)) ||
      (plain && reader.kind === "double" && (writer.kind === "int" || writer.kind === "float"));
    if (lossless) this.#lossless(writer, reader, path);
    else this.#lossy(writer, reader, path);
  }
}
