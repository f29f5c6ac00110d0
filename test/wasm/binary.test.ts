/** The reader of WebAssembly modules: what it finds is what the engine finds, and more; and nothing makes it fall over. */
import { readdirSync, readFileSync } from "node:fs";
import binaryen from "assemblyscript/binaryen";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { WasmBinary } from "../../abi/wasm/binary.ts";
import { spellCore, spellCoreFunction } from "../../abi/wasm/core-type.ts";
import { Malformed } from "../../abi/wasm/malformed.ts";
import { functionNames } from "../../abi/wasm/names.ts";
import { versions } from "../versions.ts";
import { encoded, leb, name } from "./encoded.ts";

/** With every feature that binaryen knows. */
function wat(body: string): Uint8Array<ArrayBuffer> {
  const module = binaryen.parseText(`(module ${body})`);
  module.setFeatures(binaryen.Features.All);
  const bytes = Uint8Array.from(module.emitBinary());
  module.dispose();
  return bytes;
}

const read = (body: string) => new WasmBinary(wat(body));

/** All that can be asked of a module. */
function everything(binary: WasmBinary) {
  const { sections, types, imports, functions, tables, memories, globals, exports, start, bodies } = binary;
  return { sections, types, imports, functions, tables, memories, globals, exports, start, bodies };
}

describe("types", () => {
  it("of groups are counted one by one, with their supertypes passed over", () => {
    const binary = read(`
      (rec (type $list (sub (struct (field (ref null $list)) (field (mut i8)))))
           (type $make (func (param (ref $list) i64) (result externref)))
           (type $longer (sub $list (struct (field (ref null $list)) (field (mut i8)) (field i16)))))
      (type $bytes (array (mut i8)))
      (func (export "make") (type $make) (ref.null noextern))
      (func (export "bytes") (param (ref null $bytes)) (result v128) (v128.const i32x4 0 0 0 0))
      (global $l (ref null $longer) (ref.null none))`);
    const kinds = binary.types.map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === "struct")).toHaveLength(2);
    expect(kinds).toContain("array");
    const types = binary.exports.map(({ index }) => spellCoreFunction(binary.functionType(index)!));
    const list = kinds.indexOf("struct");
    expect(types[0]).toBe(`((ref ${list}), i64) -> externref`);
    expect(types[1]).toBe(`((ref null ${kinds.indexOf("array")})) -> v128`);
    expect(binary.types[list]).toMatchObject({
      fields: [
        { type: { heap: list, nullable: true }, mutable: false },
        { type: "i8", mutable: true },
      ],
    });
  });

  it.each([
    [[0x7f], "i32"],
    [[0x7c], "f64"],
    [[0x7b], "v128"],
    [[0x70], "funcref"],
    [[0x6f], "externref"],
    [[0x69], "exnref"],
    [[0x6e], "anyref"],
    [[0x71], "nullref"],
    [[0x72], "nullexternref"],
    [[0x73], "nullfuncref"],
    [[0x74], "nullexnref"],
    [[0x63, 0x70], "funcref"],
    [[0x64, 0x70], "(ref func)"],
    [[0x64, 0x6c], "(ref i31)"],
    [[0x63, 3], "(ref null 3)"],
    [[0x64, 0x80, 0x01], "(ref 128)"],
  ])("%j is %s", (bytes, text) => {
    const [type] = new WasmBinary(encoded([1, [1, 0x60, 1, ...bytes, 0]])).types;
    expect(type?.kind === "function" && type.params.map(spellCore)).toEqual([text]);
  });

  it.each([
    ["an unknown value type", [1, 0x60, 1, 0x20, 0], "at byte 13: found the unknown type 0x20"],
    ["an unknown heap type", [1, 0x60, 1, 0x64, 0x40, 0], "at byte 14: found the unknown heap type -64"],
    ["an unknown form", [1, 0x55, 0], "at byte 11: found a type of the unknown form 0x55"],
    [
      "a field that may be changed in an unknown way",
      [1, 0x5e, 0x7f, 2],
      "at byte 13: found the unknown mutability 2",
    ],
    [
      "bytes behind the last",
      [1, 0x60, 0, 0, 0],
      "at byte 14: found 1 unused bytes at the end of the section (type)",
    ],
    ["more than there is room for", [9, 0x60, 0, 0], "at byte 10: found 9 types, but 3 bytes are left"],
    [
      "more parameters than engines take",
      [1, 0x60, ...leb(1_001)],
      "at byte 12: found 1001 value types; at most 1000 are read",
    ],
  ])("%s are malformed", (_, contents, message) => {
    expect(() => new WasmBinary(encoded([1, contents])).types).toThrow(new Malformed(message));
  });
});

