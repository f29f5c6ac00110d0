/** Values as bytes, outside any guest: `abi/README.md` draws them. */
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  argumentsShape,
  decodeShape,
  decodeValue,
  encodeValue,
  Scratch,
  valueShape,
} from "../../abi/canonical/value-bytes.ts";
import type { ValueType } from "../../abi/type.ts";
import { anyType, valuesOf } from "./arbitrary.ts";

const typed = anyType.chain((type) => fc.tuple(fc.constant(type), valuesOf(type)));
const hex = (bytes: Uint8Array) =>
  Buffer.from(bytes)
    .toString("hex")
    .replace(/(..)(?=.)/g, "$1 ");
const bytesOf = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(" ", ""), "hex"));

describe("a value as bytes", () => {
  it("is what it was", () => {
    fc.assert(
      fc.property(typed, ([type, value]) => {
        expect(decodeValue(type, encodeValue(type, value))).toStrictEqual(value);
      }),
      { numRuns: 500 },
    );
  });

  it("is the same bytes whatever was written before it, with zeros between its parts", () => {
    fc.assert(
      fc.property(typed, fc.nat(255), ([type, value], before) => {
        const scratch = new Scratch();
        scratch.put(new Uint8Array(2_000).fill(before));
        scratch.encode(valueShape(type, "value"), value);
        expect(scratch.copy()).toEqual(encodeValue(type, value));
        expect(scratch.decode(valueShape(type, "value"))).toStrictEqual(value);
      }),
      { numRuns: 300 },
    );
  });

  it("is as abi/README.md draws it", () => {
    const page = readFileSync(new URL("../../abi/README.md", import.meta.url), "utf8");
    const drawn = [...page.matchAll(/^`([^`]+)` as `([^`]+)`:\n+```\n([0-9a-f \n]+)```$/gm)].map(
      ([, value, type, bytes]) => ({ value, type, bytes: bytes!.replace(/\s+/g, " ").trim() }),
    );
    const line: ValueType = {
      record: [
        { name: "level", type: "u8" },
        { name: "at", type: "u32" },
        { name: "text", type: "string" },
      ],
    };
    const found = [
      {
        value: '{ level: 3, at: 7, text: "hi" }',
        type: "record { level: u8, at: u32, text: string }",
        bytes: hex(encodeValue(line, { level: 3, at: 7, text: "hi" })),
      },
      {
        value: '(5, ["a", "√2"])',
        type: "tuple<u32, list<string>>",
        bytes: hex(encodeValue({ tuple: ["u32", { list: "string" }] }, [5, ["a", "√2"]])),
      },
    ];
    expect(drawn).toEqual(found);
  });

  it("has its texts in Latin-1 where that holds them, and is read in UTF-16 all the same", () => {
    const texts = ["", "a", "GET /", "ÿ", "Ā", "grün ✓", "\u{1f600}", "é".repeat(70), `${"é".repeat(70)}€`];
    const shape = valueShape("string", "value");
    const scratch = new Scratch();
    for (const text of texts) {
      const latin1 = [...text].every((each) => each <= "ÿ");
      expect(encodeValue("string", text).length).toBe(8 + (latin1 ? 1 : 2) * text.length);
      scratch.encodeWide(shape, text);
      expect(scratch.copy().length).toBe(8 + 2 * text.length);
      expect(decodeValue("string", scratch.copy())).toBe(text);
    }
  });

  it("whose text leads out of its bytes, is too long, or lies askew is refused", () => {
    const text = (pointer: number, length: number, bytes = 4) => {
      const data = new DataView(new ArrayBuffer(8 + bytes));
      data.setUint32(0, pointer, true);
      data.setUint32(4, length, true);
      return () => decodeValue("string", new Uint8Array(data.buffer));
    };
    expect(text(24, 0x8000_0004)()).toBe("\0\0\0\0");
    expect(text(25, 0x8000_0003)()).toBe("\0\0\0");
    for (const wrong of [
      text(24, 0x8000_0005),
      text(24, 0xffff_ffff),
      text(24, 3),
      text(25, 1),
      text(24, 0x7fff_ffff),
    ])
      expect(wrong).toThrow(expect.objectContaining({ name: "AbiError", fault: "guest" }));
  });

  it("that does not fit its type is refused, with its place", () => {
    const type: ValueType = { list: { record: [{ name: "n", type: "u8" }] } };
    expect(() => encodeValue(type, [{ n: 1 }, { n: 300 }])).toThrow(
      expect.objectContaining({
        name: "AbiError",
        fault: "argument",
        message: "value[1].n: wanted a u8 (0 to 255), found 300",
      }),
    );
    // What was begun is forgotten.
    const scratch = new Scratch();
    const shape = valueShape(type, "value");
    expect(() => scratch.encode(shape, [{ n: 1 }, { n: 300 }])).toThrow();
    scratch.encode(shape, [{ n: 2 }]);
    expect(scratch.decode(shape)).toEqual([{ n: 2 }]);
  });

  it("whose getter throws is refused as an argument is", () => {
    const broken = {
      get n(): number {
        throw new Error("no n today");
      },
    };
    expect(() => encodeValue({ record: [{ name: "n", type: "u8" }] }, broken)).toThrow(
      expect.objectContaining({ fault: "argument", message: "reading the arguments failed: no n today" }),
    );
  });

  it("lets go of what a large one took", () => {
    const scratch = new Scratch();
    const shape = valueShape({ list: "u8" }, "value");
    scratch.encode(shape, new Uint8Array(2 ** 21));
    expect(scratch.bytes.length).toBeGreaterThan(2 ** 21);
    scratch.rest();
    expect(scratch.bytes.length).toBe(1024);
    scratch.encode(shape, new Uint8Array(3));
    expect(scratch.decode(shape)).toEqual(new Uint8Array(3));
  });
});

