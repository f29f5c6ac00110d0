/** JSON for values of WIT types, in both directions: the arguments and answers of `moult run`. */
import { spell } from "../spelling.ts";
import {
  camelCase,
  type Field,
  isKind,
  label,
  match,
  type OptionType,
  type Primitive,
  type RecordType,
  type TupleType,
  type ValueType,
} from "../type.ts";
import { numberJson } from "./number-json.ts";

/** JSON that does not fit its type. The message names the place. */
export class JsonMisfit extends Error {
  override readonly name = "JsonMisfit";
}

/**
 * An argument as it was typed: JSON, or, for a type that is written as text, the text itself if it is not
 * valid JSON.
 *
 * @throws JsonMisfit
 */
export function argumentFrom(type: ValueType, text: string, place: string): unknown {
  const json = parsed(text);
  // Above 2^53 JSON would round the number.
  if ((type === "u64" || type === "s64") && /^-?\d+$/.test(text)) return BigInt(text);
  if (isText(type) && typeof json?.value !== "string" && !(json?.value === null && isKind("option", type))) {
    return text;
  }
  if (json === undefined) throw new JsonMisfit(`${place}: wanted ${spell(type)} as JSON, found ${text}`);
  return fromJson(type, json.value, place);
}

function parsed(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

function isText(type: ValueType): boolean {
  if (isKind("option", type)) return isText(type.option);
  return type === "string" || type === "char" || isKind("enum", type);
}

/**
 * Converts JSON to a value that a plugin's function takes. What is not converted here is checked in the call.
 *
 * | type | JSON |
 * |---|---|
 * | `u64`, `s64` | a whole number, or one as text |
 * | `f32`, `f64` | a number, or `"NaN"`, `"Infinity"`, `"-Infinity"`, `"-0"` |
 * | `list<u8>` | a list of numbers, or text in base64 |
 * | a map | an object where the keys are text, or a list of pairs |
 * | a record | an object; names that it does not have are refused |
 * | flags | a list of the names that are set, or an object of booleans |
 * | an option | the value, or `null`; an option within an option and every result is `{ "tag", "val" }` |
 *
 * @throws JsonMisfit
 */
export function fromJson(type: ValueType, json: unknown, place: string): unknown {
  return match<unknown>(type, {
    primitive: (name) => scalar(name, json, place),
    list: (type) => list(type.list, json, place),
    record: (type) => record(type, json, place),
    tuple: (type) => tuple(type, json, place),
    option: (type) => option(type, json, place),
    result: ({ result }) => tagged(resultCases(result), json, place),
    enum: () => json,
    flags: (type) => flags(type.flags.map(camelCase), json, place),
    variant: ({ variant }) => tagged(variant, json, place),
    map: (type) => map(type.map, json, place),
  });
}

/** Converts an answer of a plugin's function to JSON that `fromJson` would take. */
export function toJson(type: ValueType, value: unknown): unknown {
  return match<unknown>(type, {
    primitive: () => numberJson(value),
    list: ({ list }) => Array.from(value as Iterable<unknown>, (each) => toJson(list, each)),
    record: ({ record }) => {
      const given = value as Readonly<Record<string, unknown>>;
      const used = record.filter((field) => !field.dropped);
      return Object.fromEntries(used.map((field) => [keyOf(field), toJson(field.type, given[keyOf(field)])]));
    },
    tuple: ({ tuple }) => tuple.map((part, i) => toJson(part, (value as unknown[])[i])),
    option: ({ option }) => {
      if (isKind("option", option)) return untagged([{ name: "some", type: option }], value);
      return value === undefined || value === null ? null : toJson(option, value);
    },
    result: ({ result }) => untagged(resultCases(result), value),
    enum: () => value,
    flags: ({ flags }) => {
      const set = value as Readonly<Record<string, boolean>>;
      return flags.map(camelCase).filter((name) => set[name]);
    },
    variant: ({ variant }) => untagged(variant, value),
    map: ({ map: [of, to] }) => {
      const entries = value as Map<unknown, unknown>;
      const pairs = Array.from(entries, ([key, each]) => [toJson(of, key), toJson(to, each)]);
      return of === "string" ? Object.fromEntries(pairs) : pairs;
    },
  });
}

type Cases = readonly { readonly name: string; readonly type?: ValueType }[];

function resultCases({ ok, err }: { readonly ok?: ValueType; readonly err?: ValueType }): Cases {
  return [
    { name: "ok", ...(ok && { type: ok }) },
    { name: "err", ...(err && { type: err }) },
  ];
}

/** The name of a field in JavaScript. */
function keyOf({ as, name }: Field): string {
  return as ?? camelCase(name);
}

function record({ record }: RecordType, json: unknown, place: string): unknown {
  const given = fields(json, record.map(keyOf), place);
  return Object.fromEntries(
    record.flatMap((field) => {
      const name = keyOf(field);
      if (!Object.hasOwn(given, name)) {
        if (isKind("option", field.type)) return [];
        throw new JsonMisfit(`${place}: wanted the field ${name}, a ${spell(field.type)}; it is missing`);
      }
      return [[name, fromJson(field.type, given[name], `${place}.${name}`)]];
    }),
  );
}

function tuple({ tuple }: TupleType, json: unknown, place: string): unknown {
  if (!Array.isArray(json)) return wanted(place, `a list of ${tuple.length}`, json);
  return json.map((each, i) => {
    const part = tuple[i];
    return part === undefined ? each : fromJson(part, each, `${place}[${i}]`);
  });
}

function option({ option }: OptionType, json: unknown, place: string): unknown {
  if (isKind("option", option)) return tagged([{ name: "some", type: option }], json, place);
  return json === null || json === undefined ? undefined : fromJson(option, json, place);
}

function scalar(type: Primitive, json: unknown, place: string): unknown {
  if (type === "u64" || type === "s64") {
    if (typeof json === "number" && Number.isSafeInteger(json)) return BigInt(json);
    if (typeof json === "string" && /^-?\d+$/.test(json)) return BigInt(json);
    const exact = typeof json === "number" && Number.isInteger(json) ? "; write it in quotes" : "";
    return wanted(place, `a ${type}, a whole number or one in quotes`, json, exact);
  }
  if ((type === "f32" || type === "f64") && typeof json === "string") {
    if (["NaN", "Infinity", "-Infinity", "-0"].includes(json)) return Number(json);
  }
  return json;
}

function list(element: ValueType, json: unknown, place: string): unknown {
  if (element === "u8" && typeof json === "string") {
    if (/^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(json)) {
      return Uint8Array.from(atob(json), (character) => character.charCodeAt(0));
    }
    return wanted(place, "a list of numbers, or text in base64", json);
  }
  if (!Array.isArray(json)) return wanted(place, "a list", json);
  return json.map((each, i) => fromJson(element, each, `${place}[${i}]`));
}

function map([of, to]: readonly [ValueType, ValueType], json: unknown, place: string): unknown {
  const entries = Array.isArray(json)
    ? json
    : of === "string" && isObject(json)
      ? Object.entries(json)
      : undefined;
  const want = of === "string" ? "an object, or a list of pairs" : "a list of pairs";
  if (entries === undefined) return wanted(place, want, json);
  return new Map(
    entries.map((pair, i) => {
      if (!Array.isArray(pair) || pair.length !== 2) return wanted(`${place}[${i}]`, "a pair", pair);
      const key = fromJson(of, pair[0], `${place}[${i}][0]`);
      return [key, fromJson(to, pair[1], `${place}[${JSON.stringify(pair[0])}]`)];
    }),
  );
}

function flags(names: readonly string[], json: unknown, place: string): unknown {
  if (!Array.isArray(json)) return fields(json, names, place);
  const stranger = json.find((name) => !names.includes(name as string));
  if (stranger !== undefined) return wanted(place, `some of ${names.join(", ")}`, stranger);
  return Object.fromEntries(names.map((name) => [name, json.includes(name)]));
}

function tagged(cases: Cases, json: unknown, place: string): unknown {
  if (!isObject(json)) return wanted(place, `an object with a tag of ${caseNames(cases)}`, json);
  const { tag, val } = json as { tag?: unknown; val?: unknown };
  const type = cases.find((each) => label(each.name) === tag)?.type;
  return type === undefined ? { tag } : { tag, val: fromJson(type, val, `${place}.val`) };
}

function caseNames(cases: Cases): string {
  const names = cases.map(({ name }) => label(name));
  return (names.includes("some") ? ["none", ...names] : names).map((name) => JSON.stringify(name)).join(", ");
}

function untagged(cases: Cases, value: unknown): unknown {
  const { tag, val } = value as { tag: string; val?: unknown };
  const type = cases.find((each) => label(each.name) === tag)?.type;
  return type === undefined ? { tag } : { tag, val: toJson(type, val) };
}

/** An object without names other than these. */
function fields(json: unknown, names: readonly string[], place: string): Readonly<Record<string, unknown>> {
  if (!isObject(json)) return wanted(place, `an object of ${names.join(", ")}`, json);
  const stranger = Object.keys(json).find((name) => !names.includes(name));
  if (stranger !== undefined) {
    throw new JsonMisfit(`${place}: wanted an object of ${names.join(", ")}, found the name ${stranger}`);
  }
  return json as Readonly<Record<string, unknown>>;
}

function isObject(json: unknown): json is object {
  return typeof json === "object" && json !== null && !Array.isArray(json);
}

function wanted(place: string, want: string, found: unknown, more = ""): never {
  const text = JSON.stringify(found) ?? "nothing";
  const short = text.length > 64 ? `${text.slice(0, 61)}...` : text;
  throw new JsonMisfit(`${place}: wanted ${want}, found ${short}${more}`);
}
