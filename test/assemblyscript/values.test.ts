import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import type { Functions } from "../../host/contract/contract.ts";
import { assemblyscript } from "../../host/guest/assemblyscript/mod.ts";
import { type Contract, contract, load, type Plugin, wit } from "../../host/mod.ts";
import { build } from "./build.ts";

const abi = assemblyscript();
type FunctionsOf<C> = C extends Contract<infer F extends Functions> ? F : never;

/** Contract types, with what AssemblyScript calls them and values at their edges. */
const SCALARS = [
  ["bool", "bool", z.boolean(), [false, true]],
  ["u8", "u8", wit.u8(), [0, 255]],
  ["s8", "i8", wit.s8(), [-128, 127]],
  ["u16", "u16", wit.u16(), [0, 65_535]],
  ["s16", "i16", wit.s16(), [-32_768, 32_767]],
  ["u32", "u32", z.uint32(), [0, 4_294_967_295]],
  ["s32", "i32", z.int32(), [-2_147_483_648, 2_147_483_647]],
  ["u64", "u64", z.uint64(), [0n, 2n ** 64n - 1n]],
  ["s64", "i64", z.int64(), [-(2n ** 63n), 2n ** 63n - 1n]],
  ["f32", "f32", z.float32(), [-0, Number.POSITIVE_INFINITY, Number.NaN, 1.5]],
  ["f64", "f64", z.float64(), [-0, Number.NEGATIVE_INFINITY, Number.NaN, 0.1]],
  ["string", "string", z.string(), ["", "a", "\ufeffmark", "\0", "😀 日本", "x".repeat(1000)]],
] as const;

const TYPED = {
  s8: "Int8Array",
  u8: "Uint8Array",
  s16: "Int16Array",
  u16: "Uint16Array",
  s32: "Int32Array",
  u32: "Uint32Array",
  s64: "Int64Array",
  u64: "Uint64Array",
  f32: "Float32Array",
  f64: "Float64Array",
} as const;

const capital = (name: string) => name.charAt(0).toUpperCase() + name.slice(1);
const echo = (name: string, type: string) => `export function ${name}(x: ${type}): ${type} { return x; }\n`;

/** One echo for every type, alone, in an array, in a typed array. */
const SOURCE = [
  ...SCALARS.flatMap(([name, type]) => [
    echo(`one${capital(name)}`, type),
    echo(`many${capital(name)}`, `Array<${type}>`),
    `export const Array${capital(type)}_ID = idof<Array<${type}>>();\n`,
  ]),
  ...Object.entries(TYPED).flatMap(([name, type]) => [
    echo(`typed${capital(name)}`, type),
    `export const ${type}_ID = idof<${type}>();\n`,
  ]),
].join("");

const Echo = contract("test:plain/echo@1", {
  ...Object.fromEntries(
    SCALARS.flatMap(([name, , schema]) => [
      [`one${capital(name)}`, { params: [schema], returns: schema }],
      [`many${capital(name)}`, { params: [z.array(schema)], returns: z.array(schema) }],
    ]),
  ),
  ...Object.fromEntries(
    Object.keys(TYPED).map((name) => {
      const schema = wit.numbers(name as keyof typeof TYPED);
      return [`typed${capital(name)}`, { params: [schema], returns: schema }];
    }),
  ),
});

describe.each([
  ["incremental", []],
  ["minimal", ["--runtime", "minimal"]],
  ["stub", ["--runtime", "stub"]],
  ["incremental, optimized, with an imported memory", ["-O3", "--importMemory", "--initialMemory", "3"]],
  ["incremental, with a bounded memory", ["--importMemory", "--initialMemory", "2", "--maximumMemory", "90"]],
  ["incremental, started explicitly", ["--exportStart", "_initialize"]],
] as const)("values cross and come back (%s)", (_, options) => {
  let call: Record<string, (value: unknown) => Promise<unknown>>;
  beforeAll(async () => {
    const plugin = await load(Echo, await build(SOURCE, ...options), { abi });
    call = plugin.call as never;
  });

  test.each(SCALARS)("%s", async (name, _type, _schema, values) => {
    for (const value of values) expect(await call[`one${capital(name)}`]!(value)).toBe(value);
  });

  test.each(SCALARS)("an array of %s", async (name, _type, _schema, values) => {
    const many = call[`many${capital(name)}`]!;
    expect(await many([...values])).toEqual([...values]);
    expect(await many([])).toEqual([]);
  });

  test.each(Object.keys(TYPED))("a typed array of %s", async (name) => {
    const typed = call[`typed${capital(name)}`]!;
    const values = SCALARS.find(([scalar]) => scalar === name)![3] as readonly number[];
    const answer = await typed([...values]);
    const Class = { s64: BigInt64Array, u64: BigUint64Array }[name] ?? globalThis[TYPED[name as "u8"]];
    expect(answer).toStrictEqual(new Class(values as never));
    expect(await typed(answer)).toStrictEqual(answer);
    expect(await typed([])).toStrictEqual(new Class(0));
  });
});

