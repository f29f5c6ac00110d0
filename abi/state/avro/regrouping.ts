/** Moves objects between the places that hold them and the table of a state. */
import { LIMITS } from "../../limits.ts";
import { typesOf } from "./chains.ts";
import { Cursor } from "./cursor.ts";
import { type Regroup, regroupedSchema } from "./regrouped-schema.ts";
import { type RecordSchema, type Schema, shortName } from "./schema.ts";
import { Sink } from "./sink.ts";
import { skipper } from "./skip.ts";
import { HELD, referenceOf, TABLE } from "./table.ts";

/** The schema with the objects in their new places, and the function that moves them. */
export function regrouping(writer: RecordSchema, regroup: Regroup) {
  const { schema, branches } = regroupedSchema(writer, regroup);
  return { schema, translate: (datum: Uint8Array) => new Move(writer, regroup, branches).move(datum) };
}

/** One move of one datum. */
class Move {
  readonly #writer: RecordSchema;
  readonly #regroup: Regroup;
  readonly #branches: readonly RecordSchema[];
  readonly #skip = skipper({ strict: false });
  readonly #touched = new Map<Schema, boolean>();
  /** Objects in the writer's table: where each begins, its class, and its new number if it stays. */
  readonly #entries: { readonly at: number; readonly of: RecordSchema; number: number; uses: number }[] = [];
  /** Objects that move into the table, in the order of their numbers. */
  readonly #moved: { readonly of: RecordSchema; bytes: Uint8Array }[] = [];
  #staying = 0;

  constructor(writer: RecordSchema, regroup: Regroup, branches: readonly RecordSchema[]) {
    this.#writer = writer;
    this.#regroup = regroup;
    this.#branches = branches;
  }

  move(datum: Uint8Array): Uint8Array {
    return new Cursor(datum).whole((cursor) => {
      this.#index(datum);
      const sink = this.#sink(datum);
      const table = this.#branches.length > 0;
      if (table && !this.#writer.fields.some(({ name }) => name === HELD)) sink.int(0);
      for (const { name, type } of this.#writer.fields) {
        if (name === HELD) this.#held(type, cursor, table ? sink : undefined);
        else if (name === TABLE) this.#skip(type)(cursor);
        else this.#value(type, cursor, sink);
      }
      if (table) this.#table(datum, sink);
      return sink.done();
    });
  }

  #sink({ length }: Uint8Array): Sink {
    return new Sink(64 + Math.min(length, 1 << 16), length * 9 + LIMITS.bytes);
  }

