import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decode, encode } from "../../abi/state/avro/decode.ts";
import { differences } from "../../abi/state/avro/differences.ts";
import { parseSchema } from "../../abi/state/avro/schema-parser.ts";
import { checkDatum } from "../../abi/state/avro/skip.ts";
import { translator } from "../../abi/state/avro/translate.ts";
import { evolved, oracle, stateWithValue } from "./host-states.ts";

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
const u8 = { type: "int", moult: "u8" };
const i8 = { type: "int", moult: "i8" };
const u16 = { type: "int", moult: "u16" };
const i16 = { type: "int", moult: "i16" };
const u32 = { type: "long", moult: "u32" };
const u64 = { type: "long", moult: "u64" };
const array = (items: unknown, moult?: string) => ({ type: "array", items, ...(moult && { moult }) });
const map = (values: unknown) => ({ type: "map", values });
const entries = (name: string, key: unknown, value: unknown) =>
  array(
    {
      type: "record",
      name,
      fields: [
        { name: "key", type: key },
        { name: "value", type: value },
      ],
    },
    "map",
  );
const color = (...symbols: string[]) => ({ type: "enum", name: "Color", symbols });
const named = (name: string, ...fields: unknown[]) => ({ type: "record", name, fields });
const int = (name: string, more: object = {}) => ({ name, type: "int", ...more });

