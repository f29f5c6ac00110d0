/** What changed from one state schema to another, and whether every value survives it. */
import { AbiError } from "../../error.ts";
import { LIMITS } from "../../limits.ts";
import { compareTypes, isNote, type Part } from "./comparison.ts";
import { Matching, type MatchingOptions } from "./matching.ts";
import { type RecordSchema, type Schema, shortName, type UnionSchema } from "./schema.ts";
import { TABLE } from "./table.ts";

export interface Difference {
  /** Of the field, from the root: `clients[].name`, `hits{}`; for the root itself `state`. */
  readonly path: string;
  readonly problem: string;
  /** Whether every value of the old type is still there, and unchanged, in the new one. */
  readonly lossless: boolean;
}

/** Data of an older class inside a state, which steps of its own lead to today's. */
export interface Lead {
  /** Of the data, from the root: `pages{}`. */
  readonly path: string;
  /** Classes on the way: `["PageV1", "PageV2", "Page"]`. */
  readonly steps: readonly string[];
  /** Whether the data is of exactly the older class. */
  readonly exact: boolean;
}

export type DifferenceOptions = MatchingOptions;

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
  return compareSchemas(writer, reader, options).differences;
}

/** The same, and where in the data steps of classes inside the state have to be taken. */
export function compareSchemas(
  writer: Schema,
  reader: Schema,
  options: DifferenceOptions = {},
): { readonly differences: readonly Difference[]; readonly leads: readonly Lead[] } {
  const walk = new Walk(new Matching(writer, reader, options));
  walk.compare(writer, reader, "");
  return { differences: walk.differences, leads: walk.leads };
}

class Walk {
  readonly differences: Difference[] = [];
  readonly leads: Lead[] = [];
  readonly #matching: Matching;
  /** Pairs that were compared, or are being: recursive types meet themselves. */
  readonly #met = new Map<Schema, Set<Schema>>();
  #pairs = 0;
  #depth = 0;

  constructor(matching: Matching) {
    this.#matching = matching;
  }

  compare(writer: Schema, reader: Schema, inside: string): void {
    // Objects in the table of a state are spoken of by their class.
    const path = inside === `${TABLE}[]` && reader.kind === "record" ? shortName(reader.name) : inside;
    const met = this.#met.get(writer) ?? new Set();
    if (met.has(reader)) return;
    this.#met.set(writer, met.add(reader));
    if (++this.#pairs > LIMITS.schemaNodes * 4 || ++this.#depth > LIMITS.schemaDepth * 4) {
      throw new AbiError(
        "schema",
        `the two schemas refer to themselves in too many ways to be compared, at ${path}`,
      );
    }
    for (const item of compareTypes(writer, reader, this.#matching)) {
      const at = path === "" ? item.at.replace(/^\./, "") : path + item.at;
      if (isNote(item)) {
        const { problem, lossless } = item;
        this.differences.push({ path: at === "" ? "state" : at, problem, lossless });
      } else this.compare(item.writer, item.led ? this.#led(item, item.led, at) : item.reader, at);
    }
    this.#depth--;
  }

  /** The record that takes the writer's, which is noted when a step leads on from there. */
  #led({ writer }: Part, union: UnionSchema, path: string): RecordSchema {
    const { to, exact } = this.#matching.lead(writer as RecordSchema, union);
    const chain = union.branches.filter((branch) => branch.kind === "record");
    const names = chain.slice(0, chain.indexOf(to) + 1).map(({ name }) => shortName(name));
    if (names.length > 1) this.leads.push({ path, steps: names.reverse(), exact });
    return to;
  }
}
