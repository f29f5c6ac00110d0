/** From one state schema to another, bytes to bytes: values that only have to be moved are not decoded. */

import { AbiError } from "../../error.ts";
import { LIMITS } from "../../limits.ts";
import { Cursor } from "./cursor.ts";
import { type DifferenceOptions, differences } from "./differences.ts";
import { fieldSources } from "./match.ts";
import { Matching } from "./matching.ts";
import type { EnumSchema, RecordSchema, Schema, UnionSchema } from "./schema.ts";
import { Sink } from "./sink.ts";
import { skipper } from "./skip.ts";
import { constant, flush, indices, list, type Run, reorder, type Step } from "./step.ts";
import { verbatimPairs } from "./verbatim.ts";

/**
 * Makes a function that turns a datum of the writer's schema into one of the reader's: fields in the reader's
 * order, new ones filled with their defaults. Where the two schemas give every value the same bytes, it
 * returns the datum itself.
 *
 * @throws AbiError `schema` when not every value survives; see `differences`. The function throws AbiError
 *   `snapshot` where it reads bytes that are not a datum of the writer's schema; bytes that it only copies
 *   are checked by the guest that restores them
 */
export function translator(
  writer: Schema,
  reader: Schema,
  options: DifferenceOptions = {},
): (datum: Uint8Array) => Uint8Array {
  const lost = differences(writer, reader, options).filter(({ lossless }) => !lossless);
  if (lost.length > 0) {
    const problems = lost.map(({ path, problem }) => `${path}: ${problem}`);
    throw new AbiError(
      "schema",
      `no lossless way leads from one schema to the other: ${problems.join("; ")}`,
    );
  }
  const matching = new Matching(writer, reader, options);
  const verbatim = verbatimPairs(writer, reader, matching);
  if (verbatim(writer, reader)) return (datum) => datum;
  const step = new Plan(verbatim, matching).root(writer, reader);
  return (datum) => {
    // Integers that become doubles grow eightfold, and defaults may add any number of bytes, up to a limit.
    const sink = new Sink(datum.length + (datum.length >> 2) + 256, datum.length * 9 + LIMITS.bytes);
    return new Cursor(datum).whole((cursor) => {
      const run: Run = { cursor, sink, done: 0 };
      step(run);
      flush(run, cursor.pos);
      return sink.done();
    });
  };
}

class Plan {
  readonly #verbatim: (writer: Schema, reader: Schema) => boolean;
  readonly #matching: Matching;
  readonly #skip = skipper({ strict: false });
  readonly #steps = new Map<Schema, Map<Schema, Step>>();

  constructor(verbatim: (writer: Schema, reader: Schema) => boolean, matching: Matching) {
    this.#verbatim = verbatim;
    this.#matching = matching;
  }

  step(writer: Schema, reader: Schema): Step {
    if (this.#verbatim(writer, reader)) {
      const skip = this.#skip(writer);
      return (run) => skip(run.cursor);
    }
    const steps = this.#steps.get(writer) ?? new Map<Schema, Step>();
    this.#steps.set(writer, steps);
    const known = steps.get(reader);
    if (known) return known;
    let step: Step | undefined;
    steps.set(reader, (run) => step!(run));
    step = this.#make(writer, reader);
    steps.set(reader, step);
    return step;
  }

