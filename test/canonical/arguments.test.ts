import { describe, expect, test } from "vitest";
import { exported, lift, lower } from "../../abi/canonical/mod.ts";
import { AbiError } from "../../abi/error.ts";
import type { ValueType } from "../../abi/type.ts";
import { heap } from "./heap.ts";
import { refuse } from "./wat.ts";

const entry: ValueType = {
  record: [
    { name: "name", type: "string" },
    { name: "byte-count", type: { option: "u32" } },
  ],
};
const shape: ValueType = {
  variant: [{ name: "circle", type: "f64" }, { name: "dot" }, { name: "no-shape", type: { list: "u8" } }],
};

test.each<[ValueType, unknown, string]>([
  ["bool", 1, "count: wanted a bool, found number 1"],
  ["u8", 300, "count: wanted a u8 (0 to 255), found 300"],
  ["u8", -1, "count: wanted a u8 (0 to 255), found -1"],
  ["u8", 1.5, "count: wanted a u8 (0 to 255), found 1.5"],
  ["u8", Number.NaN, "count: wanted a u8 (0 to 255), found NaN"],
  ["u8", "5", 'count: wanted a u8 (0 to 255), found string "5"'],
  ["u8", 5n, "count: wanted a u8 (0 to 255), found bigint 5"],
  ["u8", Symbol("s"), "count: wanted a u8 (0 to 255), found a symbol"],
  ["u8", undefined, "count: wanted a u8 (0 to 255), found undefined"],
  ["s8", 128, "count: wanted an s8 (-128 to 127), found 128"],
  ["u16", 65_536, "count: wanted a u16 (0 to 65535), found 65536"],
  ["s16", -32_769, "count: wanted an s16 (-32768 to 32767), found -32769"],
  ["u32", 4_294_967_296, "count: wanted a u32 (0 to 4294967295), found 4294967296"],
  ["s32", Number.POSITIVE_INFINITY, "count: wanted an s32 (-2147483648 to 2147483647), found Infinity"],
  ["u64", 5, "count: wanted a u64 (a bigint from 0 to 18446744073709551615), found number 5"],
  ["u64", -1n, "count: wanted a u64 (a bigint from 0 to 18446744073709551615), found -1"],
  [
    "s64",
    2n ** 63n,
    "count: wanted an s64 (a bigint from -9223372036854775808 to 9223372036854775807), found 9223372036854775808",
  ],
  ["f32", "1", 'count: wanted an f32, found string "1"'],
  ["f64", 1n, "count: wanted an f64, found bigint 1"],
  ["char", "ab", 'count: wanted a char (a string of one Unicode scalar value), found string "ab"'],
  ["char", "", 'count: wanted a char (a string of one Unicode scalar value), found string ""'],
  ["char", "\ud800", 'count: wanted a char (a string of one Unicode scalar value), found string "\\ud800"'],
  ["string", null, "count: wanted a string, found null"],
  ["string", ["a"], "count: wanted a string, found an array of 1"],
  ["string", new Date(0), "count: wanted a string, found an object (Date)"],
  ["string", () => 0, "count: wanted a string, found a function"],
  [{ list: "u8" }, "ab", 'count: wanted an array, found string "ab"'],
  [{ list: "u8" }, new DataView(new ArrayBuffer(1)), "count: wanted an array, found an object (DataView)"],
  [{ list: "u8" }, new Set([1]), "count: wanted an array, found an object (Set)"],
  [{ list: "u8" }, [1, 2, 256], "count[2]: wanted a u8 (0 to 255), found 256"],
  [{ list: "u8" }, new Uint16Array([1, 256]), "count[1]: wanted a u8 (0 to 255), found 256"],
  // biome-ignore lint/suspicious/noSparseArray: that is the point
  [{ list: "u8" }, [1, , 3], "count[1]: wanted a u8 (0 to 255), found undefined"],
  [{ list: "u8", as: "set" }, new Map(), "count: wanted a Set or an array, found an object (Map)"],
  [{ list: "s8", as: "set" }, new Set([1, 200]), "count[1]: wanted an s8 (-128 to 127), found 200"],
  [{ list: "u8", length: 2 }, [1, 2, 3], "count: wanted a list of 2, found 3"],
  [
    { list: entry },
    [{ name: "a" }, { name: "a" }, { name: "a" }, { name: 5 }],
    "count[3].name: wanted a string, found number 5",
  ],
  [entry, { name: "a", byteCount: "b" }, 'count.byteCount: wanted a u32 (0 to 4294967295), found string "b"'],
  [entry, 5, "count: wanted an object with the fields name, byteCount, found number 5"],
  [{ tuple: ["u8", "u8"] }, [1], "count: wanted an array of 2, found an array of 1"],
  [{ tuple: ["u8", { tuple: ["bool"] }] }, [1, [2]], "count[1][0]: wanted a bool, found number 2"],
  [{ map: ["string", "u8"] }, { a: 1 }, "count: wanted a Map, found an object"],
  [
    { map: ["string", "u8"] },
    new Map([
      ["a", 1],
      ["b", -1],
    ]),
    "count[1][1]: wanted a u8 (0 to 255), found -1",
  ],
  [{ option: "u8" }, 300, "count: wanted a u8 (0 to 255), found 300"],
  [{ option: { option: "u8" } }, 3, 'count: wanted an object with a tag of "none", "some", found number 3'],
  [{ option: { option: "u8" } }, { tag: "some", val: 300 }, "count.val: wanted a u8 (0 to 255), found 300"],
  [{ result: { ok: "u8" } }, { tag: "OK" }, 'count.tag: wanted one of "ok", "err", found string "OK"'],
  [
    { enum: ["red", "deep-blue"] },
    "deepBlue",
    'count: wanted one of "red", "deep-blue", found string "deepBlue"',
  ],
  [shape, { tag: "square" }, 'count.tag: wanted one of "circle", "dot", "no-shape", found string "square"'],
  [shape, { tag: "no-shape", val: [1, 2, -3] }, "count.val[2]: wanted a u8 (0 to 255), found -3"],
  [shape, "dot", 'count: wanted an object with a tag of "circle", "dot", "no-shape", found string "dot"'],
  [{ flags: ["read", "write-all"] }, { writeAll: 1 }, "count.writeAll: wanted a bool, found number 1"],
  [
    { flags: ["read", "write-all"] },
    ["read"].length,
    "count: wanted an object with the flags read, writeAll, found number 1",
  ],
  ["u8", "x".repeat(100), `count: wanted a u8 (0 to 255), found string "${"x".repeat(40)}..."`],
])("a %o given %o is refused, and the guest is not called", (type, value, message) => {
  let called = false;
  const core = () => {
    called = true;
  };
  const call = exported({ params: [{ name: "count", type }] }, core, undefined, heap(), refuse);
  const wanted = { name: "AbiError", fault: "argument", message: `parameter ${message}` };
  expect(() => call(value)).toThrow(expect.objectContaining(wanted));
  expect(called).toBe(false);
});

