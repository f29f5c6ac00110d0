/** The WIT type of a zod schema. */
import type * as z from "zod";
import { describe } from "../../abi/canonical/memory.ts";
import { LIMITS } from "../../abi/limits.ts";
import {
  type Case,
  camelCase,
  isKind,
  kebabCase,
  match,
  PRIMITIVES,
  type Primitive,
  type ValueType,
} from "../../abi/type.ts";
import { lengthProblem } from "../../abi/type-check.ts";
import { carried } from "../../abi/wit.ts";
import { PluginError } from "../errors.ts";
import { BIGINT, HINTS, LITERAL, STRING, TWICE, UNION } from "./schema-hint.ts";

/** The part of zod's definitions that is read here; the same in zod and zod/mini. */
interface Definition {
  readonly type: string;
  readonly format?: string;
  readonly coerce?: boolean;
  readonly checks?: readonly unknown[];
  readonly element?: unknown;
  readonly innerType?: unknown;
  readonly shape?: Readonly<Record<string, unknown>>;
  readonly catchall?: unknown;
  readonly items?: readonly unknown[];
  readonly rest?: unknown;
  readonly keyType?: unknown;
  readonly valueType?: unknown;
  readonly entries?: Readonly<Record<string, string | number>>;
  readonly values?: readonly unknown[];
  readonly options?: readonly unknown[];
  readonly discriminator?: string;
}

/** The place of a schema: in words, and the schemas around it. */
interface Place {
  readonly text: string;
  readonly above: readonly unknown[];
}

const NUMBERS: Readonly<Record<string, ValueType>> = {
  uint32: "u32",
  int32: "s32",
  float32: "f32",
  float64: "f64",
};
const BIGINTS: Readonly<Record<string, ValueType>> = { uint64: "u64", int64: "s64" };

/**
 * @param schema any value that was passed as a schema
 * @throws PluginError `bad-contract` naming the place, what was found, and what to write instead
 */
export function typeOf(schema: unknown, place: string): ValueType {
  return typeAt(schema, { text: place, above: [] });
}

/** The kind of a schema: `string`, `optional`. */
export function kindOf(schema: unknown, place: string): string {
  return definition(schema, place).type;
}

function typeAt(schema: unknown, { text, above }: Place): ValueType {
  const def = definition(schema, text);
  if (above.includes(schema) || above.length > LIMITS.depth)
    throw unusable(text, "a type in itself", HINTS.lazy);
  const inner = (other: unknown, step: string) =>
    typeAt(other, { text: `${text}${step}`, above: [...above, schema] });
  const own = carried(schema as z.core.$ZodType);
  if (own !== undefined) return within(own, text, (other) => inner(other, ""));
  if (def.checks?.length) throw unusable(text, `z.${def.type}() with checks`, "checks belong to the caller");
  if (def.coerce) throw unusable(text, `z.coerce.${def.type}()`, "coercion belongs to the caller");
  switch (def.type) {
    case "string":
      return def.format ? fail(text, `z.${def.format}()`, STRING) : "string";
    case "boolean":
      return "bool";
    case "number": {
      const { format = "float64" } = def;
      const found = format === "safeint" ? "z.int()" : `z.number of format ${format}`;
      return NUMBERS[format] ?? fail(text, found, "say z.int32(), z.uint32() or z.float64()");
    }
    case "bigint":
      return BIGINTS[def.format ?? ""] ?? fail(text, "z.bigint()", BIGINT);
    case "array":
      return { list: inner(def.element, "[]"), as: "array" };
    case "set":
      return { list: inner(def.valueType, "[]"), as: "set" };
    case "map":
      return { map: [inner(def.keyType, " key"), inner(def.valueType, " value")] };
    case "tuple":
      if (def.rest) throw unusable(text, "a tuple with a rest", "say z.array(...)");
      if (!def.items?.length) throw unusable(text, "an empty tuple", "leave it out");
      return { tuple: def.items.map((item, i) => inner(item, `[${i}]`)) };
    case "optional":
    case "nullable": {
      const option = inner(def.innerType, "");
      if (isKind("option", option)) throw unusable(text, `z.${def.type}() of an option`, TWICE);
      return def.type === "optional" ? { option } : { option, as: "null" };
    }
    case "readonly":
      return inner(def.innerType, "");
    case "enum":
      return { enum: texts(Object.values(def.entries ?? {}), text, "z.enum") };
    case "literal":
      return { enum: texts(def.values ?? [], text, "z.literal") };
    case "object":
      return record(def, text, inner);
    case "union":
      if (def.discriminator !== "tag") return fail(text, "z.union()", UNION);
      return variant(
        (def.options ?? []).map((each) => variantCase(each, text, inner)),
        text,
      );
  }
  return fail(text, `z.${def.type}()`, hint(def.type));
}

