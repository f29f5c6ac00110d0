/**
 * The passage of a state into a module: unchanged, translated without loss, or through the module's own typed
 * steps.
 */

import { AbiError } from "../error.ts";
import { adviceFor } from "./advice/advice.ts";
import { adviceText } from "./advice/advice-text.ts";
import { chainsIn } from "./avro/chains.ts";
import {
  compareSchemas,
  type Difference,
  type DifferenceOptions,
  differences,
  type Lead,
} from "./avro/differences.ts";
import { canonicalForm } from "./avro/fingerprint.ts";
import { Matching } from "./avro/matching.ts";
import type { Schema } from "./avro/schema.ts";
import { parseSchema } from "./avro/schema-parser.ts";
import { regrouped } from "./avro/sharing.ts";
import { checkDatum } from "./avro/skip.ts";
import { spell } from "./avro/spelling.ts";
import { translator } from "./avro/translate.ts";
import { verbatimPairs } from "./avro/verbatim.ts";
import type { ModuleState } from "./module-state.ts";

/** A state that needs a passage: a snapshot, or a manifest's `state` with its module's name and version. */
export interface StateOrigin {
  /** In Avro's JSON form. */
  readonly schema: unknown;
  readonly fingerprint?: string;
  /** The plugin that the state comes from, where that is known. */
  readonly plugin?: string | undefined;
  readonly version?: string | undefined;
}

/** How a state enters a module. */
export interface Passage {
  /** The argument of the guest's `restore`: 0 for its own schema, n + 1 for migration n. */
  readonly restore: number;
  /**
   * - `same`: both schemas are equal, whatever the names of the roots,
   * - `lossless`: every value is kept, and `translate`, if there is one, moves it to its new place,
   * - `migrated`: the guest's `static from` makes the new state from the old one.
   */
  readonly kind: "same" | "lossless" | "migrated";
  /**
   * Classes on the way, from the state's own to the module's: `["TotalsV1", "TotalsV2", "Totals"]`. Steps of
   * inner classes follow the root that contains their data: `["Site (PageV1 -> Page)"]`.
   */
  readonly steps: readonly string[];
  /** Where steps of inner classes are taken; missing without such steps. */
  readonly leads?: readonly Lead[];
  /**
   * Turns a datum of the old schema into one for `restore`; missing when nothing changes. Throws AbiError
   * `snapshot`.
   */
  readonly translate?: (datum: Uint8Array) => Uint8Array;
}

/**
 * Finds the passage of a state into a module, in this order: the same schema; a step that the module has for
 * exactly this schema (the newest such step first), then one with steps in inner classes; inner steps for
 * exactly the old classes, where everything else is lossless; a lossless change to the module's own schema,
 * then one to the schema of a step. Opaque state only passes to opaque state of the same plugin. A file of
 * another tool, whose schema differs from the module's only in `moult` attributes, counts as the same schema
 * if `translate` finds its values to be of the module's types.
 *
 * @param to `state` of the module's manifest, whose migrations are listed newest first
 * @param module its name and version (a manifest has both), for opaque state and for messages
 * @throws AbiError `schema` when there is no passage, naming the fields that prevent it, the steps that exist
 *   and the step that is missing
 */
export function passage(
  from: StateOrigin,
  to: ModuleState,
  module?: { readonly name: string; readonly version: string },
): Passage {
  const writer = parseSchema(from.schema);
  const own = parseSchema(to.schema);
  if (writer.kind === "bytes" || own.kind === "bytes") return opaque(writer, own, { from, module });
  const changes = allChanges(writer, own);
  if (changes.length === 0) return { restore: 0, kind: "same", steps: [spell(own)] };
  const migrations = candidates(writer, to);
  const chain = chainOf(to, own);
  const exact = migrations.filter((one) => one.differences.length === 0);
  const migration =
    exact.find(({ leads }) => leads.length === 0) ??
    exact[0] ??
    migrations.find((one) => one.nested && lossless(one.differences) && one.leads.some(({ exact }) => exact));
  if (migration !== undefined) return migrated(writer, migration, chain);
  if (lossless(changes)) {
    return { restore: 0, kind: "lossless", steps: [spell(writer), spell(own)], ...translation(writer, own) };
  }
  if (isPlain(from) && canonicalForm(from.schema) === canonicalForm(to.schema)) {
    const older = to.migrations.find(({ schema }) => likePlain(writer, schema));
    if (older !== undefined) {
      const both = `without its attributes it could be of ${spell(own)} and of ${older.name}`;
      throw new AbiError("schema", `${noWay({ from, module })}: ${both}`);
    }
    return { restore: 0, kind: "same", steps: [spell(own)], translate: (datum) => checked(own, datum) };
  }
  const found = migrations.find((one) => lossless(one.differences));
  if (found === undefined) return refuse({ from, module, writer, own, changes, migrations, chain });
  return migrated(writer, found, chain);
}

/** A migration of a module, and how a state would reach it. */
interface Candidate extends ReturnType<typeof compareSchemas> {
  readonly n: number;
  readonly name: string;
  /** The number of newer roots among those before today's. */
  readonly age: number;
  readonly nested: boolean;
  readonly schema: Schema;
}

function candidates(writer: Schema, { migrations }: ModuleState): readonly Candidate[] {
  return migrations.map(({ name, nested = false, schema: json }, n) => {
    const schema = parseSchema(json);
    const age = migrations.slice(0, n).filter(({ nested }) => !nested).length;
    const { schema: given, changes } = regrouped(writer, schema, matchingOf(nested));
    const { differences, leads } = compareSchemas(given, schema, matchingOf(nested));
    return { n, name, age, nested, schema, differences: [...changes, ...differences], leads };
  });
}

