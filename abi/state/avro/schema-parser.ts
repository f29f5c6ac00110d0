/** Schemas in Avro's JSON form, which may be hostile: checked, and their names resolved. */

import { AbiError } from "../../error.ts";
import { LIMITS } from "../../limits.ts";
import { encodeDefault } from "./default.ts";
import type { EnumSchema, FixedSchema } from "./schema.ts";
import { type FieldSchema, type PrimitiveSchema, type RecordSchema, type Schema, show } from "./schema.ts";
import { TYPED } from "./width.ts";

/** The primitive types, with the fewest bytes of a value. */
const PRIMITIVES: ReadonlyMap<string, number> = new Map([
  ["null", 0],
  ["boolean", 1],
  ["int", 1],
  ["long", 1],
  ["float", 4],
  ["double", 8],
  ["bytes", 1],
  ["string", 1],
]);

type Json = Readonly<Record<string, unknown>>;
type Build<T> = { -readonly [K in keyof T]: T[K] };
/** The parser's place in the schema: a path for messages, the inherited namespace, the depth. */
interface Place {
  readonly path: string;
  readonly namespace: string;
  readonly depth: number;
}

/**
 * Checks a schema in Avro's JSON form, which may be hostile, and resolves its names.
 *
 * Attributes that Avro does not define are ignored, except `moult`, a record's `dropped`, and a field's
 * `initial`.
 *
 * @throws AbiError `schema`, which names the place, for a type, name, symbol or default that Avro does not
 *   allow, and for schemas deeper or larger than `LIMITS` allows
 */
export function parseSchema(json: unknown): Schema {
  const parser = new Parser();
  const schema = parser.parse(json, { path: "", namespace: "", depth: 0 });
  parser.setDefaults();
  return schema;
}

class Parser {
  readonly #named = new Map<string, Schema>();
  /** The depth of types in every finished type. */
  readonly #heights = new Map<Schema, number>();
  readonly #defaults: { field: Build<FieldSchema>; value: unknown; path: string }[] = [];
  #nodes = 0;

  parse(json: unknown, at: Place): Schema {
    this.#count(1, at);
    if (typeof json === "string") return this.#reference(json, undefined, at);
    if (Array.isArray(json)) return this.#union(json, at);
    if (!isObject(json)) fail(at, `found ${show(json)}, wanted a schema`);
    const { type } = json;
    if (typeof type !== "string") fail(at, `found the type ${show(type)}, wanted a name`);
    const moult = text(json, "moult", at);
    switch (type) {
      case "array": {
        const items = typedItems(moult, this.parse(json.items, below(at, "[]")), at);
        return this.#finish({ kind: "array", items, moult, least: 1 }, [items], at);
      }
      case "map": {
        const values = this.parse(json.values, below(at, "{}"));
        return this.#finish({ kind: "map", values, moult, least: 1 }, [values], at);
      }
      case "enum":
        return this.#enum(json, moult, at);
      case "fixed":
        return this.#fixed(json, moult, at);
      case "record":
        return this.#record(json, moult, at);
      default:
        return this.#reference(type, moult, at);
    }
  }

  /** Runs last, because a default's type may be a record that was incomplete when the default was read. */
  setDefaults(): void {
    for (const { field, value, path } of this.#defaults) {
      field.initial = encodeDefault(field.type, value, path);
    }
  }

