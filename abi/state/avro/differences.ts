/** The differences between two state schemas, and whether every value survives them. */
import { AbiError } from "../../error.ts";
import { LIMITS } from "../../limits.ts";
import { compareTypes, isNote, type Part } from "./comparison.ts";
import { Matching, type MatchingOptions } from "./matching.ts";
import { type RecordSchema, type Schema, shortName, type UnionSchema } from "./schema.ts";
import { TABLE } from "./table.ts";

export interface Difference {
  /** The path of the field, from the root: `clients[].name`, `hits{}`; `state` for the root itself. */
  readonly path: string;
  readonly problem: string;
  /** Whether every value of the old type is unchanged in the new one. */
  readonly lossless: boolean;
}

/** Data of an older class inside a state, which the class's own steps lead to today's class. */
export interface Lead {
  /** The path of the data, from the root: `pages{}`. */
  readonly path: string;
  /** Classes on the way: `["PageV1", "PageV2", "Page"]`. */
  readonly steps: readonly string[];
  /** Whether the data is of exactly the older class. */
  readonly exact: boolean;
}

export type DifferenceOptions = MatchingOptions;

/**
 * Compares the schema of a saved state with the one that will read it. Without differences the same bytes
 * have the same meaning. Root records match whatever their names. Documentation, the order of fields and
 * defaults do not count.
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

/** The same, and the places in the data where steps of inner classes are taken. */
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
  /** Pairs that were compared, or are being compared: recursive types meet themselves. */
  readonly #met = new Map<Schema, Set<Schema>>();
  #pairs = 0;
  #depth = 0;

  constructor(matching: Matching) {
    this.#matching = matching;
  }

  compare(writer: Schema, reader: Schema, inside: string): void {
    // Objects in the table of a state are named by their class.
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

  /** The record that takes the writer's; noted when a step leads on from there. */
  #led({ writer }: Part, union: UnionSchema, path: string): RecordSchema {
    const { to, exact } = this.#matching.lead(writer as RecordSchema, union);
    const chain = union.branches.filter((branch) => branch.kind === "record");
    const names = chain.slice(0, chain.indexOf(to) + 1).map(({ name }) => shortName(name));
    if (names.length > 1) this.leads.push({ path, steps: names.reverse(), exact });
    return to;
  }
}
