import { describe, expect, test } from "vitest";
import wabt from "wabt";
import { z } from "zod";
import type { Functions } from "../../host/contract/contract.ts";
import { assemblyscript } from "../../host/guest/assemblyscript/mod.ts";
import { type Contract, contract, load, wit } from "../../host/mod.ts";
import { build } from "./build.ts";
import { refusal } from "./refusal.ts";

const abi = assemblyscript();

const open = <F extends Functions>(wanted: Contract<F>, bytes: Uint8Array) => load(wanted, bytes, { abi });
const one = (key: string, type: Functions[string]) => contract("test:plain/one@1", { [key]: type });
const misfit = (problem: string) =>
  `[mismatch] plugin 0.0.0 does not fit the contract test:plain/one@1: ${problem}`;

describe("a module that does not fit its contract is refused before it runs", () => {
  const cases: readonly [string, string, Functions[string], string][] = [
    [
      "a function that is not there",
      "export function g(): void {}",
      { params: [z.string()] },
      "f: wanted (string), found no such function",
    ],
    [
      "an export that is no function",
      "export const f: i32 = 1;",
      { params: [] },
      "f: wanted (), found no such function",
    ],
    [
      "another number of parameters",
      "export function f(a: i32, b: i32): i32 { return a + b; }",
      { params: [z.int32()], returns: z.int32() },
      "f: wanted (s32) -> s32, which is (i32) -> i32 in core values, found (i32, i32) -> i32",
    ],
    [
      "another sort of number",
      "export function f(a: i32): f64 { return a; }",
      { params: [z.uint64()], returns: z.float64() },
      "f: wanted (u64) -> f64, which is (i64) -> f64 in core values, found (i32) -> f64",
    ],
    [
      "no answer where one is wanted",
      "export function f(): void {}",
      { params: [], returns: z.string() },
      "f: wanted () -> string, which is () -> i32 in core values, found ()",
    ],
    [
      "a record",
      "export function f(a: i32): void {}",
      { params: [z.object({ lines: z.uint32() })] },
      "f: parameter 1: record { lines: u32 } does not cross to a plain AssemblyScript module; wanted bools, numbers, strings, or lists of them",
    ],
    [
      "an option",
      "export function f(): i32 { return 0; }",
      { params: [], returns: z.optional(z.string()) },
      "f: result: option<string> does not cross to a plain AssemblyScript module; wanted bools, numbers, strings, or lists of them",
    ],
    [
      "a set",
      "export function f(a: i32): void {}",
      { params: [z.set(z.string())] },
      "f: parameter 1: list<string> does not cross to a plain AssemblyScript module; wanted bools, numbers, strings, or lists of them",
    ],
    [
      "a typed array whose class the module does not name",
      "export function f(a: Uint8Array): void {}",
      { params: [wit.bytes()] },
      "f: parameter 1: list<u8> wants the export Uint8Array_ID; add to the module: export const Uint8Array_ID = idof<Uint8Array>();",
    ],
    [
      "an array whose class the module does not name",
      "export function f(a: string[]): void {}",
      { params: [z.array(z.string())] },
      "f: parameter 1: list<string> wants the export ArrayString_ID; add to the module: export const ArrayString_ID = idof<Array<string>>();",
    ],
  ];
  test.each(cases)("%s", async (_, source, type, problem) => {
    expect(await refusal(open(one("f", type), await build(source)))).toBe(misfit(problem));
  });

  test("the number of parameters is checked for compiled modules too, whose types are not told", async () => {
    const module = await WebAssembly.compile((await build("export function f(a: i32): void {}")) as never);
    expect(await refusal(load(one("f", { params: [] }), module, { abi }))).toBe(
      "[mismatch] could not load plugin 0.0.0: its export f takes 1 values, and the contract has 0",
    );
  });

  test("a class that is not the one that its name says", async () => {
    const bytes = await build(`
      export const Uint8Array_ID = idof<Uint16Array>();
      export function f(a: Uint8Array): void {}
    `);
    expect(await refusal(open(one("f", { params: [wit.bytes()] }), bytes))).toBe(
      "[mismatch] could not load plugin 0.0.0: its export f takes what it cannot be given: its export Uint8Array_ID is not idof<Uint8Array>()",
    );
  });

  test("a module built without its runtime", async () => {
    const bytes = await wat(`(memory (export "memory") 1) (func (export "f") (param i32))`);
    expect(await refusal(open(one("f", { params: [z.string()] }), bytes))).toBe(
      misfit(
        "f: parameter 1: string wants the exports __new, __pin, __unpin; build the module with --exportRuntime",
      ),
    );
  });

  test("no contract", async () => {
    const bytes = await build("export function f(): void {}");
    expect(await refusal(load(bytes, { abi }))).toBe(
      "[bad-contract] could not load plugin 0.0.0 without a contract: a module of this kind does not tell the types of its functions",
    );
  });

  test("a memory that is imported by a compiled module, which does not tell how large", async () => {
    const module = await WebAssembly.compile(
      (await build("export function f(): void {}", "--importMemory")) as never,
    );
    expect(await refusal(load(one("f", { params: [] }), module, { abi }))).toBe(
      "[invalid-module] could not load a compiled module: it imports its memory, and a compiled module does not tell how large; load its bytes",
    );
  });
});