  #reference(name: string, moult: string | undefined, at: Place): Schema {
    const least = PRIMITIVES.get(name);
    if (least !== undefined) return { kind: name as PrimitiveSchema["kind"], moult, least };
    const schema = this.#named.get(qualify(name, at.namespace)) ?? this.#named.get(name);
    if (schema === undefined) fail(at, `found the type ${show(name)}, which nothing before it defines`);
    if (moult !== undefined)
      fail(at, `found "moult" at a reference to ${name}, wanted it where ${name} is defined`);
    const height = this.#heights.get(schema) ?? 0;
    if (at.depth + height > LIMITS.schemaDepth) tooDeep(at);
    return schema;
  }

  #union(json: readonly unknown[], at: Place): Schema {
    if (json.length === 0) fail(at, "found a union of nothing");
    const branches = json.map((branch) => this.parse(branch, { ...at, depth: at.depth + 1 }));
    const seen = new Set<string>();
    for (const branch of branches) {
      if (branch.kind === "union") fail(at, "found a union directly in a union");
      const key = "name" in branch ? branch.name : branch.kind;
      if (seen.has(key)) fail(at, `found ${key} twice in one union`);
      seen.add(key);
    }
    const least = 1 + Math.min(...branches.map((branch) => branch.least));
    return this.#finish({ kind: "union", branches, least }, branches, at);
  }

  #enum(json: Json, moult: string | undefined, at: Place): Schema {
    const own = this.#define(json, at);
    const symbols = json.symbols;
    if (!isNames(symbols) || symbols.length === 0) {
      fail(own.place, `found the symbols ${show(symbols)}, wanted names`);
    }
    this.#count(symbols.length, at);
    const twice = repeated(symbols);
    if (twice !== undefined) fail(own.place, `found the symbol ${twice} twice`);
    const initial = json.default;
    if (initial !== undefined && !symbols.includes(initial as string)) {
      fail(own.place, `found the default ${show(initial)}, wanted one of its symbols`);
    }
    const { name, aliases } = own;
    return this.#finish(this.#own({ kind: "enum", name, aliases, symbols, moult, least: 1 }), [], at);
  }

  #fixed(json: Json, moult: string | undefined, at: Place): Schema {
    const { name, aliases, place } = this.#define(json, at);
    const { size } = json;
    if (!Number.isInteger(size) || (size as number) < 0 || (size as number) > LIMITS.bytes) {
      fail(place, `found the size ${show(size)}, wanted 0 to ${LIMITS.bytes}`);
    }
    const least = size as number;
    return this.#finish(this.#own({ kind: "fixed", name, aliases, size: least, moult, least }), [], at);
  }

  #record(json: Json, moult: string | undefined, at: Place): Schema {
    const { name, aliases, namespace, place } = this.#define(json, at);
    if (!Array.isArray(json.fields)) fail(place, `found the fields ${show(json.fields)}, wanted a list`);
    const fields: FieldSchema[] = [];
    const dropped = namesOf(json, "dropped", place);
    const schema: Build<RecordSchema> = { kind: "record", name, aliases, fields, dropped, moult, least: 0 };
    this.#own(schema);
    const seen = new Set<string>();
    let least = 0;
    for (const field of json.fields as unknown[]) {
      if (!isObject(field) || !isName(field.name)) {
        fail(place, `found the field ${show(field)}, wanted one with a name that Avro allows`);
      }
      const { name } = field;
      if (seen.has(name)) fail(place, `found the field ${name} twice`);
      seen.add(name);
      if (dropped.includes(name)) fail(place, `found the field ${name}, which it says it has dropped`);
      const path = at.path === "" ? name : `${at.path}.${name}`;
      const type = this.parse(field.type, { path, namespace, depth: at.depth + 1 });
      const made: Build<FieldSchema> = { name, aliases: namesOf(field, "aliases", place), type };
      // `initial` is a default that some of today's tools would refuse in `default`.
      const value = Object.hasOwn(field, "default") ? field.default : field.initial;
      if (value !== undefined) this.#defaults.push({ field: made, value, path });
      fields.push(made);
      least += type.least;
    }
    schema.least = least;
    return this.#finish(
      schema,
      fields.map((field) => field.type),
      at,
    );
  }

  /** The full name of a definition, and the namespace for its content. */
  #define(json: Json, at: Place): { name: string; namespace: string; aliases: string[]; place: Place } {
    const short = json.name;
    const space = text(json, "namespace", at) ?? at.namespace;
    if (typeof short !== "string" || !isFullName(short)) {
      fail(at, `found the name ${show(short)}, wanted one that Avro allows`);
    }
    if (space !== "" && !isFullName(space))
      fail(at, `found the namespace ${show(space)}, wanted dotted names`);
    const name = qualify(short, space);
    if (PRIMITIVES.has(name)) fail(at, `found a type named ${name}, which Avro defines itself`);
    if (this.#named.has(name)) fail(at, `found two types named ${name}`);
    const namespace = name.slice(0, Math.max(0, name.lastIndexOf(".")));
    const place = { path: at.path === "" ? name : `${at.path} (${name})`, namespace, depth: at.depth };
    const aliases = namesOf(json, "aliases", place).map((alias) => qualify(alias, namespace));
    return { name, namespace, aliases, place };
  }

  #own<T extends EnumSchema | FixedSchema | RecordSchema>(schema: T): T {
    this.#named.set(schema.name, schema);
    return schema;
  }

  #finish(schema: Schema, parts: readonly Schema[], at: Place): Schema {
    let height = 0;
    for (const part of parts) height = Math.max(height, this.#heights.get(part) ?? 0);
    this.#heights.set(schema, height + 1);
    if (at.depth + height + 1 > LIMITS.schemaDepth) tooDeep(at);
    return schema;
  }

  #count(nodes: number, at: Place): void {
    this.#nodes += nodes;
    if (this.#nodes > LIMITS.schemaNodes) fail(at, `a schema of more than ${LIMITS.schemaNodes} parts`);
    if (at.depth > LIMITS.schemaDepth) tooDeep(at);
  }
}