/** What becomes of one field `x`: the type that it had, the type that it has, and what there is to say. */
const CHANGES: readonly (readonly [was: unknown, is: unknown, problem: string])[] = [
  // Integers grow into types that hold all of their values.
  [i8, i16, "+ x: was i8, is i16"],
  [i8, "int", "+ x: was i8, is i32"],
  [i8, "long", "+ x: was i8, is i64"],
  [u8, i16, "+ x: was u8, is i16"],
  [u8, u16, "+ x: was u8, is u16"],
  [u8, u64, "+ x: was u8, is u64"],
  [u16, "int", "+ x: was u16, is i32"],
  ["int", "long", "+ x: was i32, is i64"],
  [u32, "long", "+ x: was u32, is i64"],
  [u32, u64, "+ x: was u32, is u64"],
  [u8, i8, "- x: was u8, is i8, which does not hold every u8"],
  [i8, u8, "- x: was i8, is u8, which does not hold every i8"],
  [i8, u64, "- x: was i8, is u64, which does not hold every i8"],
  ["int", u8, "- x: was i32, is u8, which does not hold every i32"],
  ["int", u32, "- x: was i32, is u32, which does not hold every i32"],
  ["long", "int", "- x: was i64, is i32, which does not hold every i64"],
  ["long", u64, "- x: was i64, is u64, which does not hold every i64"],
  [u64, "long", "- x: was u64, is i64, which does not hold every u64"],
  [u32, "int", "- x: was u32, is i32, which does not hold every u32"],
  // And into doubles, where Avro says int.
  [u8, "double", "+ x: was u8, is f64"],
  ["int", "double", "+ x: was i32, is f64"],
  ["float", "double", "+ x: was f32, is f64"],
  [u32, "double", "- x: was u32, is f64"],
  ["long", "double", "- x: was i64, is f64"],
  ["int", "float", "- x: was i32, is f32"],
  [i8, "float", "- x: was i8, is f32"],
  ["double", "float", "- x: was f64, is f32"],
  ["double", "int", "- x: was f64, is i32"],
  // Nothing else changes its type.
  ["boolean", "int", "- x: was bool, is i32"],
  ["string", "bytes", "- x: was string, is Uint8Array"],
  ["bytes", "string", "- x: was Uint8Array, is string"],
  ["string", "long", "- x: was string, is i64"],
  ["string", array("string"), "- x: was string, is Array<string>"],
  ["int", { type: "int", moult: "handle" }, "- x: was i32, is handle"],
  ["string", { type: "string", moult: "url" }, "- x: was string, is url"],
  // Bytes and lists in another container.
  ["bytes", { type: "bytes", moult: "ArrayBuffer" }, "+ x: was Uint8Array, is ArrayBuffer"],
  [{ type: "bytes", moult: "StaticArray" }, "bytes", "+ x: was StaticArray<u8>, is Uint8Array"],
  ["bytes", { type: "bytes", moult: "secret" }, "- x: was Uint8Array, is secret"],
  [array("int", "Uint16Array"), array(u16, "Uint16Array"), ""],
  [array(u16), array(u16, "Uint16Array"), "+ x: was Array<u16>, is Uint16Array"],
  [array(u16, "Uint16Array"), array("int"), "+ x: was Uint16Array, is Array<i32>; + x[]: was u16, is i32"],
  [
    array("float", "Float32Array"),
    array("double", "Float64Array"),
    "+ x: was Float32Array, is Float64Array; + x[]: was f32, is f64",
  ],
  [
    array("int", "Int32Array"),
    array(i16, "Int16Array"),
    "+ x: was Int32Array, is Int16Array; - x[]: was i32, is i16, which does not hold every i32",
  ],
  [array("string", "set"), array("string"), "+ x: was Set<string>, is Array<string>"],
  [
    array("string"),
    array("string", "set"),
    "- x: was Array<string>, is Set<string>, which would lose what is there twice",
  ],
  [array(u8, "set"), array(u16, "set"), "+ x[]: was u8, is u16"],
  [map("int"), map("long"), "+ x{}: was i32, is i64"],
  [map("long"), map("int"), "- x{}: was i64, is i32, which does not hold every i64"],
  [
    entries("A", u8, "int"),
    entries("B", u16, "long"),
    "+ x[].key: was u8, is u16; + x[].value: was i32, is i64",
  ],
  [
    entries("A", u8, "int"),
    array(named("A", { name: "key", type: u8 }, int("value"))),
    "- x: was Map<u8, i32>, is Array<A>",
  ],
  [entries("A", "string", "int"), map("int"), "- x: was Map<string, i32>, is Map<string, i32>"],
  // Null may be let in, not out.
  ["string", ["null", "string"], "+ x: was string, is string | null"],
  ["int", ["null", "long"], "+ x: was i32, is i64 | null; + x: was i32, is i64"],
  [["null", "int"], ["null", "long"], "+ x: was i32, is i64"],
  [["string", "null"], ["null", "string"], "+ x: was string | null, is string | null"],
  [["null", "string"], "string", "- x: was string | null, is string, which has no place for null"],
  [["null", "long"], ["null", "int"], "- x: was i64, is i32, which does not hold every i64"],
  [["null", "string"], ["null", "int"], "- x: was string, is i32"],
  [
    ["null", named("A")],
    ["null", named("B")],
    "- x: was A, is B, another name, which only a step can bridge (static from)",
  ],
  [
    ["int", "string"],
    ["null", "int"],
    "- x: was i32 | string, is i32 | null, which would no longer tell them apart",
  ],
  [["int", "long"], "long", "- x: was i32 | i64, is i64, which would no longer tell them apart"],
  [["string"], "string", "+ x: was string, is string"],
  // Enums may gain symbols.
  [color("red"), color("red", "green"), "+ x: Color gained green"],
  [
    color("red", "green"),
    color("green", "blue", "red"),
    "+ x: Color gained blue; + x: symbols of Color in another order",
  ],
  [color("red", "green"), color("red"), "- x: the new version's Color has no green"],
  [color("red"), { ...color("blue"), default: "blue" }, "- x: the new version's Color has no red"],
  [
    color("red"),
    { ...color("red"), name: "Colour" },
    "- x: was Color, is Colour, another name, which only a step can bridge (static from)",
  ],
  [color("red"), { ...color("red"), name: "Colour", aliases: ["Color"] }, "+ x: was Color, is Colour"],
  // Records: fields by name.
  [
    named("A"),
    named("A", int("y", { default: 1 })),
    "+ x.y: the old version has no such field, and it begins as 1",
  ],
  [
    named("A"),
    named("A", int("y")),
    "- x.y: the old version has no such field, and it has no default (an initializer that is a constant or an empty collection)",
  ],
  [named("A", int("y"), int("z")), named("A", int("z")), "- x.y: the new version has no such field"],
  [named("A", int("y"), int("z")), named("A", int("z"), int("y")), "+ x: fields in another order"],
  [named("A", int("y")), named("A", int("z", { aliases: ["y"] })), "+ x.z: was called y"],
  [
    named("A", int("y"), int("z")),
    named("A", int("z", { aliases: ["y"] })),
    "- x.y: the new version has no such field",
  ],
  [
    named("A", int("y")),
    named("A", int("y"), int("z", { aliases: ["y"], default: 0 })),
    "- x.z: another field takes the old y already; + x.z: was called y",
  ],
  [
    named("A", int("y")),
    named("B", int("y")),
    "- x: was A, is B, another name, which only a step can bridge (static from)",
  ],
  [named("A", int("y")), { ...named("B", int("y")), aliases: ["A"] }, "+ x: was A, is B"],
  [named("a.A", int("y")), named("b.A", int("y")), ""],
  [map(named("A", int("y"))), map(named("A", { name: "y", type: "string" })), "- x{}.y: was i32, is string"],
  [
    { type: "fixed", name: "F", size: 2 },
    { type: "fixed", name: "F", size: 3 },
    "- x: was F, is F, of 3 bytes, not 2",
  ],
];