/** In migrations an author's copies of old classes have other names; today's classes have their own. */
function matchingOf(nested: boolean): { readonly renamed: true | "older" } {
  return { renamed: nested ? "older" : true };
}

/** The root's classes, from the oldest to today's. */
function chainOf({ migrations }: ModuleState, own: Schema): readonly string[] {
  const older = migrations.filter(({ nested }) => !nested).map(({ name }) => name);
  return [...older.reverse(), spell(own)];
}

function migrated(writer: Schema, migration: Candidate, chain: readonly string[]): Passage {
  const { n, age, nested, schema, leads } = migration;
  const [first, ...rest] = chain.slice(nested ? -1 : -2 - age);
  const inside = [...new Set(leads.map(({ steps }) => steps.join(" -> ")))];
  const steps = inside.length === 0 ? [first!, ...rest] : [`${first} (${inside.join(", ")})`, ...rest];
  return {
    restore: n + 1,
    kind: "migrated",
    steps,
    ...(leads.length > 0 && { leads }),
    ...translation(writer, schema, matchingOf(nested)),
  };
}

/**
 * The lossless table: all differences between a state's schema and a module's own, each lossless or not.
 *
 * @throws AbiError `schema`
 */
export function changesBetween(from: Pick<StateOrigin, "schema">, to: ModuleState): readonly Difference[] {
  return allChanges(parseSchema(from.schema), parseSchema(to.schema));
}

/** The differences, with changes of whole classes that have become `@shared` or ceased to be. */
function allChanges(writer: Schema, reader: Schema): readonly Difference[] {
  const { schema, changes } = regrouped(writer, reader);
  return [...changes, ...differences(schema, reader)];
}

/**
 * Whether a file of another tool has no attributes of ours: most tools drop attributes that Avro does not
 * define.
 */
function isPlain({ plugin, schema }: StateOrigin): boolean {
  return plugin === undefined && !JSON.stringify(schema).includes('"moult":');
}

/** Whether a schema without attributes could be what such a tool made of another schema. */
function likePlain(writer: Schema, json: unknown): boolean {
  const plain = parseSchema(JSON.parse(canonicalForm(json)));
  return differences(writer, plain, { renamed: true }).length === 0;
}

/** Checks values for what the attributes would have promised. */
function checked(schema: Schema, datum: Uint8Array): Uint8Array {
  checkDatum(schema, datum);
  return datum;
}

type Module = { readonly name: string; readonly version: string } | undefined;

function lossless(changes: readonly Difference[]): boolean {
  return changes.every(({ lossless }) => lossless);
}

function translation(
  writer: Schema,
  reader: Schema,
  options: DifferenceOptions = {},
): Pick<Passage, "translate"> {
  const { schema, translate: regroup } = regrouped(writer, reader, options);
  const matching = new Matching(schema, reader, options);
  if (verbatimPairs(schema, reader, matching)(schema, reader)) return regroup ? { translate: regroup } : {};
  const translate = translator(schema, reader, options);
  return { translate: regroup ? (datum) => translate(regroup(datum)) : translate };
}

/** Only the author can read the bytes, so they pass between versions of the same plugin name alone. */
function opaque(writer: Schema, own: Schema, sides: { from: StateOrigin; module: Module }): Passage {
  const { from, module } = sides;
  if (writer.kind === own.kind && from.plugin !== undefined && from.plugin === module?.name) {
    return { restore: 0, kind: "same", steps: ["opaque"] };
  }
  const is = ({ kind }: Schema) =>
    kind === "bytes" ? "opaque, made by hooks that are written by hand" : "typed";
  const problem =
    writer.kind === own.kind
      ? "opaque state passes only to the plugin of the same name"
      : `the first is ${is(writer)}, the second ${is(own)}`;
  throw new AbiError("schema", `${noWay(sides)}: ${problem}`);
}

function noWay({ from, module }: { from: StateOrigin; module: Module }): string {
  const old =
    from.plugin === undefined ? "this state" : `the state of ${from.plugin} ${from.version ?? ""}`.trimEnd();
  return `no way leads from ${old} to ${module ? `${module.name} ${module.version}` : "the new version"}`;
}

/** Refuses: the fields that prevent a passage, the steps that exist and why none fits; with advice. */
function refuse(refusal: {
  from: StateOrigin;
  module: Module;
  writer: Schema;
  own: Schema;
  changes: readonly Difference[];
  migrations: readonly Candidate[];
  chain: readonly string[];
}): never {
  const { writer, own, changes, migrations, chain } = refusal;
  const tried = migrations
    .filter(({ nested }) => !nested)
    .map(({ name, differences }) => `${name} is another state (${list(lossy(differences), 1)})`);
  const steps = tried.length === 0 ? "It has no steps" : `Tried ${chain.join(" -> ")}: ${tried.join(", ")}`;
  const inside = migrations.filter(({ nested }) => nested).flatMap(({ schema }) => chainsIn(schema));
  const names = inside.map((names) => names.join(" -> "));
  const more = names.length === 0 ? "" : `, ${tried.length === 0 ? "but" : "and"} inside ${names.join(", ")}`;
  const advice = adviceText(adviceFor(writer, { own, migrations }));
  throw new AbiError("schema", `${noWay(refusal)}: ${list(lossy(changes), 8)}. ${steps}${more}`, { advice });
}

function lossy(changes: readonly Difference[]): string[] {
  return changes.filter(({ lossless }) => !lossless).map(({ path, problem }) => `${path}: ${problem}`);
}

function list(items: readonly string[], most: number): string {
  const more = items.length > most ? [`and ${items.length - most} more`] : [];
  return [...items.slice(0, most), ...more].join("; ");
}
