import fc from "fast-check";
import type { ValueType } from "moult/abi";
import { expect, it } from "vitest";
import { argumentFrom, fromJson, toJson } from "../../abi/json/value-json.ts";
import { anyType, valuesOf } from "../canonical/arbitrary.ts";
import { toPlain } from "../canonical/plain.ts";

const record: ValueType = {
  record: [
    { name: "path", type: "string" },
    { name: "hit-count", type: "u64" },
    { name: "note", type: { option: "string" } },
  ],
};
const flags: ValueType = { flags: ["read", "write-too"] };
const variant: ValueType = { variant: [{ name: "none-at-all" }, { name: "some-size", type: "u64" }] };

it.each<[string, ValueType, unknown, unknown]>([
  ["an exact u64", "u64", 7, 7n],
  ["a u64 as text", "u64", "18446744073709551615", 18446744073709551615n],
  ["a float that is no number", "f64", "NaN", Number.NaN],
  ["bytes as base64", { list: "u8" }, "AQID", Uint8Array.of(1, 2, 3)],
  ["bytes as a list", { list: "u8" }, [1, 2], [1, 2]],
  ["a record in camelCase", record, { path: "/", hitCount: 2 }, { path: "/", hitCount: 2n }],
  ["a map as an object", { map: ["string", "u64"] }, { a: 1 }, new Map([["a", 1n]])],
  ["a map as pairs", { map: ["u8", "s64"] }, [[1, -1]], new Map([[1, -1n]])],
  ["an option that is not there", { option: "u64" }, null, undefined],
  ["an option that is", { option: "u64" }, 1, 1n],
  [
    "an option in an option",
    { option: { option: "u64" } },
    { tag: "some", val: null },
    { tag: "some", val: undefined },
  ],
  ["a result", { result: { ok: "u64", err: "string" } }, { tag: "ok", val: 1 }, { tag: "ok", val: 1n }],
  ["flags as names", flags, ["writeToo"], { read: false, writeToo: true }],
  ["flags as an object", flags, { read: true }, { read: true }],
  ["a bare case", variant, { tag: "none-at-all" }, { tag: "none-at-all" }],
  ["a case with a value", variant, { tag: "some-size", val: 1 }, { tag: "some-size", val: 1n }],
  ["a tuple", { tuple: ["u64", "string"] }, [1, "x"], [1n, "x"]],
])("takes %s", (_, type, json, value) => {
  expect(fromJson(type, json, "it")).toEqual(value);
});

it.each<[ValueType, unknown, string]>([
  ["u64", 1.5, "it: wanted a u64, a whole number or one in quotes, found 1.5"],
  [
    "s64",
    2 ** 60,
    "it: wanted a s64, a whole number or one in quotes, found 1152921504606847000; write it in quotes",
  ],
  [{ list: "u8" }, "?", 'it: wanted a list of numbers, or text in base64, found "?"'],
  [{ list: "string" }, {}, "it: wanted a list, found {}"],
  [{ map: ["string", "u8"] }, 1, "it: wanted an object, or a list of pairs, found 1"],
  [{ map: ["u8", "u8"] }, { 1: 1 }, 'it: wanted a list of pairs, found {"1":1}'],
  [{ map: ["u8", "u8"] }, [[1]], "it[0]: wanted a pair, found [1]"],
  [
    { map: ["string", "u64"] },
    { a: "x" },
    'it["a"]: wanted a u64, a whole number or one in quotes, found "x"',
  ],
  [record, { path: "/" }, "it: wanted the field hitCount, a u64; it is missing"],
  [record, { path: "/", hits: 1 }, "it: wanted an object of path, hitCount, note, found the name hits"],
  [record, [], "it: wanted an object of path, hitCount, note, found []"],
  [flags, ["nope"], 'it: wanted some of read, writeToo, found "nope"'],
  [variant, 7, 'it: wanted an object with a tag of "none-at-all", "some-size", found 7'],
  [{ option: { option: "u8" } }, 7, 'it: wanted an object with a tag of "none", "some", found 7'],
  [{ tuple: ["u8"] }, "x", 'it: wanted a list of 1, found "x"'],
])("refuses for %j the JSON %j, and names the place", (type, json, message) => {
  expect(() => fromJson(type, json, "it")).toThrow(expect.objectContaining({ name: "JsonMisfit", message }));
});

it.each<[ValueType, string, unknown]>([
  ["string", "hello", "hello"],
  ["string", '"hello"', "hello"],
  ["string", "7", "7"],
  ["string", "[1, 2]", "[1, 2]"],
  [{ enum: ["low", "very-high"] }, "very-high", "very-high"],
  [{ option: "string" }, "hello", "hello"],
  [{ option: "string" }, "null", undefined],
  ["u64", "18446744073709551615", 18446744073709551615n],
  ["bool", "true", true],
  ["f64", "1.5", 1.5],
])("takes for %j what was typed: %s", (type, text, value) => {
  expect(argumentFrom(type, text, "it")).toEqual(value);
});

it("takes back what it prints, whatever the type", () => {
  const typed = anyType.chain((type) => fc.tuple(fc.constant(type), valuesOf(type)));
  fc.assert(
    fc.property(typed, ([type, value]) => {
      const text = JSON.stringify(toJson(type, value));
      // JavaScript's objects put names that are numbers first.
      fc.pre(!/"\d+":/.test(text));
      const back = fromJson(type, JSON.parse(text), "it");
      expect(toPlain(type, back)).toEqual(toPlain(type, value));
    }),
    { numRuns: 500 },
  );
});
