/** What is served, as an OpenAPI document: for people, and for makers of clients in other languages. */
import {
  camelCase,
  type Field,
  type FunctionType,
  isKind,
  label,
  match,
  type ValueType,
} from "../../abi/tools.ts";
import { CODES } from "../errors.ts";
import type { Description } from "./description.ts";
import { JSON_TYPE, PROBLEM } from "./protocol.ts";

/** A JSON Schema, of the draft that OpenAPI 3.1 names. */
type JsonSchema = Readonly<Record<string, unknown>>;

const PROBLEM_SCHEMA: JsonSchema = {
  type: "object",
  required: ["type", "title", "status", "detail"],
  properties: {
    type: { type: "string", description: "urn:moult: and the code" },
    title: { enum: CODES, description: "the code" },
    status: { type: "integer" },
    detail: { type: "string" },
    error: { description: "with guest-error: what the plugin answered" },
  },
};

/** @param functions the types by which it is called, by key */
export function openApi({ plugin }: Description, functions: ReadonlyMap<string, FunctionType>): JsonSchema {
  const docs = new Map(plugin.exports.map((each) => [camelCase(each.name), each.docs]));
  const paths = [...functions].map(([key, type]) => [
    `/call/${key}`,
    { post: operation(key, type, docs.get(key)) },
  ]);
  return {
    openapi: "3.1.0",
    info: { title: plugin.name, version: plugin.version, description: plugin.interface },
    paths: Object.fromEntries(paths),
    components: {
      schemas: { Problem: PROBLEM_SCHEMA },
      securitySchemes: { token: { type: "http", scheme: "bearer" } },
    },
    security: [{}, { token: [] }],
  };
}

function operation(key: string, { params, result }: FunctionType, docs: string | undefined): JsonSchema {
  const [ok, errs] = isKind("result", result) ? [result.result.ok, result.result] : [result, undefined];
  const said = ok === undefined ? {} : { content: { [JSON_TYPE]: { schema: schemaOf(ok) } } };
  const problem = { [PROBLEM]: { schema: { $ref: "#/components/schemas/Problem" } } };
  const error = errs && {
    allOf: [
      { $ref: "#/components/schemas/Problem" },
      { properties: { error: errs.err === undefined ? { type: "null" } : schemaOf(errs.err) } },
    ],
  };
  const args = {
    type: "array",
    prefixItems: params.map(({ name, type }) => ({ title: camelCase(name), ...schemaOf(type) })),
    minItems: params.length,
    maxItems: params.length,
  };
  return {
    operationId: key,
    ...(docs !== undefined && { description: docs }),
    requestBody: { required: true, content: { [JSON_TYPE]: { schema: args } } },
    responses: {
      [ok === undefined ? 204 : 200]: { description: "what it answers", ...said },
      ...(error && { 422: { description: "its err", content: { [PROBLEM]: { schema: error } } } }),
      default: { description: "it could not be called, or did not come to an end", content: problem },
    },
  };
}

/** The JSON that `fromJson` takes and `toJson` gives. */
export function schemaOf(type: ValueType): JsonSchema {
  return match<JsonSchema>(type, {
    primitive: (name) => PRIMITIVES[name],
    list: ({ list, length }) => {
      const items = { type: "array", items: schemaOf(list), ...(length !== undefined && fixed(length)) };
      return list === "u8" ? { oneOf: [items, { type: "string", contentEncoding: "base64" }] } : items;
    },
    record: ({ record }) => {
      const used = record.filter((field) => !field.dropped);
      const needed = used.filter((field) => !isKind("option", field.type));
      return {
        type: "object",
        properties: Object.fromEntries(used.map((field) => [keyOf(field), schemaOf(field.type)])),
        ...(needed.length > 0 && { required: needed.map(keyOf) }),
        additionalProperties: false,
      };
    },
    tuple: ({ tuple }) => ({ type: "array", prefixItems: tuple.map(schemaOf), ...fixed(tuple.length) }),
    option: ({ option }) =>
      isKind("option", option)
        ? tagged([{ name: "none" }, { name: "some", type: option }])
        : { anyOf: [schemaOf(option), { type: "null" }] },
    result: ({ result: { ok, err } }) =>
      tagged([
        { name: "ok", ...(ok !== undefined && { type: ok }) },
        { name: "err", ...(err !== undefined && { type: err }) },
      ]),
    enum: (type) => ({ enum: type.enum.map(label) }),
    flags: ({ flags }) => ({ type: "array", items: { enum: flags.map(camelCase) }, uniqueItems: true }),
    variant: ({ variant }) => tagged(variant.map((each) => ({ ...each, name: label(each.name) }))),
    map: ({ map: [key, value] }) => {
      const pair = { type: "array", prefixItems: [schemaOf(key), schemaOf(value)], ...fixed(2) };
      const pairs = { type: "array", items: pair };
      if (key !== "string") return pairs;
      return { oneOf: [{ type: "object", additionalProperties: schemaOf(value) }, pairs] };
    },
  });
}

function fixed(length: number): JsonSchema {
  return { minItems: length, maxItems: length };
}

function keyOf({ as, name }: Field): string {
  return as ?? camelCase(name);
}

function tagged(cases: readonly { readonly name: string; readonly type?: ValueType }[]): JsonSchema {
  return {
    oneOf: cases.map(({ name, type }) => ({
      type: "object",
      properties: { tag: { const: name }, ...(type !== undefined && { val: schemaOf(type) }) },
      required: type === undefined ? ["tag"] : ["tag", "val"],
      additionalProperties: false,
    })),
  };
}

const whole = (minimum: number, maximum: number): JsonSchema => ({ type: "integer", minimum, maximum });
const long: JsonSchema = { oneOf: [{ type: "integer" }, { type: "string", pattern: "^-?\\d+$" }] };
const float: JsonSchema = { oneOf: [{ type: "number" }, { enum: ["NaN", "Infinity", "-Infinity", "-0"] }] };
const PRIMITIVES = {
  bool: { type: "boolean" },
  s8: whole(-128, 127),
  u8: whole(0, 255),
  s16: whole(-32_768, 32_767),
  u16: whole(0, 65_535),
  s32: whole(-(2 ** 31), 2 ** 31 - 1),
  u32: whole(0, 2 ** 32 - 1),
  s64: long,
  u64: long,
  f32: float,
  f64: float,
  char: { type: "string", minLength: 1, maxLength: 2 },
  string: { type: "string" },
} as const satisfies Readonly<Record<string, JsonSchema>>;
