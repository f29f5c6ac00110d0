import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import type { FunctionType, Manifest, ValueType } from "../../abi/tools.ts";
import { fitting } from "../../host/contract/fit.ts";
import {
  askedBy,
  type Expected,
  expectedBy,
  expectedOf,
  interfaceChanges,
} from "../../host/dev/check/interface-changes.ts";
import { contract } from "../../host/mod.ts";
import { anyType } from "../canonical/arbitrary.ts";

const manifestOf = (functions: Readonly<Record<string, FunctionType>>, name?: string): Manifest => ({
  name: "hand",
  version: "1.0.0",
  strings: "utf8",
  imports: [],
  ...(name === undefined ? {} : { interface: name }),
  exports: Object.entries(functions).map(([key, type]) => ({
    name: key,
    params: [...type.params],
    result: type.result,
  })),
});
/** `path: text` of what breaks, `+ path: text` of what is new. */
const told = (expected: Expected, next: Manifest) =>
  interfaceChanges(expected, next).map(
    ({ path, kind, text }) => `${kind === "adds" ? "+ " : ""}${path}: ${text}`,
  );
const between = (
  one: Readonly<Record<string, FunctionType>>,
  other: Readonly<Record<string, FunctionType>>,
) => told(expectedOf(manifestOf(one)), manifestOf(other));
const answers = (result: ValueType): Record<string, FunctionType> => ({ get: { params: [], result } });
const takes = (type: ValueType): Record<string, FunctionType> => ({
  put: { params: [{ name: "the-line", type }] },
});

describe("what breaks callers", () => {
  const record = (...names: string[]) => ({ record: names.map((name) => ({ name, type: "u32" as const })) });
  it.each<
    [what: string, one: Record<string, FunctionType>, other: Record<string, FunctionType>, told: string[]]
  >([
    ["a function that is gone", answers("u32"), {}, ["get: gone, was () -> u32"]],
    ["another number of parameters", takes("u32"), { put: { params: [] } }, ["put: was (u32), is ()"]],
    ["another parameter", takes("u32"), takes("u64"), ["put, parameter theLine: was u32, is u64"]],
    ["an answer that is gone", answers("u32"), { get: { params: [] } }, ["get: was () -> u32, is ()"]],
    [
      "an answer where there was none",
      { get: { params: [] } },
      answers("u32"),
      ["get: was (), is () -> u32"],
    ],
    ["another answer", answers("u32"), answers("string"), ["get, result: was u32, is string"]],
    [
      "a field that is gone",
      answers(record("a", "old-name")),
      answers(record("a")),
      ["get, result.oldName: gone, was u32"],
    ],
    [
      "a field that callers would have to give",
      takes(record("a")),
      takes(record("a", "b")),
      ["put, parameter theLine.b: callers do not give it: u32"],
    ],
    [
      "a field of a parameter that is gone",
      takes(record("a", "b")),
      takes(record("a")),
      ["put, parameter theLine.b: gone, was u32"],
    ],
    [
      "deep inside",
      answers({ list: { option: { map: ["string", record("a")] } } }),
      answers({ list: { option: { map: ["string", { record: [{ name: "a", type: "f64" }] }] } } }),
      ["get, result[]?{}.a: was u32, is f64"],
    ],
    [
      "a case of an enum more",
      answers({ enum: ["a"] }),
      answers({ enum: ["a", "b"] }),
      ["get, result: its cases gained b"],
    ],
    [
      "cases of a variant lost and gained",
      answers({ variant: [{ name: "a" }, { name: "b" }] }),
      answers({ variant: [{ name: "a" }, { name: "c" }] }),
      ["get, result: its cases lost b and gained c"],
    ],
    [
      "flags in another order",
      answers({ flags: ["a", "b"] }),
      answers({ flags: ["b", "a"] }),
      ["get, result: its cases are in another order"],
    ],
    [
      "a payload that is gone",
      answers({ variant: [{ name: "a", type: "u8" }] }),
      answers({ variant: [{ name: "a" }] }),
      ["get, result: was variant { a(u8) }, is variant { a }"],
    ],
    [
      "another err",
      answers({ result: { err: "string" } }),
      answers({ result: { err: "u8" } }),
      ["get, result.err: was string, is u8"],
    ],
    [
      "a list of another length",
      answers({ list: "u8", length: 2 }),
      answers({ list: "u8", length: 3 }),
      ["get, result: was list<u8, 2>, is list<u8, 3>"],
    ],
    [
      "a tuple of another length",
      answers({ tuple: ["u8"] }),
      answers({ tuple: ["u8", "u8"] }),
      ["get, result: was tuple<u8>, is tuple<u8, u8>"],
    ],
  ])("%s", (_, one, other, expected) => {
    expect(between(one, other)).toEqual(expected);
    expect(askedBy(interfaceChanges(expectedOf(manifestOf(one)), manifestOf(other)))).toBe("major");
  });

  it("but not a field or a function more, nor fields in another order", () => {
    const one = {
      ...answers({
        record: [
          { name: "a", type: "u8" },
          { name: "b", type: "u8" },
        ],
      }),
    };
    const other = {
      ...answers({
        record: [
          { name: "b", type: "u8" },
          { name: "c", type: "bool" },
          { name: "a", type: "u8" },
        ],
      }),
      more: { params: [] },
    };
    expect(between(one, other)).toEqual(["+ get, result.c: new: bool", "+ more: new: ()"]);
    expect(askedBy(interfaceChanges(expectedOf(manifestOf(one)), manifestOf(other)))).toBe("minor");
    expect(between(one, one)).toEqual([]);
    expect(askedBy([])).toBe("none");
  });
});

