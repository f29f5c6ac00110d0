/** Compares two types of two schemas, without the types that they consist of. */

import { fieldSources, sameName } from "./match.ts";
import type { EnumSchema, FixedSchema, RecordSchema, Schema, UnionSchema } from "./schema.ts";
import { shortName } from "./schema.ts";
import { spell } from "./spelling.ts";
import { HELD, referenceOf, TABLE } from "./table.ts";
import { valueText } from "./value-text.ts";
import { holds, TYPED, widthOf } from "./width.ts";

/** A difference; `at` is the path from these types: `.name`, or empty for the types themselves. */
export interface Note {
  readonly at: string;
  readonly problem: string;
  readonly lossless: boolean;
}
/** Two types that these types consist of. */
export interface Part {
  readonly at: string;
  readonly writer: Schema;
  readonly reader: Schema;
  /** The writer's record becomes one of the records of a reader's union, chosen by its shape. */
  readonly led?: UnionSchema;
}

/** Which types of the two schemas belong together, as `Matching` knows it. */
export interface Belonging {
  isNameless(writer: Schema, reader: Schema): boolean;
  takesAnyName(reader: Schema): boolean;
  refersTo(writer: string, reader: string): boolean;
  leads(writer: Schema, reader: Schema): boolean;
  branch(reader: UnionSchema, writer: Schema): number;
}

/** The differences, and the inner types to compare, in the order of the reader's fields. */
export function compareTypes(writer: Schema, reader: Schema, belonging: Belonging): readonly (Note | Part)[] {
  const comparison = new Comparison(belonging);
  comparison.compare(writer, reader);
  return comparison.found;
}

export function isNote(item: Note | Part): item is Note {
  return "problem" in item;
}

class Comparison {
  readonly found: (Note | Part)[] = [];
  readonly #belonging: Belonging;

  constructor(belonging: Belonging) {
    this.#belonging = belonging;
  }

  compare(writer: Schema, reader: Schema): void {
    if (writer.kind === "union" || reader.kind === "union") this.#unions(writer, reader);
    else if (writer.kind === "record" && reader.kind === "record") this.#records(writer, reader);
    else if (writer.kind === "enum" && reader.kind === "enum") this.#enums(writer, reader);
    else if (writer.kind === "array" && reader.kind === "array") {
      this.#lists(writer, reader);
      // A list cannot be compared with the entries of a map, whose record has no name of its author's.
      if ((writer.moult === "map") === (reader.moult === "map"))
        this.found.push({ at: "[]", writer: writer.items, reader: reader.items });
    } else if (writer.kind === "map" && reader.kind === "map") {
      this.#same(writer, reader);
      this.found.push({ at: "{}", writer: writer.values, reader: reader.values });
    } else this.#leaves(writer, reader);
  }

