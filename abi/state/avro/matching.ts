/**
 * Which types of two schemas belong together. In general this is decided by name, as in Avro; in the schemas
 * that a module migrates from, old data is led to the class with its shape.
 */
import { AbiError } from "../../error.ts";
import { LIMITS } from "../../limits.ts";
import { typesOf } from "./chains.ts";
import { type Belonging, compareTypes, isNote } from "./comparison.ts";
import { branchOf, sameName } from "./match.ts";
import { type Paired, pairedClasses } from "./paired.ts";
import { type RecordSchema, type Schema, shortName, type UnionSchema } from "./schema.ts";
import { itemsOf, sharedIn } from "./table.ts";

export interface MatchingOptions {
  /**
   * Whether types with different names can be equal, because an author's copy of an old class has another
   * name. `"older"` allows that only for types that are reached through an older class alone. With either, a
   * record of the writer's that meets a union of several records is led to one of them by its shape.
   * @default false
   */
  readonly renamed?: boolean | "older";
}

/** How well data of one type becomes data of another, from worst to best. */
const LOSSY = 0;
const LOSSLESS = 1;
const EXACT = 2;

/** Two types that meet, and how well they fit: the worst of their own differences and of their parts. */
interface Fit {
  level: number;
  own: number;
  /** For a record that is led: the best of the parts, and not the worst. */
  readonly led: boolean;
  readonly parts: Fit[];
  readonly above: Fit[];
}

type Fits = Map<Schema, Map<Schema, Fit>>;

export class Matching implements Belonging {
  readonly #roots: readonly [Schema, Schema];
  readonly #renamed: boolean | "older";
  /** Types that the newest classes consist of: these must have their own names. */
  readonly #strict: ReadonlySet<Schema>;
  /** Which classes of the reader's table take the objects of the writer's. */
  readonly paired: Paired;
  readonly #entries = new Set<Schema>();
  readonly #fits: Fits = new Map();
  /** Pairs of records and the unions that they are led in. */
  readonly #led: Fits = new Map();
  readonly #pending: (readonly [Schema, Schema, Fit])[] = [];
  #size = 0;

  constructor(writer: Schema, reader: Schema, { renamed = false }: MatchingOptions = {}) {
    this.#roots = [writer, reader];
    this.#renamed = renamed;
    this.#strict = renamed === "older" ? newestTypes(reader) : new Set();
    this.paired = pairedClasses(writer, reader, (from, to) => sameName(from, to) || this.takesAnyName(to));
    for (const schema of typesOf(writer)) {
      // The record for the entries of a map has no name of its author's.
      if (schema.kind === "array" && schema.moult === "map") this.#entries.add(schema.items);
    }
  }

