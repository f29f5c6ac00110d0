/**
 * The way of a state into a module: as it is, translated without loss, or through the module's own typed
 * steps.
 */

import { AbiError } from "../error.ts";
import { adviceFor } from "./advice/advice.ts";
import { adviceText } from "./advice/advice-text.ts";
import { chainsIn } from "./avro/chains.ts";
import { canonicalForm } from "./avro/fingerprint.ts";
import { Matching } from "./avro/matching.ts";
import {
  compareSchemas,
  type Difference,
  type DifferenceOptions,
  differences,
  type Lead,
} from "./avro/resolve.ts";
import type { Schema } from "./avro/schema.ts";
import { parseSchema } from "./avro/schema-parser.ts";
import { regrouped } from "./avro/sharing.ts";
import { checkDatum } from "./avro/skip.ts";
import { spell } from "./avro/spelling.ts";
import { translator } from "./avro/translate.ts";
import { verbatimPairs } from "./avro/verbatim.ts";
import type { ModuleState } from "./module-state.ts";

/** State that looks for a way: a snapshot, or a manifest's `state` with its module's name and version. */
export interface StateOrigin {
  /** In Avro's JSON form. */
  readonly schema: unknown;
  readonly fingerprint?: string;
  /** Whose state it is, where that is known. */
  readonly plugin?: string | undefined;
  readonly version?: string | undefined;
}

/** How a state enters a module. */
export interface Passage {
  /** The argument of the guest's `restore`: 0 for its own schema, n + 1 for migration n. */
  readonly restore: number;
  /**
   * - `same`: both schemas are equal, whatever the roots are called,
   * - `lossless`: every value is still there, and `translate`, if there is one, puts it in its new place,
   * - `migrated`: the guest's `static from` makes the new state of the old one.
   */
  readonly kind: "same" | "lossless" | "migrated";
  /**
   * Classes on the way, from the state's own to the module's: `["TotalsV1", "TotalsV2", "Totals"]`. Steps of classes
   * inside stand behind the root in which their data lies: `["Site (PageV1 -> Page)"]`.
   */
  readonly steps: readonly string[];
  /** Where steps of classes inside the state are taken; none where none are. */
  readonly leads?: readonly Lead[];
  /**
   * Turns a datum of the old schema into one that `restore` takes; without it the datum is that already.
   * Throws AbiError `snapshot`.
   */
  readonly translate?: (datum: Uint8Array) => Uint8Array;
}

/**
 * Finds the way of a state into a module. In this order: the same schema; a step that the module has for this
 * very schema (the newest such step first), then one with steps in classes inside the state; steps inside for
 * exactly the old classes, where all else is lossless; a lossless change to the module's own schema, then one to
 * what a step takes. Opaque state passes only to opaque state of the same plugin. Another tool's file, whose
 * schema is the module's but for the `moult` attributes, is the same too, if `translate` finds its values to be
 * of the module's types.
 *
 * @param to `state` of the module's manifest, whose migrations are listed newest first
 * @param module its name and version (the manifest is both), for opaque state and for messages
 * @throws AbiError `schema` when there is no way, naming the fields in the way, the steps that there are and
 *   the one that is missing
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

/** A migration of a module, and how a state would get to it. */
interface Candidate extends ReturnType<typeof compareSchemas> {
  readonly n: number;
  readonly name: string;
  /** How many roots are newer, of those before today's. */
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

/** An author's copies of old classes have names of their own; today's have today's. */
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
 * The lossless table: all that differs between a state's schema and a module's own, each change lossless or not.
 *
 * @throws AbiError `schema`
 */
export function changesBetween(from: Pick<StateOrigin, "schema">, to: ModuleState): readonly Difference[] {
  return allChanges(parseSchema(from.schema), parseSchema(to.schema));
}

/** With what becomes of whole classes, which may have come to be `@shared`. */
function allChanges(writer: Schema, reader: Schema): readonly Difference[] {
  const { schema, changes } = regrouped(writer, reader);
  return [...changes, ...differences(schema, reader)];
}

/** Another tool's file, without our attributes: most tools drop what Avro does not define. */
function isPlain({ plugin, schema }: StateOrigin): boolean {
  return plugin === undefined && !JSON.stringify(schema).includes('"moult":');
}

/** Whether a schema without attributes could be what such a tool left of another one. */
function likePlain(writer: Schema, json: unknown): boolean {
  const plain = parseSchema(JSON.parse(canonicalForm(json)));
  return differences(writer, plain, { renamed: true }).length === 0;
}

/** What the attributes would have promised has to be seen in the values. */
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

/** The bytes mean something to their author alone, so the name has to vouch for them. */
function opaque(writer: Schema, own: Schema, who: { from: StateOrigin; module: Module }): Passage {
  const { from, module } = who;
  if (writer.kind === own.kind && from.plugin !== undefined && from.plugin === module?.name) {
    return { restore: 0, kind: "same", steps: ["opaque"] };
  }
  const is = ({ kind }: Schema) =>
    kind === "bytes" ? "opaque, made by hooks that are written by hand" : "typed";
  const problem =
    writer.kind === own.kind
      ? "opaque state passes only to the plugin of the same name"
      : `the first is ${is(writer)}, the second ${is(own)}`;
  throw new AbiError("schema", `${noWay(who)}: ${problem}`);
}

function noWay({ from, module }: { from: StateOrigin; module: Module }): string {
  const old =
    from.plugin === undefined ? "this state" : `the state of ${from.plugin} ${from.version ?? ""}`.trimEnd();
  return `no way leads from ${old} to ${module ? `${module.name} ${module.version}` : "the new version"}`;
}

/** The fields in the way, the steps that there are and why none of them fits; with what would lead there. */
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
