import { createHash } from "node:crypto";
import avsc from "avsc";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encode } from "../../abi/state/avro/decode.ts";
import { canonicalForm, fingerprint } from "../../abi/state/avro/fingerprint.ts";
import type { RecordSchema } from "../../abi/state/avro/schema.ts";
import { parseSchema } from "../../abi/state/avro/schema-parser.ts";
import { oracle, stateWithValue } from "./host-states.ts";

const named = (name: unknown, ...fields: unknown[]) => ({ type: "record", name, fields });
const field = (type: unknown, initial?: unknown) => ({
  name: "f",
  type,
  ...(initial !== undefined && { default: initial }),
});
const nested = (depth: number): unknown =>
  depth === 0 ? "int" : { type: "array", items: nested(depth - 1) };

const REFUSED: readonly (readonly [schema: unknown, message: string])[] = [
  [undefined, "schema: found nothing, wanted a schema"],
  [null, "schema: found null, wanted a schema"],
  [7, "schema: found 7, wanted a schema"],
  ["Foo", 'schema: found the type "Foo", which nothing before it defines'],
  [{}, "schema: found the type nothing, wanted a name"],
  [{ type: { type: "int" } }, "schema: found the type an object, wanted a name"],
  [
    { type: "error", name: "E", fields: [] },
    'schema: found the type "error", which nothing before it defines',
  ],
  [{ type: "array" }, "schema, []: found nothing, wanted a schema"],
  [{ type: "map", values: "strin" }, 'schema, {}: found the type "strin", which nothing before it defines'],
  [[], "schema: found a union of nothing"],
  [["int", "int"], "schema: found int twice in one union"],
  [["null", ["int"]], "schema: found a union directly in a union"],
  [
    [
      { type: "array", items: "int" },
      { type: "array", items: "string" },
    ],
    "schema: found array twice in one union",
  ],
  [{ type: "record", fields: [] }, "schema: found the name nothing, wanted one that Avro allows"],
  [named("7"), 'schema: found the name "7", wanted one that Avro allows'],
  [named("a..b"), 'schema: found the name "a..b", wanted one that Avro allows'],
  [named("int"), "schema: found a type named int, which Avro defines itself"],
  [{ ...named("R"), namespace: "1" }, 'schema: found the namespace "1", wanted dotted names'],
  [{ ...named("R"), aliases: "S" }, 'schema, R: found the aliases "S", wanted names'],
  [{ type: "record", name: "R" }, "schema, R: found the fields nothing, wanted a list"],
  [named("R", 1), "schema, R: found the field 1, wanted one with a name that Avro allows"],
  [
    named("R", { name: "a-b", type: "int" }),
    "schema, R: found the field an object, wanted one with a name that Avro allows",
  ],
  [named("R", field("int"), field("int")), "schema, R: found the field f twice"],
  [named("R", field(named("R"))), "schema, f: found two types named R"],
  [
    named("R", field(["null", { type: "enum", name: "R", symbols: ["a"] }])),
    "schema, f: found two types named R",
  ],
  [{ type: "enum", name: "E", symbols: [] }, "schema, E: found the symbols a list, wanted names"],
  [{ type: "enum", name: "E", symbols: ["a", "a"] }, "schema, E: found the symbol a twice"],
  [
    { type: "enum", name: "E", symbols: ["a"], default: "b" },
    'schema, E: found the default "b", wanted one of its symbols',
  ],
  [{ type: "fixed", name: "F", size: -1 }, "schema, F: found the size -1, wanted 0 to 268435455"],
  [{ type: "int", moult: 8 }, "schema: found the moult 8, wanted a short text"],
  [{ type: "array", items: "int", moult: "Uint16Array" }, ""],
  [{ type: "array", items: "long", moult: "Uint16Array" }, "schema: found a Uint16Array of long, wanted u16"],
  [
    named("R", field({ type: "record", name: "S", fields: [field({ type: "R", moult: "x" })] })),
    'schema, f.f: found "moult" at a reference to R, wanted it where R is defined',
  ],
  [nested(64), ""],
  [nested(65), `schema, ${"[]".repeat(65)}: types nest more than 64 deep`],
  [named("R", field("int", "1")), 'schema, f: found the default "1", wanted a value of its type'],
  [
    named("R", field("int", 2147483648)),
    "schema, f: found the default 2147483648, wanted a value of its type",
  ],
  [
    named("R", field({ type: "int", moult: "u8" }, 256)),
    "schema, f: found the default 256, wanted a value of its type",
  ],
  [
    named("R", field("long", 2 ** 60)),
    "schema, f: found the default 1152921504606847000, wanted a value of its type",
  ],
  [named("R", field("boolean", 0)), "schema, f: found the default 0, wanted a value of its type"],
  [named("R", field("bytes", "\u0100")), 'schema, f: found the default "Ā", wanted a value of its type'],
  [named("R", field(["null", "int"], "a")), 'schema, f: found the default "a", wanted a value of its type'],
  [
    named("R", field({ type: "enum", name: "E", symbols: ["a"] }, "b")),
    'schema, f: found the default "b", wanted a value of its type',
  ],
  [
    named("R", field(named("S", field("int")), {})),
    "schema, f: found the default an object, wanted a value of its type",
  ],
  [
    named("R", field(["null", "R"], { f: { f: { f: 1 } } })),
    "schema, f: found the default an object, wanted a value of its type",
  ],
];

