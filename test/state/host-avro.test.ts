import { inspect } from "node:util";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decode, encode } from "../../abi/state/avro/decode.ts";
import { parseSchema } from "../../abi/state/avro/schema-parser.ts";
import { checkDatum } from "../../abi/state/avro/skip.ts";
import { forAvsc, oracle, stateWithValue } from "./host-states.ts";

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
const bytes = (hex: string) => new Uint8Array(Buffer.from(hex.replaceAll(" ", ""), "hex"));
const says = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    return `${(error as Error & { fault: string }).fault}: ${(error as Error).message}`;
  }
  return "nothing";
};

const spelled = (value: unknown) => inspect(value, { depth: 9, breakLength: Infinity });

const VECTORS: readonly (readonly [schema: unknown, value: unknown, hex: string])[] = [
  ["null", null, ""],
  ["boolean", true, "01"],
  ["int", 0, "00"],
  ["int", -1, "01"],
  ["int", 64, "8001"],
  ["int", 2147483647, "feffffff0f"],
  ["int", -2147483648, "ffffffff0f"],
  ["long", 2n ** 63n - 1n, "feffffffffffffffff01"],
  ["long", -(2n ** 63n), "ffffffffffffffffff01"],
  ["long", 2n ** 48n, "8080808080808001"],
  [{ type: "long", moult: "u64" }, 2n ** 64n - 1n, "01"],
  [{ type: "long", moult: "u64" }, 2n ** 63n, "ffffffffffffffffff01"],
  [{ type: "long", moult: "u32" }, 4294967295, "feffffff1f"],
  [{ type: "int", moult: "u8" }, 255, "fe03"],
  ["float", 1.5, "0000c03f"],
  ["double", -0, "0000000000000080"],
  ["string", "foo", "06666f6f"],
  ["string", "\ufeffé\u{1f600}", "12 efbbbf c3a9 f09f9880"],
  ["string", "\ud800", "06 eda080"],
  ["string", "a\udc00b", "0a 61 edb080 62"],
  ["string", "\ud83d\ud83d\ude00", "0e eda0bd f09f98 80"],
  ["bytes", Uint8Array.of(1, 255), "0401ff"],
  [{ type: "fixed", name: "F", size: 2 }, Uint8Array.of(1, 255), "01ff"],
  [{ type: "enum", name: "E", symbols: ["a", "b"] }, "b", "02"],
  [{ type: "array", items: "int" }, [3, 27], "04063600"],
  [{ type: "array", items: "int" }, [], "00"],
  [{ type: "array", items: "string", moult: "set" }, new Set(["a"]), "02026100"],
  [{ type: "array", items: "int", moult: "Uint16Array" }, Uint16Array.of(65535), "02feff0700"],
  [{ type: "map", values: "int" }, new Map([["a", 1]]), "0202610200"],
  [["null", "string"], null, "00"],
  [["null", "string"], "a", "020261"],
  [["int", "string", "null"], { string: "a" }, "020261"],
  [
    { type: "record", name: "R", fields: [{ name: "__proto__", type: "int" }] },
    JSON.parse('{"__proto__":1}'),
    "02",
  ],
  [
    {
      type: "array",
      moult: "map",
      items: {
        type: "record",
        name: "E",
        fields: [
          { name: "key", type: "int" },
          { name: "value", type: "boolean" },
        ],
      },
    },
    new Map([[5, true]]),
    "020a0100",
  ],
];

