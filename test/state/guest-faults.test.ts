import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { oracleOf, valuesOf } from "./avro-oracle.ts";
import {
  abortOf,
  build,
  bytes,
  list,
  map,
  nullable,
  oneOf,
  Plugin,
  plain,
  record,
  set,
  typed,
} from "./guest-plugin.ts";
import * as rich from "./guest-rich.ts";

const color = oneOf("Color", "Red", "Green");
const shapes = {
  bool: plain("bool"),
  i8: plain("i8"),
  u8: plain("u8"),
  i16: plain("i16"),
  u16: plain("u16"),
  i32: plain("i32"),
  u32: plain("u32"),
  i64: plain("i64"),
  f32: plain("f32"),
  text: plain("string"),
  maybe: nullable(plain("string")),
  color,
  raw: bytes("Uint8Array"),
  fixed: bytes("StaticArray"),
  shorts: typed("Uint16Array", "u16"),
  list: list(plain("i64")),
  empties: list(record("Empty", {})),
  names: set(plain("string")),
  counts: map(plain("string"), plain("u64")),
  byId: map(plain("u32"), plain("string")),
};
type Name = keyof typeof shapes;
const initial: Record<Name, string> = {
  bool: "bool = false",
  i8: "i8 = 0",
  u8: "u8 = 0",
  i16: "i16 = 0",
  u16: "u16 = 0",
  i32: "i32 = 0",
  u32: "u32 = 0",
  i64: "i64 = 0",
  f32: "f32 = 0",
  text: 'string = ""',
  maybe: "string | null = null",
  color: "Color = Color.Red",
  raw: "Uint8Array = new Uint8Array(0)",
  fixed: "StaticArray<u8> = []",
  shorts: "Uint16Array = new Uint16Array(0)",
  list: "Array<i64> = []",
  empties: "Array<Empty> = []",
  names: "Set<string> = new Set()",
  counts: "Map<string, u64> = new Map()",
  byId: "Map<u32, string> = new Map()",
};

/** One module for all rows: each field is the root of an older version, whose step does nothing. */
const names = Object.keys(shapes) as Name[];
const roots = names.map((name) => record(`Of_${name}`, { [name]: shapes[name] }));
const root = record("Root", { n: plain("u8") });
let module: WebAssembly.Module;
beforeAll(async () => {
  const classes = names.map((name) => `export class Of_${name} { ${name}: ${initial[name]}; }`);
  const steps = names.map(
    (name) => `export class To_${name} { static from(old: Of_${name}): Root { return new Root(); } }`,
  );
  module = await build({
    state: {
      root,
      migrations: roots.map((from, index) => ({
        from,
        to: { ...root, source: `To_${names[index]}` },
        range: from.range,
      })),
    },
    author: `export enum Color { Red, Green }\nexport class Empty {}\nexport class Root { n: u8 = 0; }
${classes.join("\n")}\n${steps.join("\n")}`,
    names: ["Color", "Empty", "Root", ...names.flatMap((name) => [`Of_${name}`, `To_${name}`])],
    flags: ["-O1"],
  });
});

/** A number as Avro writes it. */
function long(value: bigint | number): number[] {
  let rest = BigInt.asUintN(64, (BigInt(value) << 1n) ^ (BigInt(value) >> 63n));
  const out: number[] = [];
  for (; rest > 127n; rest >>= 7n) out.push(Number(rest & 127n) | 128);
  return [...out, Number(rest)];
}
const tenBytes = Array<number>(9).fill(0xff);
const twice = [...long(2), ...long(1), 0x61, ...long(5), ...long(1), 0x61, ...long(6), 0];