describe("values", () => {
  const One = contract("test:plain/one@1", {
    join: { params: [z.string(), z.string()], returns: z.string() },
    units: { params: [z.string()], returns: z.array(wit.u16()) },
    fromUnits: { params: [wit.numbers("u16")], returns: z.string() },
    tail: { params: [wit.bytes(), z.uint32()], returns: wit.bytes() },
    squares: { params: [z.uint32()], returns: z.array(z.float64()) },
    fixed: { params: [z.uint32()], returns: z.array(z.int32()) },
    words: { params: [z.string()], returns: z.array(z.string()) },
    add: { params: [z.int32(), z.int32()], returns: z.int32() },
    topPaths: { params: [], returns: z.int32() },
    nothing: { params: [] },
    memoryPages: { params: [], returns: z.int32() },
    clamped: { params: [], returns: wit.bytes() },
  });
  let plugin: Plugin<FunctionsOf<typeof One>>;
  beforeAll(async () => {
    const bytes = await build(`
      export const Uint8Array_ID = idof<Uint8Array>();
      export const Uint16Array_ID = idof<Uint16Array>();
      export function join(a: string, b: string): string { return a + b; }
      export function units(text: string): Array<u16> {
        const all = new Array<u16>(0);
        for (let i = 0; i < text.length; i++) all.push(<u16>text.charCodeAt(i));
        return all;
      }
      export function fromUnits(units: Uint16Array): string {
        return String.UTF16.decodeUnsafe(units.dataStart, units.byteLength);
      }
      export function tail(bytes: Uint8Array, from: u32): Uint8Array { return bytes.subarray(from); }
      export function squares(count: u32): Array<f64> {
        const all: f64[] = [];
        for (let i: u32 = 0; i < count; i++) all.push(<f64>i * i);
        return all;
      }
      export function fixed(count: u32): StaticArray<i32> {
        const all = new StaticArray<i32>(count);
        for (let i: u32 = 0; i < count; i++) all[i] = -(<i32>i);
        return all;
      }
      export function words(text: string): string[] { return text.split(" "); }
      export function add(a: i32, b: i32 = 7): i32 { return a + b; }
      export function top_paths(): i32 { return 5; }
      export function nothing(): void {}
      export function memoryPages(): i32 { return memory.size(); }
      export function clamped(): Uint8ClampedArray { const all = new Uint8ClampedArray(1); all[0] = 300; return all; }
    `);
    plugin = await load(One, bytes, { abi });
  });
  test("any well-formed strings are joined as they are", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "binary" }), fc.string({ unit: "grapheme" }), async (a, b) => {
        expect(await plugin.call.join(a, b)).toBe(a + b);
      }),
    );
  });

  test("lone surrogates become U+FFFD on their way in", async () => {
    expect(await plugin.call.units("a\ud800b\udc00")).toEqual([0x61, 0xfffd, 0x62, 0xfffd]);
  });

  test.each([1, 500])("lone surrogates become U+FFFD on their way out (%i of them)", async (count) => {
    const units = new Uint16Array(count).fill(0xd801);
    expect(await plugin.call.fromUnits(units)).toBe("\ufffd".repeat(count));
  });

  test.each([0, 300])("a string that begins with U+FEFF keeps it (and %i more)", async (count) => {
    const text = `\ufeff${"é".repeat(count)}`;
    expect(await plugin.call.join(text, "")).toBe(text);
  });

  test("a part of a typed array is answered as that part alone", async () => {
    expect(await plugin.call.tail(Uint8Array.of(1, 2, 3, 4, 5), 3)).toStrictEqual(Uint8Array.of(4, 5));
  });

  test("an array with more room than values is answered without the room", async () => {
    expect(await plugin.call.squares(3)).toEqual([0, 1, 4]);
  });

  test("a static array is answered as an array", async () => {
    expect(await plugin.call.fixed(3)).toEqual([-0, -1, -2].map((n) => n | 0));
  });

  test("strings in an array are each lifted", async () => {
    expect(await plugin.call.words("to be 日本")).toEqual(["to", "be", "日本"]);
  });

  test("a clamped array is answered as bytes", async () => {
    expect(await plugin.call.clamped()).toStrictEqual(Uint8Array.of(255));
  });

  test("an argument that has a default in the guest is not replaced by it", async () => {
    expect(await plugin.call.add(1, 2)).toBe(3);
    expect(await plugin.call.add(1, 0)).toBe(1);
  });

  test("an export in snake case is found by its name in camelCase", async () => {
    expect(await plugin.call.topPaths()).toBe(5);
  });

  test("a function that answers nothing answers undefined", async () => {
    expect(await plugin.call.nothing()).toBeUndefined();
  });

  test("the host's answer is a copy that later calls do not change", async () => {
    const first = await plugin.call.tail(Uint8Array.of(1, 2, 3), 0);
    for (let i = 0; i < 100; i++) await plugin.call.tail(new Uint8Array(1000).fill(9), 0);
    expect(first).toStrictEqual(Uint8Array.of(1, 2, 3));
  });

  test("arguments do not leak: memory stays as it is over 256 MB of them", async () => {
    const text = "x".repeat(32_768);
    for (let i = 0; i < 500; i++) await plugin.call.join(text, "");
    const before = await plugin.call.memoryPages();
    for (let i = 0; i < 4000; i++) await plugin.call.join(text, "");
    expect(await plugin.call.memoryPages()).toBe(before);
  });

  test("arguments do not leak when a later one is refused", async () => {
    const text = "x".repeat(32_768);
    const refused = () => plugin.call.join(text, 5 as never);
    for (let i = 0; i < 500; i++) await refused().catch(() => {});
    const before = await plugin.call.memoryPages();
    for (let i = 0; i < 4000; i++) await refused().catch(() => {});
    expect(await plugin.call.memoryPages()).toBe(before);
    expect(await plugin.call.join("still ", "here")).toBe("still here");
  });
});