/** Every way in which bytes can fail to be a value. */
const HOSTILE: readonly (readonly [schema: unknown, hex: string, message: string])[] = [
  ["boolean", "02", "at byte 0 of 1: found the boolean 2, wanted 0 or 1"],
  ["boolean", "", "at byte 0 of 0: found 0 bytes, wanted a boolean of 1"],
  ["int", "80", "at byte 0 of 1: found the end in an int"],
  ["int", "ffffffff1f", "at byte 0 of 5: found an int of more than 32 bits"],
  ["int", "ffffffffffff00", "at byte 0 of 7: found an int of more than 32 bits"],
  ["long", "ffff", "at byte 0 of 2: found the end in a long"],
  ["long", "ffffffffffffffffff02", "at byte 0 of 10: found a long of more than 64 bits"],
  ["long", "8080808080808080808000", "at byte 0 of 11: found a long of more than 64 bits"],
  ["long", "80808080808080808080", "at byte 0 of 10: found a long of more than 64 bits"],
  ["long", "ffffffffffffffffffffffffffff", "at byte 0 of 14: found a long of more than 64 bits"],
  ["long", "808080808080808080", "at byte 0 of 9: found the end in a long"],
  [
    { type: "long", moult: "u32" },
    "ffffffffffffffffffffffff",
    "at byte 0 of 12: found a long of more than 64 bits",
  ],
  [{ type: "int", moult: "u8" }, "8004", "at byte 0 of 2: found 256, wanted a u8"],
  [{ type: "int", moult: "u16" }, "01", "at byte 0 of 1: found -1, wanted a u16"],
  [
    { type: "long", moult: "u32" },
    "feffffffffffffffff01",
    "at byte 0 of 10: found 9223372036854775807, wanted a u32",
  ],
  [
    { type: "long", moult: "u32" },
    "ffffffffffffffffff01",
    "at byte 0 of 10: found -9223372036854775808, wanted a u32",
  ],
  [{ type: "long", moult: "u32" }, "8080808020", "at byte 0 of 5: found 4294967296, wanted a u32"],
  ["double", "00", "at byte 0 of 1: found 1 bytes, wanted a double of 8"],
  ["string", "08 61", "at byte 0 of 2: found a string of 4 bytes, but 1 are left"],
  ["string", "01", "at byte 0 of 1: found a string of -1 bytes, but 0 are left"],
  ["string", "80808080808080808002", "at byte 0 of 10: found a long of more than 64 bits"],
  ["string", "02 ff", "at byte 1 of 2: found a string that is not UTF-8"],
  ["string", "0c eda0bd edb880", "at byte 1 of 7: found a string that is not UTF-8"],
  ["string", "02 ed", "at byte 1 of 2: found a string that is not UTF-8"],
  [
    "bytes",
    "feffffffffffffffff01",
    "at byte 0 of 10: found bytes of 9223372036854776000 bytes, but 0 are left",
  ],
  [
    { type: "enum", name: "E", symbols: ["a"] },
    "02",
    "at byte 0 of 1: found the symbol 1, wanted one below 1",
  ],
  [["null", "int"], "04", "at byte 0 of 1: found the branch 2, wanted one below 2"],
  [["null", "int"], "01", "at byte 0 of 1: found the branch -1, wanted one below 2"],
  [
    { type: "array", items: "int" },
    "808001 00",
    "at byte 0 of 4: found a block of 8192 items, but 1 bytes are left",
  ],
  [{ type: "array", items: "int" }, "01 7e 00", "at byte 0 of 3: found a block of 63 bytes, but 1 are left"],
  [
    { type: "array", items: "double" },
    "02 00",
    "at byte 0 of 2: found a block of 1 items, but 1 bytes are left",
  ],
  [
    { type: "map", values: "null" },
    "06 00 00",
    "at byte 0 of 3: found a block of 3 items, but 2 bytes are left",
  ],
  [
    { type: "array", items: "null" },
    "8080808010 00",
    "at byte 0 of 6: found more than 1048576 items without bytes",
  ],
  [
    { type: "array", items: { type: "array", items: "null" } },
    "04 80808001 00 80808001 00 00",
    "at byte 6 of 12: found more than 1048576 items without bytes",
  ],
  [
    { type: "record", name: "R", fields: [{ name: "r", type: "R" }] },
    "",
    "at byte 0 of 0: found values nested more than 1128 deep",
  ],
  ["int", "0000", "at byte 1 of 2: found 1 bytes after the value"],
];

