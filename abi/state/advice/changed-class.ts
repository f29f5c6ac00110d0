/** The classes of a state whose changes keep data from crossing, and those changes. */
import { compareTypes, isNote, type Note } from "../avro/comparison.ts";
import { differences } from "../avro/differences.ts";
import { fieldSources } from "../avro/match.ts";
import { Matching } from "../avro/matching.ts";
import type { EnumSchema, FieldSchema, RecordSchema, Schema } from "../avro/schema.ts";

/** A class, or the root, in both versions. */
export interface ChangedClass {
  readonly writer: RecordSchema;
  readonly reader: RecordSchema;
  /** Whether it is the whole state. */
  readonly root: boolean;
  /** The problems in it and in its fields, without those of inner classes. */
  readonly problems: readonly Note[];
  readonly gone: readonly FieldSchema[];
  readonly added: readonly FieldSchema[];
}
/** An enum that has another name. */
export interface RenamedEnum {
  readonly writer: EnumSchema;
  readonly reader: EnumSchema;
}

export interface Changes {
  /** The classes with problems. */
  readonly classes: readonly ChangedClass[];
  /** The class of the whole state, with or without problems. */
  readonly root: ChangedClass | undefined;
  readonly enums: readonly RenamedEnum[];
  /** Today's counterpart of each class of the older version. */
  readonly today: ReadonlyMap<Schema, RecordSchema | EnumSchema>;
}

/** @returns no classes when the root itself is not a class */
export function changedClasses(writer: Schema, reader: Schema): Changes {
  const walk = new Walk(writer, reader);
  if (writer.kind === "record" && reader.kind === "record") walk.class(writer, reader, true);
  const all = [...walk.classes.values()];
  const classes = all.filter(({ problems }) => problems.length > 0);
  return { classes, root: all.find(({ root }) => root), enums: walk.enums, today: walk.today };
}

class Walk {
  readonly classes = new Map<string, ChangedClass & { readonly problems: Note[] }>();
  readonly enums: RenamedEnum[] = [];
  readonly today = new Map<Schema, RecordSchema | EnumSchema>();
  readonly #matching: Matching;
  readonly #met = new Map<Schema, Set<Schema>>();

  constructor(writer: Schema, reader: Schema) {
    this.#matching = new Matching(writer, reader);
  }

  class(writer: RecordSchema, reader: RecordSchema, root = false): void {
    if (this.#has(writer, reader)) return;
    this.today.set(writer, reader);
    const sources = fieldSources(writer, reader);
    const problems: Note[] = [];
    this.classes.set(`${this.classes.size}`, {
      writer,
      reader,
      root,
      problems,
      gone: writer.fields.filter((field, i) => !sources.includes(i) && !reader.dropped.includes(field.name)),
      added: reader.fields.filter((_, i) => sources[i] === undefined),
    });
    this.#types(writer, reader, problems, "");
  }

  #has(writer: Schema, reader: Schema): boolean {
    const met = this.#met.get(writer) ?? new Set<Schema>();
    if (met.has(reader)) return true;
    this.#met.set(writer, met.add(reader));
    return false;
  }

  #types(writer: Schema, reader: Schema, problems: Note[], at: string): void {
    if (writer.kind === "enum" && reader.kind === "enum") this.today.set(writer, reader);
    for (const item of compareTypes(writer, reader, this.#matching)) {
      if (isNote(item)) {
        if (!item.lossless) problems.push({ ...item, at: at + item.at });
        continue;
      }
      const entry = this.#matching.isNameless(item.writer, item.reader);
      if (item.writer.kind === "record" && item.reader.kind === "record" && !entry) {
        this.class(item.writer, item.reader);
      } else if (
        item.writer.kind === "enum" &&
        item.reader.kind === "enum" &&
        isRenamed(item.writer, item.reader)
      ) {
        this.today.set(item.writer, item.reader);
        if (!this.#has(item.writer, item.reader))
          this.enums.push({ writer: item.writer, reader: item.reader });
      } else this.#types(item.writer, item.reader, problems, at + item.at);
    }
  }
}

/** Whether two enums differ in their names only. */
function isRenamed(writer: EnumSchema, reader: EnumSchema): boolean {
  const losses = (options: { readonly renamed: boolean }) =>
    differences(writer, reader, options).some(({ lossless }) => !lossless);
  return losses({ renamed: false }) && !losses({ renamed: true });
}
