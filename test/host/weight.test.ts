import { expect, it } from "vitest";
import { weight } from "../../host/weight.ts";

const text = "x".repeat(1000);

it("of a text is that of its characters, and of bytes theirs", () => {
  expect(weight(text)).toBeGreaterThanOrEqual(2000);
  expect(weight([new Uint8Array(5000)])).toBeGreaterThanOrEqual(5000);
  expect(weight(new Map([[text, [text]]]))).toBeGreaterThanOrEqual(4000);
});

it.each([
  [
    "from one of its own fields",
    (one: Record<string, unknown>) => Object.assign(one, { left: one, right: one }),
  ],
  ["from a list in it", (one: Record<string, unknown>) => Object.assign(one, { all: [one, one, one] })],
  [
    "from a Map and a Set in it",
    (one: Record<string, unknown>) => Object.assign(one, { m: new Map([[one, one]]), s: new Set([one]) }),
  ],
])("of an object that is reached %s again is counted once, and ends", (_, close) => {
  const one = close({ text });
  const found = weight(one);
  expect(found).toBeGreaterThanOrEqual(2000);
  expect(found).toBeLessThan(4000);
});

it("of an object that stands in many places is the memory that it takes", () => {
  let shared: unknown = [text];
  for (let depth = 0; depth < 60; depth++) shared = [shared, shared];
  expect(weight(shared)).toBeLessThan(10_000);
});

it("of an object whose getter throws is what was found before", () => {
  const guarded = {
    text,
    get never(): string {
      throw new Error("no");
    },
  };
  expect(weight([text, guarded])).toBeGreaterThanOrEqual(2000);
});
