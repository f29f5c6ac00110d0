import { expect, test } from "vitest";
import wabt from "wabt";
import { coreTypes } from "../../host/core-types.ts";

async function read(body: string) {
  const { parseWat } = await wabt();
  const types = coreTypes(
    parseWat("types.wat", `(module ${body})`, { exceptions: true }).toBinary({}).buffer,
  );
  return types && { memory: types.memory, exports: Object.fromEntries(types.exports) };
}

test("exported functions have the types of their index, imported ones before", async () => {
  const { exports } = (await read(`
    (import "env" "a" (func $a (param f32)))
    (import "env" "table" (table 1 2 funcref))
    (import "env" "global" (global (mut i64)))
    (import "env" "tag" (tag (param i32)))
    (import "env" "b" (func $b (result f64)))
    (func $c (param i32 i64) (result i32 i32) i32.const 0 i32.const 0)
    (global (export "\\c3\\a9") i32 (i32.const 0))
    (export "a" (func $a)) (export "b" (func $b)) (export "c" (func $c)) (export "t" (table 0))
  `))!;
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
  expect((await read(`(import "env" "memory" (memory ${limits}))`))!.memory).toEqual(memory);
});

test("a module's own memory is none that it imports", async () => {
  expect((await read("(memory 3)"))!.memory).toBeUndefined();
});

test("types of a newer sort are left alone", () => {
  const header = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
  expect(coreTypes(Uint8Array.from([...header, 1, 3, 1, 0x4e, 0]))).toBeUndefined();
  expect(coreTypes(Uint8Array.from([...header, 1, 5, 1, 0x60, 1, 0x64, 0x70]))).toBeUndefined();
});