describe("the interface's name", () => {
  const from = (one: string | undefined, other: string | undefined) =>
    told(expectedOf(manifestOf({}, one)), manifestOf({}, other));
  it.each<[string | undefined, string | undefined, string[]]>([
    ["a:b/c@1.0.0", "a:b/c@1.4.0", []],
    ["a:b/c@1.0.0", "a:b/c@2.0.0", ["interface: was a:b/c@1.0.0, is a:b/c@2.0.0, which does not serve it"]],
    ["a:b/c@1.1.0", "a:b/c@1.0.0", ["interface: was a:b/c@1.1.0, is a:b/c@1.0.0, which does not serve it"]],
    ["a:b/c@0.1.0", "a:b/c@0.1.5", []],
    ["a:b/c@0.1.0", "a:b/c@0.2.0", ["interface: was a:b/c@0.1.0, is a:b/c@0.2.0, which does not serve it"]],
    ["a:b/c@1.0.0", "a:b/d@1.0.0", ["interface: was a:b/c@1.0.0, is a:b/d@1.0.0, which does not serve it"]],
    ["a:b/c@1.0.0", undefined, []],
    [
      undefined,
      "a:b/c@1.0.0",
      ["interface: had no name, is a:b/c@1.0.0, which serves callers of that name alone"],
    ],
  ])("from %s to %s", (one, other, expected) => {
    expect(from(one, other)).toEqual(expected);
  });

  it("of a contract may have numbers left out", () => {
    const wants = (name: string) => expectedBy(contract(name, { get: { params: [], returns: z.uint32() } }));
    const found = (name: string) => manifestOf(answers("u32"), name);
    expect(told(wants("a:b/c@1"), found("a:b/c@1.7.2"))).toEqual([]);
    expect(told(wants("a:b/c@1.8"), found("a:b/c@1.7.2"))).toEqual([
      "interface: was a:b/c@1.8, is a:b/c@1.7.2, which does not serve it",
    ]);
    expect(told(wants("a:b/c@0"), found("a:b/c@0.3.1"))).toEqual([]);
  });
});

it("finds a break exactly where the loader refuses, for any two types", () => {
  const pair = fc.oneof(
    fc.tuple(anyType, anyType),
    fc.tuple(anyType, fc.infiniteStream(fc.nat(99))).map(([type, numbers]): [ValueType, ValueType] => {
      return [type, altered(type, () => numbers.next().value as number)];
    }),
  );
  let breaks = 0;
  let fits = 0;
  fc.assert(
    fc.property(pair, fc.boolean(), ([one, other], asParameter) => {
      const [was, is] = [one, other].map((type) => (asParameter ? takes(type) : answers(type)));
      const found = Object.values(is!)[0]!;
      const refused = "problem" in fitting(Object.values(was!)[0]!, found, { wider: true });
      if (refused) breaks++;
      else fits++;
      const changes = interfaceChanges(expectedOf(manifestOf(was!)), manifestOf(is!));
      expect(changes.some(({ kind }) => kind === "breaks")).toBe(refused);
    }),
    { numRuns: 500 },
  );
  expect(Math.min(breaks, fits)).toBeGreaterThan(50);
});

/** The same type, but perhaps for something inside. */
function altered(type: ValueType, next: () => number): ValueType {
  const inner = (other: ValueType) => altered(other, next);
  if (typeof type === "string") return next() < 3 ? "u16" : type;
  if ("list" in type) return { ...type, list: inner(type.list) };
  if ("option" in type) return { option: inner(type.option) };
  if ("tuple" in type) return { tuple: type.tuple.map(inner) };
  if ("map" in type) return { map: [type.map[0], inner(type.map[1])] };
  if ("record" in type) {
    const fields = type.record.map((field) => ({ ...field, type: inner(field.type) }));
    if (next() < 15) fields.reverse();
    if (next() < 15) fields.push({ name: "more", type: "u8" });
    if (next() < 5 && fields.length > 1) fields.pop();
    return { record: fields };
  }
  if ("enum" in type && next() < 10) return { enum: [...type.enum, "more"] };
  if ("flags" in type && next() < 10 && type.flags.length > 1) return { flags: [...type.flags].reverse() };
  if ("variant" in type) {
    return { variant: type.variant.map((each) => (each.type ? { ...each, type: inner(each.type) } : each)) };
  }
  if ("result" in type && type.result.ok) return { result: { ...type.result, ok: inner(type.result.ok) } };
  return type;
}
