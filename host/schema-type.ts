/** The WIT type of a zod schema. */
import type * as z from "zod";
import { type Case, kebabCase, type ValueType } from "../abi/type.ts";
import { carried } from "../abi/wit.ts";
import { PluginError } from "./errors.ts";

/** What is read of zod's definitions; the same in zod and zod/mini. */
interface Definition {
  readonly type: string;
  readonly format?: string;
  readonly checks?: readonly unknown[];
  readonly element?: z.core.$ZodType;
  readonly innerType?: z.core.$ZodType;
  readonly shape?: Readonly<Record<string, z.core.$ZodType>>;
  readonly catchall?: z.core.$ZodType;
  readonly items?: readonly z.core.$ZodType[];
  readonly rest?: z.core.$ZodType | null;
  readonly keyType?: z.core.$ZodType;
  readonly valueType?: z.core.$ZodType;
  readonly entries?: Readonly<Record<string, string | number>>;
  readonly values?: readonly unknown[];
  readonly options?: readonly z.core.$ZodType[];
  readonly discriminator?: string;
}

const NUMBERS: Readonly<Record<string, ValueType>> = {
  uint32: "u32",
  int32: "s32",
  float32: "f32",
  float64: "f64",
};
const BIGINTS: Readonly<Record<string, ValueType>> = { uint64: "u64", int64: "s64" };
const HINTS: Readonly<Record<string, string>> = {
  bigint: "say z.uint64() or z.int64()",
  nullable: "an option is T | undefined: say z.optional(...)",
  null: "an option is T | undefined: say z.optional(...)",
  record: "say z.map(key, value), or z.object for known keys",
  default: "defaults belong to the caller",
  prefault: "defaults belong to the caller",
  pipe: "transforms belong to the caller",
  transform: "transforms belong to the caller",
  catch: "fallbacks belong to the caller",
  date: "say z.uint64() for milliseconds, or z.string()",
  lazy: "WIT types cannot contain themselves",
  union: 'say z.discriminatedUnion("tag", ...) of { tag, val } objects, or wit.variant(...)',
  custom: "say wit.*",
  any: "WIT has no such type",
  unknown: "WIT has no such type",
};

/** @throws PluginError `bad-contract` naming the place, what was found, and what to say instead */
export function typeOf(schema: z.core.$ZodType, place: string): ValueType {
  const own = carried(schema);
  if (own !== undefined) return within(own, place);
  const def = schema._zod.def as unknown as Definition;
  const inner = (other: z.core.$ZodType | undefined, step: string) =>
    typeOf(other as z.core.$ZodType, `${place}${step}`);
  if (def.checks?.length) throw unusable(place, `z.${def.type}() with checks`, "checks belong to the caller");
  switch (def.type) {
    case "string":
      if (def.format)
        throw unusable(place, `z.${def.format}()`, "checks belong to the caller; say z.string()");
      return "string";
    case "boolean":
      return "bool";
    case "number":
      if (def.format === undefined) return "f64";
      return (
        NUMBERS[def.format] ??
        fail(place, `z.number of format ${def.format}`, "say z.int32(), wit.s32() or z.float64()")
      );
    case "bigint":
      return BIGINTS[def.format ?? ""] ?? fail(place, "z.bigint()", HINTS.bigint);
    case "array":
      return { list: inner(def.element, "[]"), as: "array" };
    case "set":
      return { list: inner(def.valueType, "[]"), as: "set" };
    case "map":
      return { map: [inner(def.keyType, " key"), inner(def.valueType, " value")] };
    case "tuple":
      if (def.rest) throw unusable(place, "a tuple with a rest", "say z.array(...)");
      if (!def.items?.length) throw unusable(place, "an empty tuple", "leave it out");
      return { tuple: def.items.map((item, i) => inner(item, `[${i}]`)) };
    case "optional": {
      const option = inner(def.innerType, "");
      if (typeof option === "string" || !("option" in option)) return { option };
      throw unusable(place, "z.optional() of an option", "say wit.option(...): its values are { tag, val }");
    }
    case "readonly":
      return inner(def.innerType, "");
    case "enum":
      return { enum: Object.keys(def.entries ?? {}) };
    case "literal":
      if (def.values?.every((value) => typeof value === "string")) return { enum: def.values as string[] };
      return fail(place, "z.literal of something else than strings", "say z.enum([...])");
    case "object":
      return record(def, place);
    case "union":
      if (def.discriminator === "tag")
        return { variant: (def.options ?? []).map((option) => variantCase(option, place)) };
  }
  return fail(place, `z.${def.type}()`, HINTS[def.type]);
}

function record(def: Definition, place: string): ValueType {
  if (def.catchall && def.catchall._zod.def.type !== "never") {
    throw unusable(place, "an object with other keys", "name the fields");
  }
  const fields = Object.entries(def.shape ?? {});
  if (fields.length === 0) throw unusable(place, "an empty object", "WIT records have fields");
  return {
    record: fields.map(([key, field]) => ({ name: kebabCase(key), type: typeOf(field, `${place}.${key}`) })),
  };
}

function variantCase(option: z.core.$ZodType, place: string): { name: string; type?: ValueType } {
  const { shape = {} } = option._zod.def as unknown as Definition;
  const tag = (shape.tag?._zod.def as Definition | undefined)?.values?.[0];
  if (typeof tag !== "string")
    throw unusable(place, "a case without a literal tag", "say z.object({ tag: z.literal(...), val: ... })");
  return shape.val ? { name: tag, type: typeOf(shape.val, `${place}.${tag}`) } : { name: tag };
}

/** Schemas of `wit` hold zod schemas where types would stand. */
function within(type: ValueType, place: string): ValueType {
  const of = (inner: ValueType) => ("_zod" in Object(inner) ? typeOf(inner as never, place) : inner);
  if (typeof type === "string") return type;
  if ("list" in type) return { ...type, list: of(type.list) };
  if ("option" in type) return { option: of(type.option) };
  if ("result" in type) {
    const { ok, err } = type.result;
    return { result: { ...(ok && { ok: of(ok) }), ...(err && { err: of(err) }) } };
  }
  if (!("variant" in type)) return type;
  const cases: readonly Case[] = type.variant;
  return { variant: cases.map((each) => (each.type ? { name: each.name, type: of(each.type) } : each)) };
}

function unusable(place: string, found: string, hint = "WIT has no such type"): PluginError {
  return new PluginError("bad-contract", `could not use ${place}: found ${found}; ${hint}`);
}
function fail(place: string, found: string, hint?: string): never {
  throw unusable(place, found, hint);
}