test("too few and too many arguments are refused in every arity", () => {
  const types: ValueType[] = ["u8", "string", { list: "u8" }];
  for (const type of types) {
    const good = type === "u8" ? 1 : type === "string" ? "a" : [1];
    for (let count = 0; count < 7; count++) {
      const params = Array.from({ length: count }, (_, i) => ({ name: `p${i}`, type }));
      const call = exported({ params }, () => undefined, undefined, heap(), refuse);
      expect(call(...params.map(() => good))).toBeUndefined();
      const wanted = count === 1 ? "1 argument" : `${count} arguments`;
      for (const found of count === 0 ? [1, 2] : [count - 1, count + 1]) {
        expect(() => call(...Array.from({ length: found }, () => good))).toThrow(
          expect.objectContaining({
            fault: "argument",
            message: `parameters: wanted ${wanted}, found ${found}`,
          }),
        );
      }
    }
  }
});

describe("what is taken, beside what it lifts to", () => {
  test.each<[ValueType, unknown, unknown]>([
    [{ option: "u8" }, null, undefined],
    [{ flags: ["a", "b"] }, { b: true }, { a: false, b: true }],
    [{ flags: ["a", "b"] }, {}, { a: false, b: false }],
    [entry, { name: "a", extra: 1 }, { name: "a", byteCount: undefined }],
    ["s8", -0, 0],
    ["f32", 0.1, Math.fround(0.1)],
    ["f32", 1e300, Number.POSITIVE_INFINITY],
    ["string", "a\ud800b", "a\ufffdb"],
    [{ record: [{ name: "%list", type: { enum: ["%enum"] } }] }, { list: "enum" }, { list: "enum" }],
    [{ list: "u8", as: "set" }, [1, 1, 2], new Set([1, 2])],
    [{ list: "u8", length: 2 }, new Uint8Array([1, 2]), new Uint8Array([1, 2])],
  ])("a %o takes %o", (type, value, lifted) => {
    const guest = heap({ top: 64 });
    lower(type, guest, value, 8);
    expect(lift(type, guest, 8)).toStrictEqual(lifted);
  });
});

test("the error knows the place, for whoever wants to show it elsewhere", () => {
  let caught: unknown;
  try {
    lower({ list: entry }, heap(), [{ name: 1 }], 8, "rows");
  } catch (error) {
    caught = error;
  }
  expect(caught).toBeInstanceOf(AbiError);
  expect((caught as AbiError).place).toBe("rows[0].name");
});