const rows: readonly (readonly [name: Name, what: string, bytes: readonly number[], message: string])[] = [
  ["bool", "that is neither 0 nor 1", [2], "found 2, wanted a bool, 0 or 1"],
  ["i8", "above its range", long(128), "found 128, wanted i8"],
  ["i8", "below its range", long(-129), "found -129, wanted i8"],
  ["u8", "below zero", long(-1), "found -1, wanted u8"],
  ["u8", "above its range", long(256), "found 256, wanted u8"],
  ["i16", "above its range", long(32_768), "found 32768, wanted i16"],
  ["u16", "above its range", long(65_536), "found 65536, wanted u16"],
  ["i32", "above its range", long(2 ** 31), "found 2147483648, wanted i32"],
  ["u32", "above its range", long(2 ** 32), "found 4294967296, wanted u32"],
  ["u32", "below zero", long(-1), "found -1, wanted u32"],
  ["i64", "of eleven bytes", [...tenBytes, 0x81, 0], "found a number of more than 64 bits"],
  ["i64", "of 65 bits", [...tenBytes, 2], "found a number of more than 64 bits"],
  ["i64", "that ends early", [0x80], "the state ends inside it"],
  ["f32", "that ends early", [0, 0, 0], "the state ends inside it"],
  ["text", "of less than no bytes", long(-1), "found -1, wanted at most 1073741824 bytes"],
  ["text", "longer than any string", long(2n ** 40n), "found 1099511627776, wanted at most 1073741824 bytes"],
  ["text", "that ends early", [...long(3), 0x61], "the state ends inside it"],
  ["text", "that claims a gigabyte", [...long(2 ** 30), 0x61], "the state ends inside it"],
  ["text", "with a stray byte", [...long(1), 0x80], "found a string that is not UTF-8"],
  ["text", "in a form too long, of two bytes", [...long(2), 0xc1, 0xbf], "found a string that is not UTF-8"],
  [
    "text",
    "in a form too long, of three bytes",
    [...long(3), 0xe0, 0x9f, 0xbf],
    "found a string that is not UTF-8",
  ],
  [
    "text",
    "in a form too long, of four bytes",
    [...long(4), 0xf0, 0x8f, 0xbf, 0xbf],
    "found a string that is not UTF-8",
  ],
  ["text", "beyond Unicode", [...long(4), 0xf4, 0x90, 0x80, 0x80], "found a string that is not UTF-8"],
  ["text", "cut in a code point", [...long(2), 0xe2, 0x98], "found a string that is not UTF-8"],
  ["text", "whose next byte is none", [...long(2), 0xc3, 0x41], "found a string that is not UTF-8"],
  [
    "text",
    "with a pair in two halves",
    [...long(6), 0xed, 0xa0, 0x80, 0xed, 0xb0, 0x80],
    "found a string that is not UTF-8",
  ],
  ["maybe", "of a branch that is not there", long(2), "found 2, wanted a branch below 2"],
  ["maybe", "of a branch below zero", long(-1), "found -1, wanted a branch below 2"],
  ["color", "of a symbol that is not there", long(2), "found 2, wanted a symbol below 2"],
  ["raw", "that claims a gigabyte", [...long(2 ** 30), 1], "the state ends inside it"],
  ["fixed", "of less than no bytes", long(-5), "found -5, wanted at most 1073741824 bytes"],
  ["shorts", "with an item too large", [...long(1), ...long(65_536)], "found 65536, wanted u16"],
  ["shorts", "that claims many items", [...long(2 ** 29), 2], "the state ends inside it"],
  ["list", "that claims 2^40 items", long(2n ** 40n), "found 1099511627776, wanted at most 1073741824 items"],
  ["list", "that claims many items", [...long(2 ** 29), 1], "the state ends inside it"],
  ["list", "without an end", [...long(1), 1], "the state ends inside it"],
  [
    "list",
    "with a block of the smallest count",
    [...long(-(2n ** 63n)), 0],
    "found -9223372036854775808, wanted at most 1073741824 items",
  ],
  [
    "list",
    "with a block of less than no bytes",
    [...long(-1), ...long(-1)],
    "found a block of less than no bytes",
  ],
  [
    "empties",
    "that claims a million and one",
    long(2 ** 20 + 1),
    "found 1048577, wanted at most 1048576 items without fields",
  ],
  ["names", "with an item twice", [...long(2), ...long(0), ...long(0), 0], "found a key twice"],
  ["names", "that claims many items", [...long(2 ** 29), 0], "the state ends inside it"],
  ["counts", "with a key twice", twice, "found a key twice"],
  ["byId", "with a key too large", [...long(1), ...long(2 ** 33)], "found 8589934592, wanted u32"],
  ["byId", "followed by bytes", [0, 1], "bytes follow the end of the state"],
];