/** The definition of a schema; the value may be anything. */
function definition(schema: unknown, place: string): Definition {
  const { _zod: core, _def: old } = Object(schema) as { _zod?: { def?: Definition }; _def?: unknown };
  const def = core?.def;
  if (typeof def?.type === "string") return def;
  const found = Object(old).typeName === undefined ? describe(schema) : "a schema of zod 3";
  throw unusable(place, found, "say a schema of zod 4, as z.string(), or wit.*");
}

type Inner = (schema: unknown, step: string) => ValueType;

function texts(values: readonly unknown[], place: string, found: string): string[] {
  const names = values.filter((value) => typeof value === "string");
  if (names.length < values.length) throw unusable(place, `${found} of something else than strings`, LITERAL);
  if (names.length === 0) throw unusable(place, `${found} of nothing`, "leave it out");
  return names;
}

function primitive(name: string, place: string): ValueType {
  const known: readonly string[] = PRIMITIVES;
  if (known.includes(name)) return name as Primitive;
  throw unusable(place, `a list of "${name}"`, "say wit.numbers() of one of s8, u8, s16, ... f64");
}

function fixed(length: number | undefined, place: string): { readonly length?: number } {
  if (length === undefined || lengthProblem(length) === undefined) return {};
  throw unusable(place, `wit.fixed of the length ${describe(length)}`, "say a length from 1 to 65536");
}

function record(def: Definition, place: string, inner: Inner): ValueType {
  if (def.catchall && kindOf(def.catchall, place) !== "never") {
    throw unusable(place, "an object with other keys", "name the fields");
  }
  const fields = Object.entries(def.shape ?? {});
  if (fields.length === 0) throw unusable(place, "an empty object", "WIT records have fields");
  const keys = new Map<string, string>();
  return {
    record: fields.map(([key, field]) => {
      const name = kebabCase(key);
      const other = keys.get(name);
      if (other !== undefined)
        throw unusable(
          place,
          `the fields ${other} and ${key}`,
          `they are one name in WIT, ${name}: rename one`,
        );
      keys.set(name, key);
      return { name, type: inner(field, `.${key}`), ...(camelCase(name) !== key && { as: key }) };
    }),
  };
}

function variantCase(option: unknown, place: string, inner: Inner): Case {
  const { shape = {} } = definition(option, place);
  const tag = shape.tag && definition(shape.tag, place).values?.[0];
  if (typeof tag !== "string")
    throw unusable(place, "a case without a literal tag", "say z.object({ tag: z.literal(...), val: ... })");
  return shape.val ? { name: tag, type: inner(shape.val, `.${tag}`) } : { name: tag };
}

/** Resolves the zod schemas that stand in place of types in schemas of `wit`. */
function within(type: ValueType, place: string, inner: (schema: unknown) => ValueType): ValueType {
  const of = (other: unknown) => (typeof other === "string" ? primitive(other, place) : inner(other));
  return match<ValueType>(type, {
    primitive: asIs,
    list: (type) => ({ ...type, list: of(type.list), ...fixed(type.length, place) }),
    record: asIs,
    tuple: asIs,
    option: ({ option }) => ({ option: of(option) }),
    result: ({ result: { ok, err } }) => ({
      result: { ...(ok && { ok: of(ok) }), ...(err && { err: of(err) }) },
    }),
    enum: asIs,
    flags: ({ flags }) => ({ flags: texts(flags, place, "wit.flags") }),
    variant: ({ variant: cases }) =>
      variant(
        cases.map((each) => (each.type ? { name: each.name, type: of(each.type) } : each)),
        place,
      ),
    map: asIs,
  });
}

/** For types that `wit` has no schema for. */
function asIs(type: ValueType): ValueType {
  return type;
}

function variant(cases: readonly Case[], place: string): ValueType {
  if (cases.length === 0) throw unusable(place, "a variant of no cases", "leave it out");
  return { variant: cases };
}

function hint(kind: string): string {
  return Object.hasOwn(HINTS, kind) ? HINTS[kind as keyof typeof HINTS] : "WIT has no such type";
}

function unusable(place: string, found: string, hint: string): PluginError {
  return new PluginError("bad-contract", `could not use ${place}: found ${found}; ${hint}`);
}
function fail(place: string, found: string, hint: string): never {
  throw unusable(place, found, hint);
}