describe("Avro values", () => {
  it.each(VECTORS.map((row) => [spelled(row[0]), spelled(row[1]), ...row] as const))(
    "writes %s, %s",
    (_, __, schema, value, data) => {
      const parsed = parseSchema(schema);
      expect(hex(encode(parsed, value))).toBe(data.replaceAll(" ", ""));
      expect(decode(parsed, bytes(data))).toEqual(value);
      checkDatum(parsed, bytes(data));
    },
  );

  it.each(HOSTILE.map((row) => [spelled(row[0]), ...row] as const))(
    "refuses a %s",
    (_, schema, data, message) => {
      const parsed = parseSchema(schema);
      expect(says(() => decode(parsed, bytes(data)))).toBe(`snapshot: ${message}`);
      expect(says(() => checkDatum(parsed, bytes(data)))).toBe(`snapshot: ${message}`);
    },
  );

  it("takes a list in several blocks, and blocks that say their size", () => {
    const list = parseSchema({ type: "array", items: "int" });
    expect(decode(list, bytes("02 02 04 0406 00"))).toEqual([1, 2, 3]);
    expect(decode(list, bytes("03 04 0406 02 08 00"))).toEqual([2, 3, 4]);
    checkDatum(list, bytes("03 04 0406 02 08 00"));
  });

  it("reads values as deep as the bound, and no deeper, and never leaves the stack", () => {
    const fields = [{ name: "next", type: ["null", "Node"] }];
    const node = parseSchema({ type: "record", name: "Node", fields });
    const chain = (length: number) => bytes(`${"02".repeat(length - 1)}00`);
    checkDatum(node, chain(1128));
    expect(encode(node, decode(node, chain(1128)))).toEqual(chain(1128));
    expect(says(() => decode(node, chain(1129)))).toBe(
      "snapshot: at byte 1128 of 1129: found values nested more than 1128 deep",
    );
    expect(says(() => checkDatum(node, chain(1_000_000)))).toBe(
      "snapshot: at byte 1128 of 1000000: found values nested more than 1128 deep",
    );
  });

  it.each<[string, ...[unknown, unknown, string]]>(
    [
      ["int", 2147483648, "argument: value: found 2147483648, wanted a i32"],
      ["int", "1", 'argument: value: found "1", wanted a i32'],
      [{ type: "int", moult: "u8" }, -1, "argument: value: found -1, wanted a u8"],
      [
        { type: "long", moult: "u64" },
        2n ** 64n,
        "argument: value: found 18446744073709551616, wanted a u64",
      ],
      [["null", "int"], 1.5, "argument: value: found 1.5, wanted a i32"],
      [{ type: "array", items: "string" }, ["a", 1], "argument: value[1]: found 1, wanted a string"],
      [
        { type: "map", values: "string" },
        new Map([["k", 1]]),
        'argument: value{"k"}: found 1, wanted a string',
      ],
      [
        { type: "record", name: "R", fields: [{ name: "toString", type: "int" }] },
        {},
        "argument: value.toString: found nothing, wanted a value",
      ],
    ].map((row) => [spelled(row[1]), ...(row as [unknown, unknown, string])]),
  )("refuses to write %s", (_, schema, value, message) => {
    expect(says(() => encode(parseSchema(schema), value))).toBe(message);
  });
});

describe("avsc agrees", () => {
  it("on the bytes of any state, in both directions", () => {
    fc.assert(
      fc.property(stateWithValue, ({ schema, value }) => {
        const parsed = parseSchema(schema);
        const data = encode(parsed, value);
        const other = oracle(schema);
        const theirs = other.fromBuffer(Buffer.from(data));
        expect(hex(other.toBuffer(theirs))).toBe(hex(data));
        // Their records have prototypes of their own.
        expect(theirs).toEqual(forAvsc(parsed, value));
        expect(decode(parsed, data)).toEqual(value);
        checkDatum(parsed, data);
      }),
      { numRuns: 400 },
    );
  });

  it("that a string is UTF-8, but where only WTF-8 keeps it", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.nat(0xffff).map((unit) => String.fromCharCode(unit)) }), (text) => {
        const data = encode(parseSchema("string"), text);
        expect(decode(parseSchema("string"), data)).toBe(text);
        const well = text.replace(/\p{Surrogate}/gu, "\ufffd");
        if (well === text) expect(oracle("string").fromBuffer(Buffer.from(data))).toBe(text);
      }),
    );
  });
});

describe("bytes from anybody", () => {
  it("are a value or an AbiError, flipped and cut anywhere", () => {
    fc.assert(
      fc.property(stateWithValue, fc.nat(), fc.nat(7), fc.boolean(), ({ schema, value }, at, bit, cut) => {
        const parsed = parseSchema(schema);
        const data = encode(parsed, value);
        fc.pre(data.length > 0);
        const place = at % data.length;
        const broken = cut
          ? data.slice(0, place)
          : data.map((byte, i) => (i === place ? byte ^ (1 << bit) : byte));
        const read = says(() => decode(parsed, broken));
        expect(read).toMatch(/^(nothing|snapshot: at byte \d+ of \d+: )/);
        expect(says(() => checkDatum(parsed, broken))).toBe(read);
      }),
      { numRuns: 1000 },
    );
  });
});