describe("memories and tables", () => {
  it.each<[string, object]>([
    ["(memory 1)", { initial: 1 }],
    ["(memory 1 300)", { initial: 1, maximum: 300 }],
    ["(memory 1 2 shared)", { initial: 1, maximum: 2, shared: true }],
    ["(memory i64 1 0x10000)", { initial: 1, maximum: 0x10000, wide: true }],
  ])("%s", (text, limits) => {
    expect(read(text).memories).toEqual([limits]);
  });

  it("several, imported ones first, are told with what follows them", () => {
    const { imports, memories, exports } = read(`
      (import "a" "m" (memory $a 1)) (import "b" "m" (memory $b 1 2)) (import "c" "f" (func (param i32)))
      (memory $c i64 3) (memory $d 4 4) (export "d" (memory $d)) (export "a" (memory $a))`);
    expect(memories).toEqual([
      { initial: 1 },
      { initial: 1, maximum: 2 },
      { initial: 3, wide: true },
      { initial: 4, maximum: 4 },
    ]);
    // The tool writes functions first.
    expect(imports.map(({ module, name, kind, index }) => [module, name, kind, index])).toEqual([
      ["c", "f", "function", 0],
      ["a", "m", "memory", 0],
      ["b", "m", "memory", 1],
    ]);
    expect(exports.map(({ name, index }) => [name, index])).toEqual([
      ["d", 3],
      ["a", 0],
    ]);
  });

  it("have the page size that they say", () => {
    expect(new WasmBinary(encoded([5, [2, 8, 1, 0, 9, 1, 2, 16]])).memories).toEqual([
      { initial: 1, pageSize: 1 },
      { initial: 1, maximum: 2, pageSize: 65_536 },
    ]);
  });

  it("of tables the elements are told, also where they begin with an expression", () => {
    const { tables } = read(`
      (type $f (func)) (import "x" "t" (table 1 2 externref)) (func $g (type $f)) (elem declare func $g)
      (table 3 funcref) (table 2 2 (ref null $f)) (table i64 1 anyref)`);
    expect(tables.map(({ element, ...limits }) => [spellCore(element).replace(/\d+/, "N"), limits])).toEqual([
      ["externref", { initial: 1, maximum: 2 }],
      ["funcref", { initial: 3 }],
      ["(ref null N)", { initial: 2, maximum: 2 }],
      ["anyref", { initial: 1, wide: true }],
    ]);
    const [table] = new WasmBinary(encoded([4, [1, 0x40, 0, 0x64, 0x70, 0, 1, 0xd2, 0, 0x0b]])).tables;
    expect(table).toEqual({ element: { heap: "func", nullable: false }, initial: 1 });
  });
});

describe("globals", () => {
  it("are told with what they begin with, whatever that is made of", () => {
    const { globals } = read(`
      (type $s (struct (field i32))) (type $a (array i32)) (import "x" "g" (global $x i32))
      (func $f) (elem declare func $f)
      (global $a (mut i32) (i32.const -5))
      (global $b f64 (f64.const 0x1.0b0b0b0b0b0b0p+1))
      (global $c i32 (i32.add (global.get $x) (i32.const 1)))
      (global $d v128 (v128.const i64x2 0x0b0b0b0b0b0b0b0b 1))
      (global $e (ref $s) (struct.new $s (i32.const 1)))
      (global $f (ref $a) (array.new_fixed $a 3 (i32.const 1) (i32.const 2) (i32.const 3)))
      (global $g (ref i31) (ref.i31 (i32.const 1)))
      (global $h funcref (ref.func $f))
      (global $i (mut externref) (ref.null noextern))
      (global $j i64 (i64.const -9223372036854775808))
      (export "a" (global $a)) (export "j" (global $j))`);
    expect(
      globals.map(({ type, mutable, value }) => [
        spellCore(type).replace(/(?<= )\d+|(?<=ref )\d+/, "N"),
        mutable,
        value,
      ]),
    ).toEqual([
      ["i32", false, undefined],
      ["i32", true, -5],
      ["f64", false, undefined],
      ["i32", false, undefined],
      ["v128", false, undefined],
      ["(ref N)", false, undefined],
      ["(ref N)", false, undefined],
      ["(ref i31)", false, undefined],
      ["funcref", false, undefined],
      ["externref", true, undefined],
      ["i64", false, undefined],
    ]);
  });

  it.each([
    [
      "an instruction that is none of a constant",
      [1, 0x7f, 0, 0x10, 0, 0x0b],
      "at byte 13: found an instruction that is no constant (0x10)",
    ],
    [
      "an unknown one of those with a prefix",
      [1, 0x7f, 0, 0xfb, 99, 0x0b],
      "at byte 13: found an instruction that is no constant (0xfb)",
    ],
    ["no end", [1, 0x7f, 0, 0x41, 0], "at byte 15: found the end, wanted a byte"],
    [
      "a number that is too wide",
      [1, 0x7f, 0, 0x41, 0xff, 0xff, 0xff, 0xff, 0x0f, 0x0b],
      "at byte 14: found a number of more than 32 bits",
    ],
  ])("that begin with %s are malformed", (_, contents, message) => {
    expect(() => new WasmBinary(encoded([6, contents])).globals).toThrow(new Malformed(message));
  });
});