describe("arguments that do not fit are refused before the guest runs, and it goes on", () => {
  const Calls = contract("test:plain/calls@1", {
    small: { params: [wit.u8()], returns: z.int32() },
    long: { params: [z.int64()] },
    text: { params: [z.boolean(), z.string()] },
    bytes: { params: [wit.bytes()] },
    words: { params: [z.array(z.string())] },
  });
  const loaded = build(`
    export const Uint8Array_ID = idof<Uint8Array>();
    export const ArrayString_ID = idof<Array<string>>();
    let calls = 0;
    export function small(x: u8): i32 { return ++calls; }
    export function long(x: i64): void { calls++; }
    export function text(x: bool, y: string): void { calls++; }
    export function bytes(x: Uint8Array): void { calls++; }
    export function words(x: string[]): void { calls++; }
  `).then((bytes) => open(Calls, bytes));

  test.each([
    ["small", [300], "parameter 1: wanted a u8 (0 to 255), found 300"],
    ["small", ["1"], 'parameter 1: wanted a u8 (0 to 255), found string "1"'],
    ["small", [], "parameter 1: wanted a u8 (0 to 255), found undefined"],
    [
      "long",
      [1],
      "parameter 1: wanted an s64 (a bigint from -9223372036854775808 to 9223372036854775807), found number 1",
    ],
    ["text", [true, null], "parameter 2: wanted a string, found null"],
    ["bytes", ["abc"], 'parameter 1: wanted an array, found string "abc"'],
    ["bytes", [[1, 2, 256]], "parameter 1[2]: wanted a u8 (0 to 255), found 256"],
    ["bytes", [Int16Array.of(0, -1)], "parameter 1[1]: wanted a u8 (0 to 255), found -1"],
    ["words", [["a", 5]], "parameter 1[1]: wanted a string, found number 5"],
  ])("%s(%j)", async (name, args, problem) => {
    const plugin = await loaded;
    const call = plugin.call as unknown as Record<string, (...args: unknown[]) => Promise<unknown>>;
    const before = (await plugin.call.small(0)) as number;
    expect(await refusal(call[name]!(...args))).toBe(
      `[argument] could not call plugin.${name}: ${problem}; it was not called`,
    );
    expect(await plugin.call.small(0)).toBe(before + 1);
  });
});