describe("a change of a field", () => {
  it.each(CHANGES.map((row) => [JSON.stringify(row[0]), JSON.stringify(row[1]), ...row] as const))(
    "from %s to %s",
    (_, __, was, is, problem) => {
      const [old, now] = [was, is].map((type, i) => parseSchema(named(`Root${i}`, { name: "x", type })));
      const found = differences(old!, now!).map((d) => `${d.lossless ? "+" : "-"} ${d.path}: ${d.problem}`);
      expect(found.join("; ")).toBe(problem);
      const lossy = found.some((text) => text.startsWith("-"));
      if (lossy)
        expect(() => translator(old!, now!)).toThrow("no lossless way leads from one schema to the other: x");
      else translator(old!, now!);
    },
  );

  it("is named in every place where it is, and roots match whatever they are called", () => {
    const old = parseSchema(
      named("TotalsV1", int("lines"), { name: "clients", type: array("string", "set") }),
    );
    const now = parseSchema(named("Totals", { name: "lines", type: u64 }, int("hits")));
    expect(differences(old, now).map(({ path }) => path)).toEqual(["lines", "hits", "clients"]);
    expect(() => translator(old, now)).toThrow(
      "no lossless way leads from one schema to the other: lines: was i32, is u64, which does not hold every i32; " +
        "hits: the old version has no such field, and it has no default (an initializer that is a constant or an empty collection); " +
        "clients: the new version has no such field",
    );
    expect(differences(parseSchema("int"), parseSchema("string"))).toEqual([
      { path: "state", problem: "was i32, is string", lossless: false },
    ]);
  });

  it("in a type that contains itself is found once", () => {
    const tree = (name: string, type: unknown) =>
      parseSchema(
        named(
          name,
          { name: "v", type },
          { name: "kids", type: array(name) },
          { name: "up", type: ["null", name] },
        ),
      );
    expect(differences(tree("Tree", "int"), tree("Tree", "long"))).toEqual([
      { path: "v", problem: "was i32, is i64", lossless: true },
    ]);
    expect(differences(tree("Tree", "int"), tree("Bush", "int"))).toEqual([]);
  });

  it("between schemas of many cycles ends", () => {
    const ring = (size: number) => {
      let type: unknown = "R0";
      for (let i = size - 1; i >= 0; i--) type = named(`R${i}`, { name: "next", type: ["null", type] });
      return parseSchema(type);
    };
    expect(differences(ring(5), ring(4), { renamed: true })).toEqual([]);
    expect(() => differences(ring(25), ring(24), { renamed: true })).toThrow(
      "the two schemas refer to themselves in too many ways to be compared, at next.next",
    );
  });
});

/** A reproducible stream of numbers. */
function diceOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