  /** Finds the objects in the table, which lies at the end. */
  #index(datum: Uint8Array): void {
    const { shared, out, gone } = this.#regroup;
    if (shared.length === 0) return;
    const cursor = new Cursor(datum);
    for (const { name, type } of this.#writer.fields) {
      if (name !== TABLE || type.kind !== "array") {
        this.#skip(type)(cursor);
        continue;
      }
      const { items } = type;
      for (let left = cursor.block(items.least); left > 0; left = cursor.block(items.least)) {
        for (; left > 0; left--) {
          const branch = items.kind === "union" ? cursor.index(items.branches.length, "the branch") : 0;
          const of = (items.kind === "union" ? items.branches[branch] : items) as RecordSchema;
          const number = out.includes(of) || gone.includes(of) ? -1 : this.#staying++;
          this.#entries.push({ at: cursor.pos, of, number, uses: 0 });
          this.#skip(of)(cursor);
        }
      }
    }
  }

  /** The numbers of parts: those of objects that leave the table are dropped. */
  #held(type: Schema, cursor: Cursor, sink: Sink | undefined): void {
    const kept: [Uint8Array, number][] = [];
    const least = type.kind === "map" ? 1 + type.values.least : 1;
    for (let left = cursor.block(least); left > 0; left = cursor.block(least)) {
      for (; left > 0; left--) {
        const start = cursor.run("a string");
        const path = cursor.bytes.subarray(start, cursor.pos);
        const number = this.#entry(cursor).number;
        if (number >= 0) kept.push([path, number]);
      }
    }
    if (kept.length > 0) sink?.int(kept.length);
    for (const [path, number] of kept) {
      sink?.run(path);
      sink?.int(number);
    }
    sink?.int(0);
  }

  #entry(cursor: Cursor) {
    const from = cursor.pos;
    const number = cursor.int();
    const entry = this.#entries[number];
    return entry ?? cursor.fail(`found object ${number}, and there are ${this.#entries.length}`, from);
  }

  #value(type: Schema, cursor: Cursor, sink: Sink): void {
    const { into } = this.#regroup;
    if (!this.#isTouched(type)) this.#copy(type, cursor, sink);
    else if (into.includes(type as RecordSchema)) this.#enter(type as RecordSchema, cursor, sink);
    else if (referenceOf(type) !== undefined) this.#reference(cursor, sink);
    else this.#parts(type, cursor, sink);
  }

  #parts(type: Schema, cursor: Cursor, sink: Sink): void {
    if (type.kind === "union") {
      const branch = cursor.index(type.branches.length, "the branch");
      sink.int(branch);
      this.#value(type.branches[branch]!, cursor, sink);
    } else if (type.kind === "array") {
      const { items } = type;
      this.#items(items.least, cursor, sink, () => this.#value(items, cursor, sink));
    } else if (type.kind === "map") {
      const { values } = type;
      this.#items(1 + values.least, cursor, sink, () => {
        const start = cursor.run("a string");
        sink.run(cursor.bytes.subarray(start, cursor.pos));
        this.#value(values, cursor, sink);
      });
    } else this.#fields(type as RecordSchema, cursor, sink);
  }

  #copy(type: Schema, cursor: Cursor, sink: Sink): void {
    const from = cursor.pos;
    this.#skip(type)(cursor);
    sink.copy(cursor.bytes, from, cursor.pos);
  }

  #items(least: number, cursor: Cursor, sink: Sink, item: () => void): void {
    cursor.enter();
    for (let left = cursor.block(least); left > 0; left = cursor.block(least)) {
      sink.int(left);
      for (; left > 0; left--) item();
    }
    sink.int(0);
    cursor.depth--;
  }

  #fields(record: RecordSchema, cursor: Cursor, sink: Sink): void {
    cursor.enter();
    for (const { type } of record.fields) this.#value(type, cursor, sink);
    cursor.depth--;
  }

  /** Moves an object into the table. */
  #enter(of: RecordSchema, cursor: Cursor, sink: Sink): void {
    sink.int(this.#staying + this.#moved.length);
    const entry = { of, bytes: cursor.bytes };
    this.#moved.push(entry);
    const own = new Sink(64, cursor.end * 9 + LIMITS.bytes);
    this.#fields(of, cursor, own);
    entry.bytes = own.done();
  }

  /** An object that stays in the table gets another number; one that leaves it is written here. */
  #reference(cursor: Cursor, sink: Sink): void {
    const entry = this.#entry(cursor);
    if (entry.number >= 0) {
      sink.int(entry.number);
      return;
    }
    if (this.#regroup.gone.includes(entry.of)) {
      // The field that holds it is dropped, so this number is never read.
      sink.int(0);
      return;
    }
    const name = shortName(entry.of.name);
    if (entry.uses++ > 0) {
      cursor.fail(
        `an object of ${name} is held twice, and without @shared on class ${name} it would come back as two`,
      );
    }
    const there = new Cursor(cursor.bytes);
    there.pos = entry.at;
    there.depth = cursor.depth;
    this.#fields(entry.of, there, sink);
  }

  #table(datum: Uint8Array, sink: Sink): void {
    const branch = (of: RecordSchema) => {
      if (this.#branches.length > 1) sink.int(this.#branches.indexOf(of));
    };
    const staying = this.#entries.filter(({ number }) => number >= 0);
    const bodies = staying.map(({ at, of }) => {
      const own = this.#sink(datum);
      const cursor = new Cursor(datum);
      cursor.pos = at;
      this.#fields(of, cursor, own);
      return { of, bytes: own.done() };
    });
    const all = [...bodies, ...this.#moved];
    if (all.length > 0) sink.int(all.length);
    for (const { of, bytes } of all) {
      branch(of);
      sink.raw(bytes);
    }
    sink.int(0);
  }

  /** Whether anything in a value of the type moves or gets another number. */
  #isTouched(type: Schema): boolean {
    const known = this.#touched.get(type);
    if (known !== undefined) return known;
    const { into } = this.#regroup;
    const touched = [...typesOf(type)].some(
      (part) => into.includes(part as RecordSchema) || referenceOf(part) !== undefined,
    );
    this.#touched.set(type, touched);
    return touched;
  }
}