describe("traps", () => {
  const Trap = contract("test:plain/trap@1", {
    fail: { params: [z.string()] },
    missing: { params: [z.uint32()], returns: z.string() },
    nothing: { params: [], returns: z.string() },
  });
  const source = `
    export function fail(why: string): void { throw new Error("because " + why); }
    export function missing(at: u32): string { return ["a"][at]; }
    export function nothing(): string { return changetype<string>(0); }
  `;

  test("an abort tells its message, file and line, and poisons the plugin", async () => {
    const plugin = await open(Trap, await build(source));
    const trapped =
      "[trapped] could not call plugin.fail: version 0.0.0 trapped: because é (plain.ts:2:47); it is not called again until it is swapped or rolled back";
    expect(await refusal(plugin.call.fail("é"))).toBe(trapped);
    expect(await refusal(plugin.call.missing(0))).toMatch(/^\[trapped\]/);
  });

  test("an abort in the standard library tells its own file", async () => {
    const plugin = await open(Trap, await build(source));
    expect(await refusal(plugin.call.missing(5))).toMatch(
      /^\[trapped\] could not call plugin\.missing: version 0\.0\.0 trapped: Index out of range \(~lib\/array\.ts:\d+:\d+\);/,
    );
  });

  test("null where a string is wanted", async () => {
    const plugin = await open(Trap, await build(source));
    expect(await refusal(plugin.call.nothing())).toBe(
      "[trapped] could not call plugin.nothing: version 0.0.0 trapped: result: wanted a string, found null; it is not called again until it is swapped or rolled back",
    );
  });

  test("an abort in top-level code is told when that runs at the start", async () => {
    const bytes = await build(
      `assert(false, "not today"); export function f(): void {}`,
      "--exportStart",
      "_initialize",
    );
    expect(await refusal(open(one("f", { params: [] }), bytes))).toBe(
      "[failed-start] plugin 0.0.0: its start failed: not today (plain.ts:1:1)",
    );
  });

  test("an abort in top-level code during instantiation says how to read it", async () => {
    const bytes = await build(`assert(false, "not today"); export function f(): void {}`);
    expect(await refusal(open(one("f", { params: [] }), bytes))).toBe(
      "[failed-start] could not load plugin 0.0.0: its start section, which runs when it is instantiated, failed: abort during instantiation, when memory cannot be read; build the module with --exportStart _initialize to run its top-level code later",
    );
  });

  test("an abort during instantiation can be read where the memory is the host's", async () => {
    const bytes = await build(`assert(false, "not today"); export function f(): void {}`, "--importMemory");
    expect(await refusal(open(one("f", { params: [] }), bytes))).toBe(
      "[failed-start] could not load plugin 0.0.0: its start section, which runs when it is instantiated, failed: not today (plain.ts:1:1)",
    );
  });
});

/**
 * A module that pretends to have AssemblyScript's runtime. Classes: 0 to 3 have no elements, 4 is `Uint8Array`,
 * 5 `Array<string>`, 6 `Array<f64>`.
 */
async function wat(body: string): Promise<Uint8Array> {
  const { parseWat } = await wabt();
  return parseWat("hostile.wat", `(module ${body})`).toBinary({}).buffer;
}
const RUNTIME = `
  (memory (export "memory") 1)
  (global (export "__rtti_base") i32 (i32.const 64))
  (data (i32.const 64) "\\07\\00\\00\\00" "\\20\\00\\00\\00" "\\20\\00\\00\\00" "\\20\\00\\00\\00"
    "\\00\\00\\00\\00" "\\41\\00\\00\\00" "\\02\\41\\00\\00" "\\02\\1a\\00\\00")
  (func (export "__pin") (param i32) (result i32) local.get 0)
  (func (export "__unpin") (param i32))
`;
const u32 = (...values: number[]) =>
  values
    .flatMap((value) => [...new Uint8Array(Uint32Array.of(value).buffer)])
    .map((byte) => `\\${byte.toString(16).padStart(2, "0")}`)
    .join("");

