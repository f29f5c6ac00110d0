import { describe, expect, it } from "vitest";
import { differing, type Outcome } from "../../../host/rehearsal/outcome.ts";
import { shown, shownCall } from "../../../host/shown.ts";
import type { Differing } from "../../../host/transition.ts";

const answer = (value: unknown): Outcome => ({ kind: "answer", value });
const many = Array.from({ length: 1_000 }, (_, i) => i);

describe("two answers are equal", () => {
  const pairs: readonly (readonly [name: string, one: unknown, other: unknown])[] = [
    ["numbers that are none", Number.NaN, Number.NaN],
    ["lists of them", [1, Number.NaN], [1, Number.NaN]],
    ["typed arrays", Float64Array.of(1, Number.NaN), Float64Array.of(1, Number.NaN)],
    ["nothing", undefined, undefined],
    ["records", { a: 1n, b: { c: "x" } }, { b: { c: "x" }, a: 1n }],
    ["a field that is nothing, and one that is not there", { a: undefined }, {}],
    [
      "maps in another order",
      new Map([
        ["a", 1],
        ["b", 2],
      ]),
      new Map([
        ["b", 2],
        ["a", 1],
      ]),
    ],
    ["sets in another order", new Set(["a", "b"]), new Set(["b", "a"])],
    ["maps with records as keys", new Map([[{ a: 1 }, 2]]), new Map([[{ a: 1 }, 2]])],
    ["variants", { tag: "some", val: 1 }, { tag: "some", val: 1 }],
  ];
  it.each(pairs)("%s", (_, one, other) => {
    expect(differing(answer(one), answer(other))).toBe(undefined);
  });

  it("two traps, whatever they say of places", () => {
    expect(differing({ kind: "trap", value: "at 1" }, { kind: "trap", value: "at 2" })).toBe(undefined);
  });
});

describe("two answers differ", () => {
  const pairs: readonly (readonly [name: string, one: unknown, other: unknown, found: Differing])[] = [
    ["numbers", 1, 2, { was: "1", is: "2" }],
    ["zeros", 0, -0, { was: "0", is: "-0" }],
    ["a number and none", 1, Number.NaN, { was: "1", is: "NaN" }],
    ["long integers", 1n, 2n, { was: "1n", is: "2n" }],
    ["nothing and something", undefined, 0, { was: "nothing", is: "0" }],
    ["texts", "a", 'b"', { was: '"a"', is: '"b\\""' }],
    ["records", { a: 1, b: [] }, { a: 2, b: [] }, { was: "{ a: 1, b: [] }", is: "{ a: 2, b: [] }" }],
    ["maps", new Map([["a", 1]]), new Map(), { was: 'Map {"a" => 1}', is: "Map {}" }],
    ["sets", new Set([1]), new Set([2]), { was: "Set {1}", is: "Set {2}" }],
    ["bytes", Uint8Array.of(1), Uint8Array.of(2), { was: "Uint8Array [1]", is: "Uint8Array [2]" }],
    ["long lists", many, many.with(777, 0), { at: "[777]", was: "777", is: "0" }],
    ["long lists, one of which ends", many, many.slice(0, 900), { at: "[900]", was: "900", is: "nothing" }],
    [
      "long lists of records",
      { items: many.map((n) => ({ name: `${n}` })) },
      { items: many.map((n) => ({ name: n === 5 ? "five" : `${n}` })) },
      { at: ".items[5].name", was: '"5"', is: '"five"' },
    ],
    [
      "large maps",
      new Map(many.map((n) => [`${n}`, n])),
      new Map(many.filter((n) => n !== 3).map((n) => [`${n}`, n])),
      { at: '["3"]', was: "3", is: "nothing" },
    ],
    ["large sets", new Set(many), new Set(many.slice(1)), { at: "", was: "0", is: "nothing" }],
    [
      "long texts",
      "x".repeat(500),
      `${"x".repeat(499)}y`,
      { at: " from character 500", was: '"x"', is: '"y"' },
    ],
  ];
  it.each(pairs)("%s", (_, one, other, found) => {
    expect(differing(answer(one), answer(other))).toEqual(found);
  });

  it("an answer, an err and a trap", () => {
    const err: Outcome = { kind: "err", value: "no" };
    const trap: Outcome = { kind: "trap", value: "unreachable" };
    expect(differing(answer("no"), err)).toEqual({ was: '"no"', is: 'the err "no"' });
    expect(differing(err, trap)).toEqual({ was: 'the err "no"', is: "a trap: unreachable" });
    expect(differing({ kind: "err", value: undefined }, answer(1))).toEqual({ was: "an err", is: "1" });
    expect(differing(err, { kind: "err", value: "never" })).toEqual({
      was: 'the err "no"',
      is: 'the err "never"',
    });
  });
});

it("shows a value in a line that is never long, and takes no longer for a large one", () => {
  let asked = 0;
  const endless = {
    *[Symbol.iterator]() {
      for (;;) yield asked++;
    },
  };
  const set = Object.assign(new Set(), endless);
  expect(shown(set, 40)).toBe("Set {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, …");
  expect(asked).toBeLessThan(40);
  expect(shown("🙂".repeat(20), 12)).toBe('"🙂🙂🙂🙂🙂…');
  expect(shown({ list: many }, 30)).toHaveLength(30);
  expect(shownCall("find", ["a", 3n, null])).toBe('find("a", 3n, null)');
  expect(shownCall("put", [many], 20)).toBe("put([0, 1, 2, 3, 4, 5, …)");
});
