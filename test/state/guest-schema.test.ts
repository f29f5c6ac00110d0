import { createHash } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { avroSchema, fingerprintOf } from "../../abi/transform/schema.ts";
import type { RecordShape, Shape } from "../../abi/transform/shape.ts";
import { oracle } from "./avro-oracle.ts";
import { bytes, list, map, nullable, oneOf, optional, plain, record, set, typed } from "./guest-plugin.ts";
import * as rich from "./guest-rich.ts";

const color = oneOf("Color", "Red", "Green");
const point = record("Point", { x: plain("f64") });

const mapping: readonly (readonly [Shape, unknown])[] = [
  [plain("bool"), "boolean"],
  [plain("i8"), { type: "int", moult: "i8" }],
  [plain("u8"), { type: "int", moult: "u8" }],
  [plain("i16"), { type: "int", moult: "i16" }],
  [plain("u16"), { type: "int", moult: "u16" }],
  [plain("i32"), "int"],
  [plain("u32"), { type: "long", moult: "u32" }],
  [plain("i64"), "long"],
  [plain("u64"), { type: "long", moult: "u64" }],
  [plain("f32"), "float"],
  [plain("f64"), "double"],
  [plain("string"), "string"],
  [bytes("Uint8Array"), "bytes"],
  [bytes("ArrayBuffer"), { type: "bytes", moult: "ArrayBuffer" }],
  [bytes("StaticArray"), { type: "bytes", moult: "StaticArray" }],
  [
    typed("Uint16Array", "u16"),
    { type: "array", items: { type: "int", moult: "u16" }, moult: "Uint16Array" },
  ],
  [typed("Float32Array", "f32"), { type: "array", items: "float", moult: "Float32Array" }],
  [list(plain("string")), { type: "array", items: "string" }],
  [set(plain("i32")), { type: "array", items: "int", moult: "set" }],
  [map(plain("string"), plain("f64")), { type: "map", values: "double" }],
  [
    map(plain("i32"), plain("f64")),
    {
      type: "array",
      items: {
        type: "record",
        name: "Root_field",
        fields: [
          { name: "key", type: "int" },
          { name: "value", type: "double" },
        ],
      },
      moult: "map",
    },
  ],
  [nullable(plain("string")), ["null", "string"]],
  [optional(plain("u8")), ["null", { type: "int", moult: "u8" }]],
  [color, { type: "enum", name: "Color", symbols: ["Red", "Green"] }],
  [point, { type: "record", name: "Point", fields: [{ name: "x", type: "double" }] }],
];

test.each(mapping)("$source has its one schema", (shape, schema) => {
  expect(avroSchema(record("Root", { field: shape }))).toEqual({
    type: "record",
    name: "Root",
    fields: [{ name: "field", type: schema }],
  });
});

test("a type with a name is written once, and is its name from then on", () => {
  const schema = avroSchema(record("Root", { a: point, b: list(point), c: color, d: nullable(color) }));
  expect(schema).toEqual({
    type: "record",
    name: "Root",
    fields: [
      { name: "a", type: { type: "record", name: "Point", fields: [{ name: "x", type: "double" }] } },
      { name: "b", type: { type: "array", items: "Point" } },
      { name: "c", type: { type: "enum", name: "Color", symbols: ["Red", "Green"] } },
      { name: "d", type: ["null", "Color"] },
    ],
  });
});

test("what a field starts with is its default", () => {
  const shapes: Record<string, [Shape, unknown]> = {
    a: [plain("u64"), 0],
    b: [plain("string"), "x"],
    c: [nullable(point), null],
    d: [map(plain("string"), plain("u8")), {}],
    e: [map(plain("u8"), plain("u8")), []],
    f: [color, "Green"],
    g: [bytes("Uint8Array"), ""],
  };
  const schema = avroSchema(record("Root", shapes)) as { fields: { default: unknown }[] };
  expect(schema.fields.map((field) => field.default)).toEqual([0, "x", null, {}, [], "Green", ""]);
  // The oracle checks each default against its type.
  expect(() => oracle(schema)).not.toThrow();
});

test("the record of a map's entries steps aside for a class of the same name", () => {
  const taken = record("Root_a", { x: plain("bool") });
  const schema = avroSchema(record("Root", { a: map(plain("u8"), taken), b: taken }));
  expect(JSON.stringify(schema)).toContain('"name":"Root_a_","fields":[{"name":"key"');
  expect(() => oracle(schema)).not.toThrow();
});

test("one alias is given once, and never the name of another type", () => {
  const one = record("PartV1", { x: plain("bool") });
  const two = record("PartV2", { y: plain("bool") });
  const kept = record("Kept", { z: plain("bool") });
  const old = record("KeptV1", { z: plain("bool") });
  const schema = avroSchema(record("RootV1", { one, two, kept, old }), { olderThan: "Root" });
  const aliases = (schema as { fields: { type: { name: string; aliases?: string[] } }[] }).fields.map(
    ({ type }) => [type.name, type.aliases],
  );
  expect(aliases).toEqual([
    ["PartV1", ["Part"]],
    ["PartV2", undefined],
    ["Kept", undefined],
    ["KeptV1", undefined],
  ]);
});

test("fingerprints are those of Avro's own tools", () => {
  expect(fingerprintOf("int")).toBe(createHash("sha256").update('"int"').digest("hex"));
  const shape = fc.constantFrom(...mapping.map(([one]) => one));
  const roots = fc
    .array(shape, { minLength: 1, maxLength: 6 })
    .map((shapes) => record("Root", Object.fromEntries(shapes.map((one, index) => [`f${index}`, one]))));
  const check = (root: RecordShape) => {
    const schema = avroSchema(root);
    expect(fingerprintOf(schema)).toBe(oracle(schema).fingerprint("sha256").toString("hex"));
  };
  check(rich.totals);
  fc.assert(fc.property(roots, check));
});