  #note(at: string, problem: string, lossless: boolean): void {
    this.found.push({ at, problem, lossless });
  }
  #lossy(writer: Schema, reader: Schema, why?: string): void {
    const was = `was ${spell(writer)}, is ${spell(reader)}`;
    this.#note("", why === undefined ? was : `${was}, ${why}`, false);
  }
  #lossless(writer: Schema, reader: Schema): void {
    this.#note("", `was ${spell(writer)}, is ${spell(reader)}`, true);
  }

  #unions(writer: Schema, union: Schema): void {
    const led = this.#belonging.leads(writer, union) ? (union as UnionSchema) : undefined;
    // Of the records that data is led to, the field holds only the newest.
    const reader = led === undefined ? union : newestOf(led);
    if (led !== undefined && reader.kind !== "union" && writer.kind !== "union") {
      this.found.push({ at: "", writer, reader, led });
      return;
    }
    const olds = writer.kind === "union" ? writer.branches : [writer];
    const news = reader.kind === "union" ? reader : { ...reader, kind: "union" as const, branches: [reader] };
    const taken = olds.map((old) => this.#belonging.branch(news, old));
    const lost = olds.filter((_, i) => taken[i]! < 0);
    if (lost.length > 0) {
      this.#lossy(writer, reader, `which has no place for ${lost.map((old) => spell(old)).join(" or ")}`);
      return;
    }
    if (new Set(taken).size < taken.length) {
      this.#lossy(writer, reader, "which would no longer tell them apart");
      return;
    }
    const kept = writer.kind === reader.kind && taken.every((index, i) => index === i);
    if (!kept || olds.length !== news.branches.length) this.#lossless(writer, reader);
    for (const [i, old] of olds.entries()) {
      const now = news.branches[taken[i]!]!;
      const further = led !== undefined && now.kind === "record" && old.kind === "record" ? { led } : {};
      this.found.push({ at: "", writer: old, reader: now, ...further });
    }
  }

  #records(writer: RecordSchema, reader: RecordSchema): void {
    this.#revisions(writer, reader);
    if (!this.#belonging.isNameless(writer, reader)) this.#names(writer, reader);
    const sources = fieldSources(writer, reader);
    for (const [i, field] of reader.fields.entries()) {
      const at = `.${field.name}`;
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
      this.found.push({ at, writer: old.type, reader: field.type });
    }
    const kept = sources.filter((source) => source !== undefined);
    for (const [i, field] of writer.fields.entries()) {
      if (kept.includes(i)) continue;
      // Where a class is held in place that was in the table before, its number has no place any more.
      const dropped = reader.dropped.includes(field.name) || field.name === HELD || field.name === TABLE;
      const gone = dropped ? "was dropped on purpose" : "the new version has no such field";
      this.#note(`.${field.name}`, gone, dropped);
    }
    if (kept.some((source, i) => i > 0 && source < kept[i - 1]!))
      this.#note("", "fields in another order", true);
  }

  #names<T extends RecordSchema | EnumSchema | FixedSchema>(writer: T, reader: T): void {
    if (this.#belonging.takesAnyName(reader) || shortName(writer.name) === shortName(reader.name)) return;
    if (sameName(writer, reader)) this.#lossless(writer, reader);
    else this.#lossy(writer, reader, "another name, which only a step can bridge (static from)");
  }

  #enums(writer: EnumSchema, reader: EnumSchema): void {
    this.#same(writer, reader);
    this.#names(writer, reader);
    const places = writer.symbols.map((symbol) => reader.symbols.indexOf(symbol));
    const lost = writer.symbols.filter((_, i) => places[i]! < 0);
    const name = shortName(reader.name);
    if (lost.length > 0) {
      this.#note("", `the new version's ${name} has no ${lost.join(", ")}`, false);
      return;
    }
    const gained = reader.symbols.filter((symbol) => !writer.symbols.includes(symbol));
    if (gained.length > 0) this.#note("", `${name} gained ${gained.join(", ")}`, true);
    if (places.some((place, i) => place !== i)) this.#note("", `symbols of ${name} in another order`, true);
  }

  /** For a class, `moult` is its revision, which changes with the meaning of its fields. */
  #revisions(writer: RecordSchema, reader: RecordSchema): void {
    if (writer.moult === reader.moult) return;
    const [was, is] = [writer.moult ?? FIRST, reader.moult ?? FIRST];
    const why = "the same fields mean something else; only a step can bridge (static from)";
    if (was.startsWith("revision ") && is.startsWith("revision ")) {
      this.#note("", `is ${is} of ${shortName(reader.name)}, was ${was}: ${why}`, false);
    } else this.#same(writer, reader);
  }

  /** For other types without a form of their own, `moult` must not change. */
  #same(writer: Schema, reader: Schema): void {
    if (writer.moult === reader.moult) return;
    this.#note("", `was ${writer.moult ?? "plain"}, is ${reader.moult ?? "plain"}`, false);
  }

  #lists(writer: Schema & { items: Schema }, reader: Schema & { items: Schema }): void {
    if (writer.moult === reader.moult) return;
    const ordered = (moult: string | undefined) =>
      moult === undefined || moult === "StaticArray" || TYPED.has(moult);
    if (ordered(reader.moult) && (ordered(writer.moult) || writer.moult === "set")) {
      this.#lossless(writer, reader);
    } else {
      const loses = ordered(writer.moult) && reader.moult === "set";
      this.#lossy(writer, reader, loses ? "which would lose what is there twice" : undefined);
    }
  }

  #leaves(writer: Schema, reader: Schema): void {
    const [was, is] = [referenceOf(writer), referenceOf(reader)];
    if (was !== undefined && is !== undefined) {
      // The new name of the class is reported at the class itself.
      if (!this.#belonging.refersTo(was, is)) this.#lossy(writer, reader);
      return;
    }
    const [from, to] = [widthOf(writer), widthOf(reader)];
    if (from && to) {
      if (from.name === to.name) return;
      if (holds(to, from)) this.#lossless(writer, reader);
      else this.#lossy(writer, reader, `which does not hold every ${from.name}`);
      return;
    }
    if (writer.kind === "fixed" && reader.kind === "fixed") {
      this.#names(writer, reader);
      if (writer.size !== reader.size)
        this.#lossy(writer, reader, `of ${reader.size} bytes, not ${writer.size}`);
      this.#same(writer, reader);
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
    if (lossless) this.#lossless(writer, reader);
    else this.#lossy(writer, reader);
  }
}

/** The revision of a class without a revision. */
const FIRST = "revision 1";

/** A union without the older of its records. */
function newestOf(union: UnionSchema): Schema {
  const newest = union.branches.find(({ kind }) => kind === "record");
  const branches = union.branches.filter((branch) => branch.kind !== "record" || branch === newest);
  return branches.length === 1 ? branches[0]! : { ...union, branches };
}
