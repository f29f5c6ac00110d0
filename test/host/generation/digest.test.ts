import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Digest } from "../../../host/generation/digest.ts";
import { anyType, valuesOf } from "../../canonical/arbitrary.ts";

const digest = new Digest();
const of = (value: unknown) => digest.of(value);

describe("digests of answers", () => {
  it("are the same for the same value, by any digest, and of 32 bits", () => {
    const typed = anyType.chain((type) => valuesOf(type));
    fc.assert(
      fc.property(typed, (value) => {
        const one = of(value);
        expect(new Digest().of(structuredClone(value))).toBe(one);
        expect(one).toBe(one | 0);
      }),
      { numRuns: 500 },
    );
  });

  it("differ for different values", () => {
    const values: unknown[] = [
      undefined,
      true,
      false,
      0,
      -0,
      1,
      -1,
      0.5,
      -0.5,
      Number.NaN,
      Number.POSITIVE_INFINITY,
      2 ** 31,
      2 ** 53,
      0n,
      1n,
      -1n,
      2n ** 63n - 1n,
      -(2n ** 63n),
      "",
      "0",
      "a",
      "ab",
      "a\u0000",
      "x".repeat(63),
      "x".repeat(64),
      "x".repeat(65),
      `${"x".repeat(64)}y`,
      `y${"x".repeat(64)}`,
      [],
      [0],
      [0, 0],
      [[0], 0],
      [0, [0]],
      ["a", "b"],
      ["b", "a"],
      new Map(),
      new Map([["a", 1]]),
      new Map([
        ["a", 1],
        ["b", 2],
      ]),
      // The order is what a caller sees.
      new Map([
        ["b", 2],
        ["a", 1],
      ]),
      new Set(["x", "y"]),
      new Set(["y", "x"]),
      {},
      { a: 1 },
      { b: 1 },
      { a: 1, b: 2 },
      { a: 2, b: 1 },
      { a: { b: 1 } },
      { tag: "ok", val: 1 },
      new Uint8Array(0),
      Uint8Array.of(0),
      Uint8Array.of(1, 2, 3, 4, 5),
      Uint8Array.of(1, 2, 3, 5, 4),
      new Uint8Array(1_000),
      new Uint8Array(1_001),
      Float64Array.of(1.5, 2.5),
      Float64Array.of(-1.5, -2.5),
      Float64Array.of(2.5, 1.5),
    ];
    expect(new Set(values.map(of)).size).toBe(values.length);
  });

  it("are those of what a caller sees: none is none, NaN is NaN, and where bytes lie is nothing", () => {
    expect(of({ a: null })).toBe(of({ a: undefined }));
    expect(of([null])).toBe(of([undefined]));
    // Two bit patterns of NaN.
    const [quiet, other] = [Float64Array.of(Number.NaN), new Float64Array(1)];
    new BigUint64Array(other.buffer)[0] = 0xfff8000000000001n;
    expect(of(quiet)).toBe(of(other));
    for (const length of [5, 64, 1_000]) {
      const bytes = Uint8Array.from({ length }, (_, i) => i);
      for (const offset of [0, 1, 2, 3]) {
        const larger = new Uint8Array(length + 8);
        larger.set(bytes, offset);
        expect(of(larger.subarray(offset, offset + length))).toBe(of(bytes));
      }
    }
    const text = "naïve café, Дорога в горы, 山の上の雲, 👋 ".repeat(3);
    expect(of(text)).toBe(of([...text].join("")));
  });

  it("do not depend on the order of a record's fields, which versions may change", () => {
    expect(of({ a: 1, b: [2] })).toBe(of({ b: [2], a: 1 }));
    expect(of([{ a: 1, b: 2 }])).toBe(of([{ b: 2, a: 1 }]));
  });

  it("tell an err from an answer of the same value", () => {
    expect(digest.ofErr("a")).not.toBe(of("a"));
    expect(digest.ofErr("a")).toBe(new Digest().ofErr("a"));
  });

  it("hardly ever meet", () => {
    const many = new Set<number>();
    for (let i = 0; i < 20_000; i++) many.add(of({ id: i, at: BigInt(i) << 32n, text: `line ${i}` }));
    expect(many.size).toBe(20_000);
  });
});
