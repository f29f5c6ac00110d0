import { describe, expect, it, test } from "vitest";
import { parseManifest } from "../../abi/manifest.ts";
import { functionProblem, typeProblem } from "../../abi/type-check.ts";

/** `path: message`, or nothing. */
function told(problem: ReturnType<typeof typeProblem>): string | undefined {
  return problem && `${problem.path.join(".")}: ${problem.message}`;
}

describe("a value type", () => {
  it.each<[unknown]>([
    ["bool"],
    ["string"],
    [{ list: "u8" }],
    [{ list: { list: "char" }, length: 65_536 }],
    [{ record: [{ name: "a-b", type: "u8" }], name: "Pair" }],
    [{ tuple: ["u8", { option: "string" }] }],
    [{ result: {} }],
    [{ result: { ok: "u8", err: { tuple: ["s64"] } } }],
    [{ enum: ["red", "%list"], name: "Colour" }],
    [{ flags: Array.from({ length: 32 }, (_, i) => `f${i}`) }],
    [{ name: "Shape", variant: [{ name: "none" }, { name: "some", type: "f32" }] }],
    [{ map: ["string", { list: "s8" }] }],
  ])("may be %j", (type) => {
    expect(told(typeProblem(type))).toBeUndefined();
  });

  it.each<[unknown, string]>([
    ["u128", ': wanted a value type, found string "u128"'],
    [7, ": wanted a value type, found number 7"],
    [null, ": wanted a value type, found null"],
    [["u8"], ": wanted a value type, found an array of 1"],
    [{}, ": wanted a value type, found an object"],
    [{ toString: "u8" }, ": wanted a value type, found an object"],
    [JSON.parse('{"__proto__": "u8"}'), ": wanted a value type, found an object"],
    [{ list: "u7" }, 'list: wanted a value type, found string "u7"'],
    [{ list: "u8", length: 0 }, "length: wanted a length from 1 to 65536, found number 0"],
    [{ list: "u8", length: 1.5 }, "length: wanted a length from 1 to 65536, found number 1.5"],
    [{ list: "u8", length: 65_537 }, "length: wanted a length from 1 to 65536, found number 65537"],
    [{ list: "u8", as: "set" }, ': has a key too many: string "as"'],
    [{ list: "u8", option: "u8" }, ': has a key too many: string "option"'],
    [{ record: [] }, "record: wanted at least one, found an array of 0"],
    [{ record: {} }, "record: wanted a list, found an object"],
    [{ record: ["u8"] }, 'record.0: wanted an object with name, type, found string "u8"'],
    [
      {
        record: [
          { name: "a", type: "u8" },
          { name: "B", type: "u8" },
        ],
      },
      'record.1.name: wanted a WIT name in kebab-case, found string "B"',
    ],
    [{ record: [{ name: "a" }] }, "record.0.type: wanted a value type, found undefined"],
    [
      { record: [{ name: "a", type: "u8", dropped: true }] },
      'record.0: has a key too many: string "dropped"',
    ],
    [
      { record: [{ name: "a", type: "u8" }], name: 7 },
      "name: wanted a name of at most 256 characters, none of them a control character, found number 7",
    ],
    [{ tuple: [] }, "tuple: wanted at least one, found an array of 0"],
    [{ tuple: ["u8", { option: "?" }] }, 'tuple.1.option: wanted a value type, found string "?"'],
    [{ result: { ok: "u8", maybe: "u8" } }, 'result: has a key too many: string "maybe"'],
    [{ result: "u8" }, 'result: wanted an object with ok, err, found string "u8"'],
    [{ enum: [] }, "enum: wanted at least one, found an array of 0"],
    [
      { enum: ["a", `b${"c".repeat(256)}`] },
      `enum.1: wanted a WIT name in kebab-case, found string "b${"c".repeat(39)}..."`,
    ],
    [{ flags: Array(33).fill("a") }, "flags: wanted 1 to 32, found an array of 33"],
    [{ variant: [{ type: "u8" }] }, "variant.0.name: wanted a WIT name in kebab-case, found undefined"],
    [{ map: ["u8"] }, "map: wanted a key's type and a value's, found an array of 1"],
    [{ map: ["u8", 8] }, "map.1: wanted a value type, found number 8"],
  ])("may not be %j", (type, wanted) => {
    expect(told(typeProblem(type))).toBe(wanted);
  });
});

describe("a function", () => {
  test("may have keys that a later version of the ABI gives it", () => {
    expect(functionProblem({ name: "run", params: [], result: "u8", since: "1.2.0" })).toBeUndefined();
  });

  it.each<[unknown, string]>([
    [null, ": wanted a function, found null"],
    [{ name: "runIt", params: [] }, 'name: wanted a WIT name in kebab-case, found string "runIt"'],
    [{ name: "run" }, "params: wanted a list, found undefined"],
    [{ name: "run", params: [{ name: "a" }] }, "params.0.type: wanted a value type, found undefined"],
    [{ name: "run", params: [], result: null }, "result: wanted a value type, found null"],
  ])("may not be %j", (type, wanted) => {
    expect(told(functionProblem(type))).toBe(wanted);
  });
});

test("a manifest says where a type of it is none", () => {
  const params = [{ name: "item", type: { record: [{ name: "id", type: { option: "u65" } }] } }];
  const imports = [
    {
      interface: "a:b/c@1.0.0",
      functions: [
        { name: "get", params: [] },
        { name: "put", params },
      ],
    },
  ];
  const manifest = { name: "p", version: "1.0.0", strings: "utf8", exports: [], imports };
  expect(() => parseManifest(new TextEncoder().encode(JSON.stringify(manifest)))).toThrow(
    "the manifest is not as the ABI wants it: " +
      'imports[0].functions[1].params[0].type.record[0].type.option: wanted a value type, found string "u65"',
  );
});

test("a manifest nests as deep as its brackets do, and those in a text are none", () => {
  const manifest = { name: "p", version: "1.0.0", strings: "utf8", exports: [], imports: [] };
  const read = (parts: object) => () =>
    parseManifest(new TextEncoder().encode(JSON.stringify({ ...manifest, ...parts })));
  expect(read({ producer: '[{"\\'.repeat(60) })().producer).toBe('[{"\\'.repeat(60));
  const deep = (levels: number) => JSON.parse("[".repeat(levels) + "]".repeat(levels));
  expect(read({ extra: ["]", deep(126)] })).not.toThrow();
  expect(read({ extra: ["]", deep(127)] })).toThrow("the manifest nests deeper than 32 types");
});