it("tells where every function's code lies, the start and the sections", () => {
  const bytes = wat(
    `(import "a" "b" (func)) (tag (param i32)) (func $one (nop)) (func $two (call $one)) (start $two)`,
  );
  const binary = new WasmBinary(bytes);
  expect(binary.start).toBe(2);
  expect(binary.bodies.map(({ index }) => index)).toEqual([1, 2]);
  expect(binary.bodies.map(({ at, size }) => [...bytes.subarray(at, at + size)])).toEqual([
    [0, 1, 0x0b],
    [0, 0x10, 1, 0x0b],
  ]);
  const spans = binary.sections.map(({ start, at, end }) => [start, at, end]);
  expect(spans[0]?.[0]).toBe(8);
  expect(spans.at(-1)?.[2]).toBe(bytes.length);
  for (const [i, [start, at]] of spans.entries()) {
    expect(start).toBe(i === 0 ? 8 : spans[i - 1]![2]);
    expect(at).toBeGreaterThan(start!);
  }
});

it("gives custom sections behind their names, in order, and the names of functions", () => {
  const section = (label: string, ...contents: number[]) => [0, [...name(label), ...contents]] as const;
  const binary = new WasmBinary(
    encoded(section("a", 1), section("b", 2, 3), section("a"), section("name", 1, 4, 1, 9, 1, 0x66)),
  );
  expect(binary.custom("a").map((each) => [...each])).toEqual([[1], []]);
  expect(binary.custom("c")).toEqual([]);
  expect([...functionNames(binary.custom("name")[0]!)]).toEqual([[9, "f"]]);
});

it.each([
  ["two sections of one kind", encoded([1, [0]], [1, [0]]), "at byte 11: found a second section (type)"],
  ["a section of an unknown kind", encoded([50, []]), "at byte 8: found a section of the unknown kind 50"],
  [
    "a section cut short",
    Uint8Array.from([...encoded(), 1, 9, 0]),
    "at byte 10: found a section (type) of 9 bytes, but 1 are left",
  ],
  ["a custom section without a name", encoded([0, []]), "at byte 10: found the end, wanted a byte"],
])("%s is malformed", (_, bytes, message) => {
  expect(() => new WasmBinary(bytes)).toThrow(new Malformed(message));
});

/** Modules of every kind that is at hand. */
async function corpus(): Promise<[string, Uint8Array<ArrayBuffer>][]> {
  const counter = versions(new URL("../../wasm-plugins/counter/", import.meta.url));
  const older = new URL("../guests/older/", import.meta.url);
  const old = readdirSync(older).filter((file) => file.endsWith(".wasm"));
  const gc = `(rec (type $s (struct (field (mut (ref null $s))))) (type $f (func (param i32) (result i32))))
    (import "n\\t" "" (func $i (type $f))) (import "a" "g" (global (mut i64))) (import "a" "t" (table 1 funcref))
    (memory (export "m") 1) (global (export "g") (mut i32) (i32.const 0)) (tag (export "e") (param i32))
    (func (export "f") (export "\\0a") (type $f) (call $i (local.get 0))) (table (export "t") 1 externref)`;
  return [
    ["counter", Uint8Array.from(await counter("v1"))],
    ...old.map((file): [string, Uint8Array<ArrayBuffer>] => [
      file,
      Uint8Array.from(readFileSync(new URL(file, older))),
    ]),
    ["gc", wat(gc)],
    [
      "simple",
      wat('(import "a" "b" (func)) (memory (export "m") 1) (func (export "f") (result i64) (i64.const 1))'),
    ],
  ];
}