describe("a guest that answers what it should not is trapped, and the host reads nothing of it", () => {
  const bytes = wit.bytes();
  const words = z.array(z.string());
  const floats = z.array(z.float64());
  const OUTSIDE = "outside the memory of 65536 bytes";
  /** What is said of `result` when the object at 1000 is `id`, `size` and these words. */
  const cases: readonly [string, z.core.$ZodType, number, readonly number[], string][] = [
    ["a string without room for a header", z.string(), 8, [], "a string at 8 has no room for its header"],
    [
      "a string at the end of the address space",
      z.string(),
      -4,
      [],
      `a string at 4294967292 with 0 bytes lies ${OUTSIDE}`,
    ],
    [
      "a string at an odd address",
      z.string(),
      1001,
      [],
      "a string at 1001 with 0 bytes is not aligned to 4 bytes",
    ],
    [
      "a string that is too long",
      z.string(),
      1000,
      [2, 65_000],
      `a string at 1000 with 65000 bytes lies ${OUTSIDE}`,
    ],
    [
      "a string of 4 GB",
      z.string(),
      1000,
      [2, -1],
      "a string at 1000 with 4294967295 bytes is too large; at most 268435455 are allowed",
    ],
    ["something else than a string", z.string(), 1000, [4, 0], "wanted a string, found an object of class 4"],
    ["a class that does not exist", bytes, 1000, [7, 12], "wanted a Uint8Array, found an object of class 7"],
    [
      "a class far outside",
      bytes,
      1000,
      [-1, 12],
      "wanted a Uint8Array, found an object of class 4294967295",
    ],
    ["another class", bytes, 1000, [5, 16], "wanted a Uint8Array, found an object of class 5"],
    ["a view that is too small", bytes, 1000, [4, 8], "a Uint8Array at 1000 has 8 bytes, wanted 12"],
    [
      "a view outside",
      bytes,
      1000,
      [4, 12, 0, 65_530, 10],
      `the values of a Uint8Array at 65530 with 10 bytes lies ${OUTSIDE}`,
    ],
    [
      "an array of endless length",
      words,
      1000,
      [5, 16, 0, 1000, 8, -1],
      "the values of an Array<string> at 1000 with 17179869180 bytes is too large; at most 268435455 are allowed",
    ],
    [
      "an array of misplaced values",
      floats,
      1000,
      [6, 16, 0, 1004, 8, 1],
      "the values of an Array<f64> at 1004 with 8 bytes is not aligned to 8 bytes",
    ],
    ["an array with null in it", words, 1000, [5, 16, 0, 1000, 4, 1], "[0]: wanted a string, found null"],
  ];
  test.each(cases)("%s", async (_, returns, pointer, object, problem) => {
    const module = await wat(
      `${RUNTIME} (data (i32.const 992) "${u32(...object)}")
       (func (export "__new") (param i32 i32) (result i32) i32.const 1000)
       (func (export "f") (result i32) i32.const ${pointer})`,
    );
    const plugin = await open(contract("test:plain/one@1", { f: { params: [], returns } }), module);
    const place = problem.startsWith("[") ? "result" : "result: ";
    expect(await refusal(plugin.call.f())).toBe(
      `[trapped] could not call plugin.f: version 0.0.0 trapped: ${place}${problem}; it is not called again until it is swapped or rolled back`,
    );
  });

  test.each([
    ["outside", "-8", "__new's answer at 4294967288 with 6 bytes lies outside the memory of 65536 bytes"],
    ["at an odd address", "1001", "__new's answer at 1001 with 6 bytes is not aligned to 4 bytes"],
  ])("an allocator that answers %s", async (_, pointer, problem) => {
    const module = await wat(
      `${RUNTIME} (func (export "__new") (param i32 i32) (result i32) i32.const ${pointer})
       (func (export "f") (param i32))`,
    );
    const plugin = await open(contract("test:plain/one@1", { f: { params: [z.string()] } }), module);
    expect(await refusal(plugin.call.f("abc"))).toBe(
      `[trapped] could not call plugin.f: version 0.0.0 trapped: parameter 1: ${problem}; it is not called again until it is swapped or rolled back`,
    );
  });

  test("a small array that names one large string many times is not multiplied in the host", async () => {
    const module = await wat(
      `(memory (export "memory") 1100)
       (global (export "__rtti_base") i32 (i32.const 64))
       (data (i32.const 64) "${u32(5, 0x20, 0x20, 0x20, 0, 0x4102)}")
       (data (i32.const 992) "${u32(4, 16, 0, 2000, 400, 100)}")
       (data (i32.const 2000) "${u32(...new Array<number>(100).fill(4000))}")
       (data (i32.const 3992) "${u32(2, 64_000_000)}")
       (func (export "f") (result i32) i32.const 1000)`,
    );
    const plugin = await open(contract("test:plain/one@1", { f: { params: [], returns: words } }), module);
    expect(await refusal(plugin.call.f())).toBe(
      "[trapped] could not call plugin.f: version 0.0.0 trapped: result[8]: the value would take 576003200 bytes or more of the host's memory; at most 536870912 are allowed (maxValueBytes); it is not called again until it is swapped or rolled back",
    );
  });
});

describe("export names that reach into the host's own objects are refused", () => {
  test.each([
    "constructor#toString",
    "a.constructor#get:x",
    "__proto__#x",
    "__proto__.x",
    "memory.grow",
    "table#x",
  ])("%s", async (name) => {
    const module = await wat(`${RUNTIME} (func (export "${name}"))`);
    const before = Object.getOwnPropertyNames(Object.prototype).sort();
    const original = Object.prototype.toString;
    expect(await refusal(open(one("f", { params: [] }), module))).toBe(
      `[invalid-module] could not load bytes: it exports "${name}", a name that reaches into the host's own objects`,
    );
    expect(Object.getOwnPropertyNames(Object.prototype).sort()).toEqual(before);
    expect(Object.prototype.toString).toBe(original);
  });
});
