import { expect, test } from "vitest";
import wabt from "wabt";
import { WasmBinary } from "../../abi/wasm/binary.ts";
import { coreTypes } from "../../abi/wasm/core-types.ts";

async function read(body: string) {
  const { parseWat } = await wabt();
  const binary = parseWat("types.wat", `(module ${body})`, { exceptions: true }).toBinary({}).buffer;
  const types = coreTypes(new WasmBinary(binary));
  return { memory: types.memory, exports: Object.fromEntries(types.exports) };
}

test("exported functions have the types of their index, imported ones before", async () => {
  const { exports } = await read(`
    (import "env" "a" (func $a (param f32)))
    (import "env" "table" (table 1 2 funcref))
    (import "env" "global" (global (mut i64)))
    (import "env" "tag" (tag (param i32)))
    (import "env" "b" (func $b (result f64)))
    (func $c (param i32 i64) (result i32 i32) i32.const 0 i32.const 0)
    (global (export "\\c3\\a9") i32 (i32.const 0))
    (export "a" (func $a)) (export "b" (func $b)) (export "c" (func $c)) (export "t" (table 0))
  `);
  expect(exports).toEqual({
    a: { params: ["f32"], results: [] },
    b: { params: [], results: ["f64"] },
    c: { params: ["i32", "i64"], results: ["i32", "i32"] },
  });
});

test("functions over values that JavaScript cannot make are left out", async () => {
  expect(
    await read(`(func (export "v") (param v128)) (func (export "r") (result externref) ref.null extern)`),
  ).toEqual({
    memory: undefined,
    exports: {},
  });
});

test.each([
  ["1", { initial: 1 }],
  ["300 65536", { initial: 300, maximum: 65_536 }],
])("an imported memory of %s pages", async (limits, memory) => {
  expect((await read(`(import "env" "memory" (memory ${limits}))`)).memory).toEqual(memory);
});

test("a module's own memory is none that it imports", async () => {
  expect((await read("(memory 3)")).memory).toBeUndefined();
});

test("imported functions, memories, mutable globals and a start section are told", async () => {
  const { parseWat } = await wabt();
  const binary = new WasmBinary(
    parseWat(
      "types.wat",
      `(module
        (import "env" "a" (func (param f32)))
        (import "env" "v" (func (param v128)))
        (import "env" "global" (global (mut i64)))
        (memory 3 4)
        (global $f (mut f64) (f64.const 0x1.0b0b0b0b0b0b0p+1))
        (global i32 (i32.const -2147483648))
        (global $r (mut funcref) (ref.func $main))
        (global $n (mut externref) (ref.null extern))
        (export "f" (global $f)) (export "r" (global $r)) (export "c" (global 2))
        (func $main) (start $main))`,
    ).toBinary({}).buffer,
  );
  const types = coreTypes(binary);
  expect({ ...types, exports: 0, exportedGlobals: Object.fromEntries(types.exportedGlobals) }).toEqual({
    exports: 0,
    imports: [{ module: "env", name: "a", params: ["f32"], results: [] }],
    memory: undefined,
    memories: [{ initial: 3, maximum: 4 }],
    mutableGlobals: 4,
    exportedGlobals: {
      f: { index: 1, mutable: true },
      r: { index: 3, mutable: true },
      c: { index: 2, mutable: false },
    },
    start: true,
  });
});

test("memories that no host serves are told", async () => {
  const { parseWat } = await wabt();
  const memories = (body: string, features = {}) =>
    coreTypes(new WasmBinary(parseWat("types.wat", `(module ${body})`, features).toBinary({}).buffer))
      .memories;
  expect(memories("(memory 1 2 shared)", { threads: true })).toEqual([
    { initial: 1, maximum: 2, shared: true, unserved: "shared" },
  ]);
  expect(memories("(memory i64 1)", { memory64: true })).toEqual([
    { initial: 1, wide: true, unserved: "of 64 bits" },
  ]);
});
