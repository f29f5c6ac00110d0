/** The OpenAPI document of a served plugin says what its JSON is. */
import { expect, test } from "vitest";
import { fromJson, toJson, type ValueType } from "../../abi/tools.ts";
import { load } from "../../host/mod.ts";
import { http, serve } from "../../host/remote/mod.ts";
import { schemaOf } from "../../host/remote/open-api.ts";
import { versions } from "../versions.ts";

const faults = versions(new URL("../guests/faults/", import.meta.url));

test("has a path for each function, with its arguments, its answer and its err", async () => {
  await using plugin = await load(await faults("shapes"));
  await using served = await serve(plugin, http());
  const document = await (await fetch(`${served.url}openapi.json`)).json();
  expect(document).toMatchObject({ openapi: "3.1.0", info: { title: "counter", version: "1.0.0" } });
  expect(Object.keys(document.paths)).toEqual(
    [...plugin.contract.functions.keys()].map((key) => `/call/${key}`),
  );
  const { post } = document.paths["/call/divide"];
  expect(post).toMatchObject({
    operationId: "divide",
    requestBody: {
      content: {
        "application/json": {
          schema: {
            prefixItems: [
              { title: "total", type: "integer", minimum: 0, maximum: 4_294_967_295 },
              { title: "by", type: "integer", minimum: 0, maximum: 4_294_967_295 },
            ],
            minItems: 2,
            maxItems: 2,
          },
        },
      },
    },
    responses: { 200: { content: { "application/json": { schema: { type: "integer" } } } } },
  });
  expect(post.responses[422].content["application/problem+json"].schema.allOf[1]).toEqual({
    properties: { error: { type: "string" } },
  });
  // Every reference leads somewhere.
  for (const [, path = ""] of JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)) {
    const found = path.split("/").reduce((at: Record<string, unknown>, key) => at[key] as never, document);
    expect(found, path).toBeTypeOf("object");
  }
});

/** Of each kind, a value in JSON and what is none. */
const KINDS: readonly (readonly [ValueType, readonly unknown[], readonly unknown[]])[] = [
  ["bool", [true], [1, "true"]],
  ["u8", [0, 255], [256, -1, "1"]],
  ["s64", [1, "-9223372036854775808"], ["x", null]],
  ["f64", [1.5, "NaN"], ["nan"]],
  ["char", ["x", "🌱"], [""]],
  [{ list: "u8" }, [[1, 2], "AQID"], [["x"]]],
  [{ list: "string" }, [["a"]], ["a", [1]]],
  [{ tuple: ["u8", "string"] }, [[1, "a"]], [[1], [1, "a", 2]]],
  [{ option: "u8" }, [1, null], ["1"]],
  [{ option: { option: "u8" } }, [{ tag: "none" }, { tag: "some", val: null }], [null]],
  [{ enum: ["very-high", "low"] }, ["very-high"], ["veryHigh"]],
  [{ flags: ["read", "write-too"] }, [["read", "writeToo"]], [["other"]]],
  [
    { variant: [{ name: "circle", type: "f64" }, { name: "none" }] },
    [{ tag: "circle", val: 1 }, { tag: "none" }],
    [{ tag: "square" }],
  ],
  [{ result: { ok: "u8" } }, [{ tag: "ok", val: 1 }, { tag: "err" }], [{ tag: "ok" }]],
  [{ map: ["string", "u8"] }, [{ a: 1 }], [{ a: "1" }]],
  [{ map: ["u8", "u8"] }, [[[1, 2]]], [[[1]]]],
  [
    {
      record: [
        { name: "hit-count", type: "u8" },
        { name: "nick", type: { option: "string" } },
      ],
    },
    [{ hitCount: 1, nick: null }],
    [{ nick: "x" }, { hitCount: 1, other: 2 }],
  ],
];

test.each(KINDS)("allows of %o what is read, and nothing else", (type, right, wrong) => {
  const schema = schemaOf(type);
  for (const json of right) {
    expect(allows(schema, json), JSON.stringify(json)).toBe(true);
    // What is answered is allowed too.
    expect(allows(schema, toJson(type, fromJson(type, json, "it"))), JSON.stringify(json)).toBe(true);
  }
  for (const json of wrong) expect(allows(schema, json), JSON.stringify(json)).toBe(false);
});

/** Whether a value is as a schema says, with the words that are used here. */
function allows(schema: Readonly<Record<string, unknown>>, json: unknown): boolean {
  return Object.entries(schema).every(([word, says]) => {
    const check = WORDS[word];
    if (!check) throw new Error(`the schema has the word ${word}, which is not looked at here`);
    return check(says as never, json, schema);
  });
}

type Check = (says: never, json: unknown, schema: Readonly<Record<string, unknown>>) => boolean;
type Schema = Readonly<Record<string, unknown>>;
const isList = Array.isArray;
const isObject = (json: unknown): json is Schema =>
  typeof json === "object" && json !== null && !isList(json);
const WORDS: Readonly<Record<string, Check>> = {
  type: (says: string, json) => {
    if (says === "integer") return Number.isInteger(json);
    if (says === "array") return isList(json);
    if (says === "null") return json === null;
    return says === "object" ? isObject(json) : typeof json === says;
  },
  minimum: (says: number, json) => typeof json !== "number" || json >= says,
  maximum: (says: number, json) => typeof json !== "number" || json <= says,
  minLength: (says: number, json) => typeof json !== "string" || json.length >= says,
  maxLength: (says: number, json) => typeof json !== "string" || json.length <= says,
  pattern: (says: string, json) => typeof json !== "string" || new RegExp(says).test(json),
  contentEncoding: () => true,
  enum: (says: unknown[], json) => says.includes(json),
  const: (says: unknown, json) => says === json,
  anyOf: (says: Schema[], json) => says.some((each) => allows(each, json)),
  oneOf: (says: Schema[], json) => says.filter((each) => allows(each, json)).length === 1,
  items: (says: Schema, json) => !isList(json) || json.every((each) => allows(says, each)),
  prefixItems: (says: Schema[], json) =>
    !isList(json) || says.every((each, i) => i >= json.length || allows(each, json[i])),
  minItems: (says: number, json) => !isList(json) || json.length >= says,
  maxItems: (says: number, json) => !isList(json) || json.length <= says,
  uniqueItems: (_says: boolean, json) => !isList(json) || new Set(json).size === json.length,
  properties: (says: Record<string, Schema>, json) =>
    !isObject(json) || Object.entries(says).every(([key, each]) => !(key in json) || allows(each, json[key])),
  required: (says: string[], json) => !isObject(json) || says.every((key) => key in json),
  additionalProperties: (says: boolean | Schema, json, { properties = {} }) =>
    !isObject(json) ||
    Object.keys(json).every(
      (key) => key in (properties as object) || (says !== false && allows(says as Schema, json[key])),
    ),
};