describe("a schema", () => {
  it.each(
    REFUSED.map(([schema, message]) => [JSON.stringify(schema)?.slice(0, 200), schema, message] as const),
  )("%s is taken or refused", (_, schema, message) => {
    if (message === "") parseSchema(schema);
    else expect(() => parseSchema(schema)).toThrow(expect.objectContaining({ fault: "schema", message }));
  });

  it("is bounded, however it is built", () => {
    const wide = named("R", ...Array.from({ length: 10_000 }, (_, i) => ({ name: `f${i}`, type: "int" })));
    expect(() => parseSchema(wide)).toThrow("schema, f9999: a schema of more than 10000 parts");
    const circular: Record<string, unknown> = { type: "array" };
    circular.items = circular;
    expect(() => parseSchema(circular)).toThrow("types nest more than 64 deep");
    // Each type refers to the one before it: flat to look at, deep to walk.
    const ladder = Array.from({ length: 70 }, (_, i) => ({
      name: `f${i}`,
      type: named(`R${i}`, { name: "below", type: i === 0 ? "int" : `R${i - 1}` }),
    }));
    expect(() => parseSchema(named("R", ...ladder))).toThrow(
      "schema, f63.below: types nest more than 64 deep",
    );
    const union = named("R");
    let deep: unknown = null;
    for (let i = 0; i < 100_000; i++) deep = { f: deep };
    expect(() =>
      parseSchema({ ...union, fields: [{ name: "f", type: ["null", "R"], default: deep }] }),
    ).toThrow("found the default an object");
  });

  it("tries the branches of unions for a default no more often than its bound allows", () => {
    // Every level can be either record, and only the last value is wrong: 2^40 ways to find that out.
    const fields = [{ name: "f", type: ["A", "B", "int"] }];
    const either = [
      "null",
      {
        type: "record",
        name: "A",
        fields: [{ name: "f", type: ["A", { type: "record", name: "B", fields }, "int"] }],
      },
      "B",
    ];
    let value: unknown = "wrong";
    for (let i = 0; i < 40; i++) value = { f: value };
    expect(() => parseSchema(named("R", { name: "x", type: either, default: value }))).toThrow(
      "schema, x: found the default an object, wanted a value of its type",
    );
  });

  it("may refer to itself and to what came before, in its namespace or out of it", () => {
    const schema = parseSchema({
      type: "record",
      name: "a.b.R",
      doc: "passed over",
      logicalType: "unknown",
      fields: [
        { name: "kids", type: { type: "array", items: "R" }, order: "ignore" },
        { name: "s", type: { type: "record", name: "S", namespace: "c", aliases: ["T", "x.U"], fields: [] } },
        { name: "again", type: "c.S" },
        { name: "int", type: { type: "int", logicalType: "date" }, default: 3 },
      ],
    }) as RecordSchema;
    expect(schema.fields[0]!.type).toMatchObject({ kind: "array", items: schema });
    expect(schema.fields[1]!.type).toMatchObject({ name: "c.S", aliases: ["c.T", "x.U"] });
    expect(schema.fields[2]!.type).toBe(schema.fields[1]!.type);
    expect(schema.fields[3]!.initial).toEqual(Uint8Array.of(6));
  });

  it("has defaults as avsc has them", () => {
    const defaults: readonly [unknown, unknown][] = [
      ["int", -3],
      [{ type: "long", moult: "u64" }, -1],
      ["float", 1.5],
      ["double", -0],
      ["string", "é\u{1f600}"],
      ["bytes", "\u0000\u00ff"],
      [{ type: "fixed", name: "F", size: 2 }, "\u0001\u0002"],
      [{ type: "enum", name: "E", symbols: ["a", "b"] }, "b"],
      [{ type: "array", items: "string", moult: "set" }, ["x"]],
      [
        { type: "map", values: "int" },
        { a: 1, b: 2 },
      ],
      [["null", "string"], null],
      [["string", "null"], "s"],
      [named("S", field("int")), { f: 4 }],
    ];
    for (const [type, initial] of defaults) {
      const schema = parseSchema(named("R", { name: "f", type, default: initial })) as RecordSchema;
      const theirs = avsc.Type.forSchema(named("R", { name: "f", type, default: initial }) as never);
      const empty = avsc.Type.forSchema(named("R") as never);
      const value = theirs.fromBuffer(Buffer.alloc(0), theirs.createResolver(empty));
      expect(Buffer.from(schema.fields[0]!.initial!)).toEqual(theirs.toBuffer(value));
    }
  });
});