/** The name of a typed array determines its items, which need no `moult` of their own. */
function typedItems(moult: string | undefined, items: Schema, at: Place): Schema {
  const typed = moult === undefined ? undefined : TYPED.get(moult);
  if (typed === undefined) return items;
  if (items.kind !== typed.kind || (items.moult !== undefined && items.moult !== typed.moult)) {
    fail(at, `found a ${moult} of ${items.moult ?? items.kind}, wanted ${typed.moult ?? typed.kind}`);
  }
  return { kind: typed.kind, moult: typed.moult, least: items.least };
}

function fail(at: Place, problem: string): never {
  throw new AbiError("schema", at.path === "" ? `schema: ${problem}` : `schema, ${at.path}: ${problem}`);
}
function tooDeep(at: Place): never {
  fail(at, `types nest more than ${LIMITS.schemaDepth} deep`);
}
function below(at: Place, step: string): Place {
  return { path: at.path + step, namespace: at.namespace, depth: at.depth + 1 };
}
function isObject(json: unknown): json is Json {
  return typeof json === "object" && json !== null && !Array.isArray(json);
}
function isName(name: unknown): name is string {
  return typeof name === "string" && name.length <= 256 && /^[A-Za-z_][A-Za-z0-9_]*$/.test(name);
}
function isFullName(name: unknown): name is string {
  return typeof name === "string" && name.length <= 256 && name.split(".").every(isName);
}
function isNames(names: unknown): names is string[] {
  return Array.isArray(names) && names.length <= LIMITS.schemaNodes && names.every(isName);
}
function repeated(names: readonly string[]): string | undefined {
  const seen = new Set<string>();
  return names.find((name) => seen.has(name) || !seen.add(name));
}
function qualify(name: string, namespace: string): string {
  return namespace === "" || name.includes(".") ? name : `${namespace}.${name}`;
}
function text(json: Json, key: string, at: Place): string | undefined {
  const value = json[key];
  if (value === undefined || (typeof value === "string" && value.length <= 256)) return value;
  return fail(at, `found the ${key} ${show(value)}, wanted a short text`);
}
function namesOf(json: Json, key: string, at: Place): string[] {
  const names = json[key] ?? [];
  if (Array.isArray(names) && names.length <= 256 && names.every(isFullName)) return names as string[];
  return fail(at, `found the ${key} ${show(names)}, wanted names`);
}