  #make(writer: Schema, reader: Schema): Step {
    if (writer.kind === "union" || reader.kind === "union") return this.#union(writer, reader);
    if (writer.kind === "record" && reader.kind === "record") return this.#record(writer, reader);
    if (writer.kind === "enum" && reader.kind === "enum") return symbols(writer, reader);
    if (writer.kind === "array" && reader.kind === "array") {
      return list(writer.items.least, this.step(writer.items, reader.items));
    }
    if (writer.kind === "map" && reader.kind === "map") {
      const value = this.step(writer.values, reader.values);
      return list(1 + writer.values.least, (run) => {
        run.cursor.run("a string");
        value(run);
      });
    }
    // The remaining lossless pairs: an int, or a float, that becomes a double.
    return (run) => {
      const { cursor, sink } = run;
      flush(run, cursor.pos);
      sink.double(writer.kind === "int" ? cursor.int() : cursor.float());
      run.done = cursor.pos;
    };
  }

  #union(writer: Schema, reader: Schema): Step {
    const olds = writer.kind === "union" ? writer.branches : [writer];
    if (reader.kind !== "union") {
      // A union of one branch loses its index.
      const inner = this.step(olds[0]!, reader);
      return (run) => {
        flush(run, run.cursor.pos);
        run.cursor.index(1, "the branch");
        run.done = run.cursor.pos;
        inner(run);
      };
    }
    const taken = olds.map((old) => this.#matching.branch(reader, old));
    const inner = olds.map((old, i) => this.step(old, (reader as UnionSchema).branches[taken[i]!]!));
    if (writer.kind === "union") {
      const index = indices(taken, "the branch");
      return (run) => inner[index(run)]!(run);
    }
    return (run) => {
      flush(run, run.cursor.pos);
      run.sink.int(taken[0]!);
      inner[0]!(run);
    };
  }

  /** For a whole datum: bytes after the last change, or all bytes without changes, are copied unread. */
  root(writer: Schema, reader: Schema): Step {
    if (writer.kind !== "record" || reader.kind !== "record") return this.step(writer, reader);
    const sources = fieldSources(writer, reader);
    if (!isInOrder(sources) || kept(sources).length < writer.fields.length) return this.step(writer, reader);
    const same = (i: number) =>
      sources[i] !== undefined && this.#verbatim(writer.fields[sources[i]]!.type, reader.fields[i]!.type);
    let last = sources.length;
    while (last > 0 && sources[last - 1] === undefined) last--;
    let unseen = last;
    while (unseen > 0 && same(unseen - 1)) unseen--;
    if (unseen === last) return this.step(writer, reader);
    const steps = this.#fields({ writer, reader, sources });
    return (run) => {
      for (let i = 0; i < unseen; i++) steps[i]!(run);
      run.cursor.pos = run.cursor.end;
      for (let i = last; i < steps.length; i++) steps[i]!(run);
    };
  }

  /** In the reader's order. */
  #fields({ writer, reader, sources }: RecordPair): Step[] {
    return reader.fields.map((field, i) => {
      const source = sources[i];
      return source === undefined
        ? constant(field.initial!)
        : this.step(writer.fields[source]!.type, field.type);
    });
  }

  /**
   * Inserts steps that drop fields at the writer's positions: before the next field that is kept, or at the
   * end.
   */
  #dropBetween({ writer, sources }: RecordPair, steps: Step[]): void {
    for (let source = writer.fields.length - 1; source >= 0; source--) {
      if (sources.includes(source)) continue;
      const next = sources.findIndex((kept) => kept !== undefined && kept > source);
      steps.splice(next < 0 ? sources.length : next, 0, this.#drop(writer.fields[source]!.type));
    }
  }

  /** Skips a field that was dropped on purpose. */
  #drop(type: Schema): Step {
    const skip = this.#skip(type);
    return (run) => {
      flush(run, run.cursor.pos);
      skip(run.cursor);
      run.done = run.cursor.pos;
    };
  }

  #record(writer: RecordSchema, reader: RecordSchema): Step {
    const sources = fieldSources(writer, reader);
    const steps = this.#fields({ writer, reader, sources });
    if (isInOrder(sources)) {
      this.#dropBetween({ writer, reader, sources }, steps);
      return (run) => {
        run.cursor.enter();
        for (let i = 0; i < steps.length; i++) steps[i]!(run);
        run.cursor.depth--;
      };
    }
    const inOrder = writer.fields.map(
      ({ type }, source) => steps[sources.indexOf(source)] ?? this.#drop(type),
    );
    return (run) => reorder(run, { inOrder, sources, steps });
  }
}

interface RecordPair {
  readonly writer: RecordSchema;
  readonly reader: RecordSchema;
  readonly sources: readonly (number | undefined)[];
}

/** The writer's fields that the reader has, in the reader's order. */
function kept(sources: readonly (number | undefined)[]): number[] {
  return sources.filter((source) => source !== undefined);
}

/** Whether the fields that are kept are in the same order. */
function isInOrder(sources: readonly (number | undefined)[]): boolean {
  return kept(sources).every((source, i, all) => i === 0 || source > all[i - 1]!);
}

function symbols(writer: EnumSchema, reader: EnumSchema): Step {
  const index = indices(
    writer.symbols.map((symbol) => reader.symbols.indexOf(symbol)),
    "the symbol",
  );
  return (run) => void index(run);
}