  /** Whether two records match whatever their names: the roots, and records without an author's name. */
  isNameless(writer: Schema, reader: Schema): boolean {
    return (writer === this.#roots[0] && reader === this.#roots[1]) || this.#entries.has(writer);
  }

  takesAnyName(reader: Schema): boolean {
    return this.#renamed === true || (this.#renamed === "older" && !this.#strict.has(reader));
  }

  /** Whether numbers of objects of a writer's `@shared` class refer to objects of the reader's class. */
  refersTo(writer: string, reader: string): boolean {
    const [from, to] = [this.#shared(0, writer), this.#shared(1, reader)];
    return from !== undefined && to !== undefined && this.paired.pairs.get(from) === to;
  }

  #shared(root: 0 | 1, name: string): RecordSchema | undefined {
    return sharedIn(this.#roots[root]).find((record) => shortName(record.name) === name);
  }

  /** Whether the records of a writer's type are led to those of a reader's union by their shape. */
  leads(writer: Schema, reader: Schema): boolean {
    if (this.#renamed === false || reader.kind !== "union" || records(reader).length < 2) return false;
    if (reader === itemsOf(this.#roots[1])) return false;
    return writer.kind === "union" ? records(writer).length === 1 : writer.kind === "record";
  }

  /** The branch of a reader's union that takes a writer's type, or -1. */
  branch(reader: UnionSchema, writer: Schema): number {
    const pair = this.paired.pairs.get(writer);
    if (pair !== undefined && reader.branches.includes(pair)) return reader.branches.indexOf(pair);
    if (writer.kind !== "record" || !this.leads(writer, reader)) return branchOf(reader, writer);
    return reader.branches.indexOf(this.lead(writer, reader).to);
  }

  /**
   * The record of a union that takes a writer's record: an equal one, else a lossless one, and the newest of
   * several, unless an older one has the same name. Without either it is the newest, which the data does not
   * fit.
   */
  lead(writer: RecordSchema, reader: UnionSchema): { readonly to: RecordSchema; readonly exact: boolean } {
    const candidates = records(reader).map((to) => ({ to, level: this.#fit(writer, to).level }));
    const best = Math.max(...candidates.map(({ level }) => level));
    const fitting = candidates.filter(({ level }) => level === best && level > LOSSY);
    const named = fitting.find(({ to }) => shortName(to.name) === shortName(writer.name));
    const { to } = named ?? fitting[0] ?? candidates[0]!;
    return { to, exact: best === EXACT };
  }

  #fit(writer: Schema, reader: Schema): Fit {
    const fit = this.#meet(this.#fits, writer, reader);
    this.#settle();
    return fit;
  }

  #meet(fits: Fits, writer: Schema, reader: Schema): Fit {
    const row = fits.get(writer) ?? new Map<Schema, Fit>();
    fits.set(writer, row);
    const known = row.get(reader);
    if (known) return known;
    if (++this.#size > LIMITS.schemaNodes * 4) {
      throw new AbiError("schema", "the two schemas refer to themselves in too many ways to be compared");
    }
    const led = fits === this.#led;
    const fit: Fit = { level: EXACT, led, own: EXACT, parts: [], above: [] };
    row.set(reader, fit);
    this.#pending.push([writer, reader, fit]);
    return fit;
  }

  /**
   * Types may contain themselves, so all pairs are assumed to fit until a difference is found, which is then
   * carried up to the pairs that contain it.
   */
  #settle(): void {
    const doubtful: Fit[] = [];
    for (let next = this.#pending.pop(); next; next = this.#pending.pop()) {
      const [writer, reader, fit] = next;
      for (const part of fit.led ? this.#candidates(writer, reader) : this.#parts(writer, reader, fit)) {
        fit.parts.push(part);
        part.above.push(fit);
      }
      doubtful.push(fit);
    }
    for (let fit = doubtful.pop(); fit; fit = doubtful.pop()) {
      const levels = fit.parts.map(({ level }) => level);
      const level = fit.led ? Math.max(...levels) : Math.min(fit.own, ...levels);
      if (level === fit.level) continue;
      fit.level = level;
      doubtful.push(...fit.above);
    }
  }

  #candidates(writer: Schema, reader: Schema): Fit[] {
    return records(reader as UnionSchema).map((to) => this.#meet(this.#fits, writer, to));
  }

  #parts(writer: Schema, reader: Schema, fit: Fit): Fit[] {
    const parts: Fit[] = [];
    for (const item of compareTypes(writer, reader, this)) {
      if (isNote(item)) fit.own = Math.min(fit.own, item.lossless ? LOSSLESS : LOSSY);
      else if (item.led) parts.push(this.#meet(this.#led, item.writer, item.led));
      else parts.push(this.#meet(this.#fits, item.writer, item.reader));
    }
    return parts;
  }
}

function records({ branches }: UnionSchema): RecordSchema[] {
  return branches.filter((branch) => branch.kind === "record");
}

/** The types of a schema that can be reached without an older class. */
function newestTypes(root: Schema): ReadonlySet<Schema> {
  return typesOf(root, (union) => {
    const [newest] = records(union);
    return union.branches.filter((branch) => branch.kind !== "record" || branch === newest);
  });
}