it("finds the imports and exports that the engine finds, in every module that it takes", async () => {
  let compared = 0;
  for (const [file, bytes] of await corpus()) {
    const binary = new WasmBinary(bytes);
    everything(binary);
    if (!WebAssembly.validate(bytes)) continue;
    const code = new WebAssembly.Module(bytes);
    const imports = binary.imports.map(({ module, name, kind }) => ({ module, name, kind }));
    expect(imports, file).toEqual(
      WebAssembly.Module.imports(code).map(({ module, name, kind }) => ({ module, name, kind })),
    );
    const exports = binary.exports.map(({ name, kind }) => ({ name, kind }));
    expect(exports, file).toEqual(WebAssembly.Module.exports(code).map(({ name, kind }) => ({ name, kind })));
    compared++;
  }
  expect(compared).toBeGreaterThan(9);
});

describe("bytes of any kind", () => {
  const asked = (bytes: Uint8Array) => {
    try {
      const binary = new WasmBinary(bytes);
      for (const key of Object.keys(everything(new WasmBinary(encoded())))) {
        try {
          void binary[key as keyof WasmBinary];
        } catch (error) {
          expect(error).toBeInstanceOf(Malformed);
        }
      }
      const { sections } = binary;
      for (const { start, at, end } of sections) {
        expect(start < at && at <= end && end <= bytes.length).toBe(true);
      }
      for (const each of binary.custom("name")) functionNames(each);
    } catch (error) {
      expect(error).toBeInstanceOf(Malformed);
    }
  };

  it("of modules changed, cut and doubled are read or malformed, and nothing else", async () => {
    const modules = (await corpus()).map(([, bytes]) => bytes);
    const change = fc.record({
      at: fc.nat(),
      byte: fc.nat(255),
      how: fc.constantFrom("set", "insert", "cut", "double"),
    });
    fc.assert(
      fc.property(
        fc.nat(modules.length - 1),
        fc.array(change, { minLength: 1, maxLength: 6 }),
        (which, changes) => {
          let mutant = [...modules[which]!.subarray(0, 20_000)];
          for (const { at, byte, how } of changes) {
            // Mostly where sections begin, and what is counted stands.
            const place =
              8 + (at % Math.max(1, Math.min(mutant.length - 8, at % 3 === 0 ? mutant.length : 400)));
            if (how === "set") mutant[place] = byte;
            if (how === "insert") mutant.splice(place, 0, byte);
            if (how === "cut") mutant.splice(place, byte);
            if (how === "double") mutant = [...mutant, ...mutant.slice(place)];
          }
          asked(Uint8Array.from(mutant));
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it("of sections made up are read or malformed, and take no more room than they have bytes", () => {
    const section = fc.tuple(
      fc.nat(14),
      fc.array(fc.oneof(fc.nat(255), fc.constantFrom(0, 1, 0x40, 0x60, 0x4e, 0x50, 0x63, 0x7f, 0x80, 0xff)), {
        maxLength: 60,
      }),
    );
    fc.assert(
      fc.property(fc.array(section, { maxLength: 6 }), (sections) => asked(encoded(...sections))),
      { numRuns: 3_000 },
    );
  });

  it.each([
    ["types", 1],
    ["imports", 2],
    ["functions", 3],
    ["tables", 4],
    ["memories", 5],
    ["globals", 6],
    ["exports", 7],
    ["bodies", 10],
  ] as const)("that promise four billion %s reserve nothing", (key, id) => {
    const binary = new WasmBinary(encoded([id, [0xff, 0xff, 0xff, 0xff, 0x0f]]));
    expect(() => binary[key]).toThrow(Malformed);
    expect(
      () => new WasmBinary(encoded([id, [0xc0, 0x84, 0x3d, ...new Array<number>(50).fill(0)]]))[key],
    ).toThrow(/but \d+ bytes are left|found/);
  });
});