describe("arguments as bytes", () => {
  const params = fc.array(typed, { maxLength: 5 });

  it("are a tuple of them, and none for none", () => {
    fc.assert(
      fc.property(params, (several) => {
        const type = { params: several.map(([type], i) => ({ name: `p${i}`, type })) };
        const args = several.map(([, value]) => value);
        const shape = argumentsShape(type);
        const scratch = new Scratch();
        scratch.encode(shape, args);
        const bytes = scratch.copy();
        const tuple = several.map(([type]) => type);
        expect(bytes).toEqual(tuple.length === 0 ? new Uint8Array(0) : encodeValue({ tuple }, args));
        expect(decodeShape(shape, bytes, "arguments")).toStrictEqual(args);
        if (args.length <= 3) {
          scratch.put(new Uint8Array(100).fill(9));
          scratch.encodeFew(shape, ...args);
          expect(scratch.copy()).toEqual(bytes);
        }
      }),
    );
  });

  it("are refused in the words of the call", () => {
    const shape = argumentsShape({
      params: [
        { name: "path", type: "string" },
        { name: "n", type: "u8" },
      ],
    });
    const scratch = new Scratch();
    const refused = (args: unknown[]) => {
      try {
        scratch.encode(shape, args);
      } catch (error) {
        return (error as Error).message;
      }
      return undefined;
    };
    expect(refused(["a", -1])).toBe("parameter n: wanted a u8 (0 to 255), found -1");
    expect(refused([7, 1])).toBe("parameter path: wanted a string, found number 7");
    expect(refused(["a"])).toBe("parameters: wanted 2 arguments, found 1");
    expect(() => scratch.encodeFew(shape, "a", 256)).toThrow(
      "parameter n: wanted a u8 (0 to 255), found 256",
    );
  });

  it("are plain when nobody can change them", () => {
    const plain = (...types: ValueType[]) =>
      argumentsShape({ params: types.map((type) => ({ name: "p", type })) }).plain;
    expect([plain(), plain("string", "u64", "char"), plain("u8", { list: "u8" })]).toEqual([
      true,
      true,
      false,
    ]);
  });
});

describe("bytes from anywhere", () => {
  it("are a value, or refused: nothing else is read, and nothing else is thrown", () => {
    fc.assert(
      fc.property(
        typed.chain(([type, value]) => {
          const bytes = encodeValue(type, value);
          const broken = fc.array(fc.tuple(fc.nat(Math.max(0, bytes.length - 1)), fc.nat(255)), {
            maxLength: 4,
          });
          return fc.tuple(fc.constant(type), fc.constant(bytes), broken, fc.nat(bytes.length + 8));
        }),
        ([type, whole, broken, length]) => {
          const bytes = new Uint8Array(length);
          bytes.set(whole.subarray(0, length));
          for (const [at, byte] of broken) if (at < length) bytes[at] = byte;
          try {
            decodeValue(type, bytes);
          } catch (error) {
            expect(error).toMatchObject({ name: "AbiError", fault: "guest" });
          }
        },
      ),
      { numRuns: 3_000 },
    );
  });

  it.each([
    [
      "too few for the type",
      "u64",
      "00 00 00 00",
      "value: a value at 16 with 8 bytes lies outside the memory of 20 bytes",
    ],
    [
      "a pointer behind them",
      "string",
      "18 00 00 00 02 00 00 00 61 00",
      "value: a string at 24 with 4 bytes lies outside the memory of 26 bytes",
    ],
    [
      "a pointer far behind them",
      "string",
      "ff ff ff ff 01 00 00 00",
      "value: a string at 4294967295 with 2 bytes is not aligned to 2 bytes",
    ],
    [
      "a length that no memory has",
      { list: "u8" },
      "18 00 00 00 ff ff ff ff",
      "value: a list at 24 with 4294967295 bytes is too large; at most 268435455 are allowed",
    ],
    ["a case that there is not", { enum: ["a", "b"] }, "02", "value: found case 2 of a type that has 2"],
    ["no character", "char", "00 d8 00 00", "value: wanted a char (a Unicode scalar value), found 0xd800"],
  ] as [string, ValueType, string, string][])("are refused for %s", (_, type, text, message) => {
    expect(() => decodeValue(type, bytesOf(text))).toThrow(
      expect.objectContaining({ name: "AbiError", fault: "guest", message }),
    );
  });

  it("that mean one list many times are bounded by what they would become", () => {
    // A list of 30,000 lists, all of which are the same 240,000 bytes.
    const count = 30_000;
    const data = new DataView(new ArrayBuffer(8 + 8 * count));
    data.setUint32(0, 24, true);
    data.setUint32(4, count, true);
    for (let i = 0; i < count; i++) {
      data.setUint32(8 + 8 * i, 24, true);
      data.setUint32(12 + 8 * i, 8 * count, true);
    }
    expect(() => decodeValue({ list: { list: "u8" } }, new Uint8Array(data.buffer))).toThrow(
      /the value would take \d+ bytes or more of the host's memory; at most 536870912 are allowed \(maxValueBytes\)$/,
    );
  });

  it("that lie in a larger buffer are read there alone", () => {
    const larger = new Uint8Array(100).fill(0xff);
    const bytes = encodeValue("string", "hi");
    larger.set(bytes, 13);
    expect(decodeValue("string", larger.subarray(13, 13 + bytes.length))).toBe("hi");
    expect(() => decodeValue("string", larger.subarray(13, 12 + bytes.length))).toThrow(
      "lies outside the memory",
    );
  });
});