describe("a restore ends with a message and changes nothing, at a", () => {
  test.each(rows)("%s %s", (name, _, data, message) => {
    const plugin = new Plugin(module);
    plugin.restore(Uint8Array.of(...long(7)));
    const pages = plugin.exports.memory.buffer.byteLength >> 16;
    const place = message.startsWith("bytes follow") ? `Of_${name}` : `Of_${name}.${name}`;
    expect(abortOf(() => plugin.restore(Uint8Array.from(data), 1 + names.indexOf(name)))).toBe(
      `cannot restore ${place}: ${message}`,
    );
    expect([...plugin.save()]).toEqual(long(7));
    // A claim reserves a mebibyte at the most.
    expect((plugin.exports.memory.buffer.byteLength >> 16) - pages).toBeLessThanOrEqual(32);
  });

  test("schema that the manifest does not list", () => {
    const wanted = `wanted one from 0 to ${names.length}`;
    for (const schema of [-1, names.length + 1]) {
      expect(abortOf(() => new Plugin(module).restore(new Uint8Array(), schema))).toBe(
        `cannot restore schema ${schema}: ${wanted}`,
      );
    }
  });
});

test("a restore takes the same items in several blocks, and in blocks that tell their bytes", () => {
  const saved = (data: number[], name: Name) =>
    abortOf(() => new Plugin(module).restore(Uint8Array.from(data), 1 + names.indexOf(name)));
  expect(saved([...long(1), 2, ...long(2), 4, 6, 0], "list")).toBe("no abort");
  expect(saved([...long(-2), ...long(2), 2, 4, ...long(-1), ...long(1), 6, 0], "list")).toBe("no abort");
  expect(saved([...long(1), ...long(1), 0x61, 1, ...long(1), ...long(1), 0x62, 1, 0], "counts")).toBe(
    "no abort",
  );
});

describe("bytes that lie", () => {
  const type = oracleOf(rich.totals);
  let whole: WebAssembly.Module;
  beforeAll(async () => {
    whole = await build({ ...rich.plugin, flags: ["-O3"] });
  });

  test("cut short anywhere, leave the state as it was", () => {
    const [value] = fc.sample(valuesOf(rich.totals), { numRuns: 1, seed: 7 });
    const data = type.toBuffer(value);
    const before = new Plugin(whole).save();
    for (let length = 0; length < data.length; length++) {
      const plugin = new Plugin(whole);
      expect(abortOf(() => plugin.restore(data.subarray(0, length)))).toMatch(
        /^cannot restore .+: the state ends inside it$/,
      );
      expect(plugin.save()).toEqual(before);
    }
  });

  test("changed at random, are refused with a message or are a state that comes back", () => {
    const mutation = fc.record({ at: fc.nat(), byte: fc.integer({ min: 0, max: 255 }), cut: fc.boolean() });
    fc.assert(
      fc.property(
        valuesOf(rich.totals),
        fc.array(mutation, { minLength: 1, maxLength: 4 }),
        (value, mutations) => {
          let data = Buffer.from(type.toBuffer(value));
          for (const { at, byte, cut } of mutations) {
            const index = at % data.length;
            data[index] = byte;
            if (cut)
              data = Buffer.concat([data.subarray(0, index), data.subarray(index + 1), Buffer.of(byte)]);
          }
          const plugin = new Plugin(whole);
          const abort = abortOf(() => plugin.restore(data));
          if (abort !== "no abort") {
            expect(abort).toMatch(/^cannot restore [A-Za-z.]+: /);
            return;
          }
          const saved = plugin.save();
          const again = new Plugin(whole);
          again.restore(saved);
          expect(again.save()).toEqual(saved);
        },
      ),
      { numRuns: 500 },
    );
  });
});