describe("a lossless change", () => {
  it("of any state to any such schema gives what avsc gives", () => {
    let changed = 0;
    fc.assert(
      fc.property(stateWithValue, fc.nat(), ({ schema, value }, seed) => {
        const next = evolved(schema, diceOf(seed));
        const [old, now] = [parseSchema(schema), parseSchema(next)];
        const datum = encode(old, value);
        expect(differences(old, now).filter(({ lossless }) => !lossless)).toEqual([]);
        const translated = translator(old, now)(datum);
        checkDatum(now, translated);
        const [writer, reader] = [oracle(schema), oracle(next)];
        const theirs = reader.fromBuffer(Buffer.from(datum), reader.createResolver(writer));
        expect(hex(translated)).toBe(hex(reader.toBuffer(theirs)));
        if (translated !== datum) changed++;
      }),
      { numRuns: 600 },
    );
    expect(changed).toBeGreaterThan(100);
  });

  it("is none, and no byte changes, where both schemas are the same", () => {
    fc.assert(
      fc.property(stateWithValue, ({ schema, value }) => {
        const [old, now] = [parseSchema(schema), parseSchema(structuredClone(schema))];
        expect(differences(old, now)).toEqual([]);
        const datum = encode(old, value);
        expect(translator(old, now)(datum)).toBe(datum);
      }),
    );
  });

  it("keeps blocks apart, with or without their size", () => {
    const [old, now] = [array("int"), array("double")].map((schema) => parseSchema(schema));
    const translate = translator(old!, now!);
    const data = (text: string) => new Uint8Array(Buffer.from(text.replaceAll(" ", ""), "hex"));
    const doubles = "000000000000f03f 0000000000000040";
    expect(decode(now!, translate(data("03 04 0204 02 06 00")))).toEqual([1, 2, 3]);
    expect(hex(translate(data("03 04 0204 00")))).toBe(`04${doubles.replace(" ", "")}00`);
  });

  it("reorders fields of records in records in lists", () => {
    const inner = (name: string, ...fields: unknown[]) => array(named(name, ...fields));
    const old = parseSchema(
      named("R", { name: "a", type: inner("I", int("p"), { name: "q", type: "string" }) }, int("b")),
    );
    const now = parseSchema(
      named("R", int("b"), int("c", { default: 9 }), {
        name: "a",
        type: inner("I", { name: "q", type: "string" }, { name: "p", type: "double" }),
      }),
    );
    const value = {
      a: [
        { p: 1, q: "one" },
        { p: 2, q: "two" },
      ],
      b: 5,
    };
    expect(decode(now, translator(old, now)(encode(old, value)))).toEqual({ ...value, c: 9 });
  });

  it("of bytes that are no datum is an AbiError", () => {
    fc.assert(
      fc.property(stateWithValue, fc.nat(), fc.nat(), fc.nat(7), ({ schema, value }, seed, at, bit) => {
        const [old, now] = [parseSchema(schema), parseSchema(evolved(schema, diceOf(seed)))];
        const datum = encode(old, value);
        fc.pre(datum.length > 0);
        const place = at % datum.length;
        const flipped = datum.map((byte, i) => (i === place ? byte ^ (1 << bit) : byte));
        for (const broken of [flipped, datum.slice(0, place)]) {
          try {
            const translated = translator(old, now)(broken);
            expect(translated.length).toBeLessThan(broken.length * 9 + 4096 * 64);
          } catch (error) {
            expect(error).toMatchObject({ name: "AbiError", fault: "snapshot" });
          }
        }
      }),
      { numRuns: 1000 },
    );
  });

  it("stops before defaults fill the memory", () => {
    const empty = (fields: unknown[]) => array(named("E", ...fields));
    const old = parseSchema(empty([]));
    const now = parseSchema(empty([{ name: "s", type: "string", default: "x".repeat(1000) }]));
    const million = new Uint8Array([0x80, 0x80, 0x80, 0x01, 0x00]);
    expect(() => translator(old, now)(million)).toThrow(
      "the value takes more than the 268435500 bytes that it may",
    );
  });
});