describe("the parsing canonical form", () => {
  it.each([
    ["int", '"int"'],
    [{ type: "int", moult: "u8" }, '"int"'],
    [{ type: "fixed", namespace: "x.y", name: "F", size: 16 }, '{"name":"x.y.F","type":"fixed","size":16}'],
    [
      {
        doc: "d",
        fields: [{ default: 1, type: { type: "long" }, name: "f", order: "ignore" }],
        namespace: "n",
        name: "R",
        aliases: ["Q"],
        type: "record",
      },
      '{"name":"n.R","type":"record","fields":[{"name":"f","type":"long"}]}',
    ],
    [
      ["null", { type: "enum", symbols: ["b", "a"], name: "E", default: "a" }],
      '["null",{"name":"E","type":"enum","symbols":["b","a"]}]',
    ],
    [
      named("R", field({ type: "array", moult: "set", items: "string" }), {
        name: "m",
        type: { type: "map", values: "R" },
      }),
      '{"name":"R","type":"record","fields":[{"name":"f","type":{"type":"array","items":"string"}},{"name":"m","type":{"type":"map","values":"R"}}]}',
    ],
  ])("of %j is %s", (schema, form) => {
    expect(canonicalForm(schema)).toBe(form);
  });

  it("has the fingerprints that Avro publishes", async () => {
    expect(await fingerprint("int")).toBe("3f2b87a9fe7cc9b13835598c3981cd45e3e355309e5090aa0933d7becb6fba45");
    expect(await fingerprint({ type: "int" })).toBe(
      "3f2b87a9fe7cc9b13835598c3981cd45e3e355309e5090aa0933d7becb6fba45",
    );
  });

  it("is what avsc makes of any state", async () => {
    await fc.assert(
      fc.asyncProperty(stateWithValue, async ({ schema, value }) => {
        const form = canonicalForm(schema);
        expect(JSON.parse(form)).toEqual(JSON.parse(JSON.stringify(oracle(schema).schema())));
        expect(await fingerprint(schema)).toBe(createHash("sha256").update(form).digest("hex"));
        // The form is a schema itself, of the same bytes.
        expect(canonicalForm(JSON.parse(form))).toBe(form);
        expect(() =>
          oracle(JSON.parse(form)).fromBuffer(Buffer.from(encode(parseSchema(schema), value))),
        ).not.toThrow();
      }),
      { numRuns: 200 },
    );
  });
});
