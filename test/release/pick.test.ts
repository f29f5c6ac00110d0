/** Which version a key gets. */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Planned, pick, planOf } from "../../host/release/mod.ts";
import { failed } from "./failed.ts";

const KEYS = Array.from({ length: 20_000 }, (_, i) => `user-${i}`);
const salt = fc.string({ minLength: 1, maxLength: 32, unit: fc.constantFrom(..."0123456789abcdef") });
const weight = fc.integer({ min: 0, max: 100 });

function ramp(salt: string, weight: number) {
  return planOf({
    salt,
    split: [
      { version: "1.0.0", weight: 100 - weight },
      { version: "2.0.0", weight },
    ],
  });
}

describe("a plan's shares", () => {
  test("are what the keys get, whatever the salt", () => {
    fc.assert(
      fc.property(salt, weight, weight, (salt, a, b) => {
        const [first, second] = [Math.min(a, b), Math.abs(a - b)];
        const shares = { "1.0.0": 100 - first - second, "2.0.0": first, "3.0.0": second };
        const split = Object.entries(shares).map(([version, weight]) => ({ version, weight }));
        const plan = planOf({ salt, split });
        const counts = new Map<string, number>();
        for (const key of KEYS) {
          const picked = pick(plan, key);
          counts.set(picked, (counts.get(picked) ?? 0) + 1);
        }
        for (const [version, weight] of Object.entries(shares)) {
          const p = weight / 100;
          // Five standard deviations, and none at all where a share is 0 or 100.
          const slack = 5 * Math.sqrt(KEYS.length * p * (1 - p));
          expect(Math.abs((counts.get(version) ?? 0) - p * KEYS.length)).toBeLessThanOrEqual(slack);
        }
      }),
      { numRuns: 30 },
    );
  });

  test("that grow move nobody back, and nobody sideways", () => {
    const few = KEYS.slice(0, 2_000);
    fc.assert(
      fc.property(salt, weight, weight, fc.integer({ min: 0, max: 20 }), (salt, a, b, third) => {
        const most = 100 - third;
        const [low, high] = [Math.min(a, b, most), Math.min(Math.max(a, b), most)];
        // The version that grows lies beside the stable one; another has a share of its own meanwhile.
        const at = (weight: number) =>
          planOf({
            salt,
            split: [
              { version: "1.0.0", weight: most - weight },
              { version: "2.0.0", weight },
              { version: "other", weight: third },
            ],
          });
        const [before, after] = [at(low), at(high)];
        for (const key of few) {
          const [had, has] = [pick(before, key), pick(after, key)];
          if (had !== has && (had !== "1.0.0" || has !== "2.0.0")) throw new Error(`${key}: ${had}, ${has}`);
        }
      }),
    );
  });

  test("fall on other keys with another salt", () => {
    const cohort = (salt: string) => {
      const plan = ramp(salt, 10);
      return new Set(KEYS.filter((key) => pick(plan, key) === "2.0.0"));
    };
    const [a, b] = [cohort("one"), cohort("two")];
    const both = [...a].filter((key) => b.has(key)).length;
    expect(both / KEYS.length).toBeGreaterThan(0.005);
    expect(both / KEYS.length).toBeLessThan(0.015);
  });

  test("hold for keys of every length and script, and for calls without a key", () => {
    const plan = ramp("s", 50);
    for (const make of [
      (i: number) => String(i),
      (i: number) => "é".repeat(i % 50) + i,
      (i: number) => `${i}\u{1F331}`,
      (i: number) => String.fromCharCode(i),
      () => undefined,
    ]) {
      const hits = KEYS.filter((_, i) => pick(plan, make(i)) === "2.0.0").length;
      expect(Math.abs(hits / KEYS.length - 0.5)).toBeLessThan(0.03);
    }
  });

  test("of 0 are nobody's, and of 100 everybody's", () => {
    const plan = planOf({ "1.0.0": 0, "2.0.0": 100, "3.0.0": 0 });
    expect(new Set([...KEYS, undefined].map((key) => pick(plan, key)))).toEqual(new Set(["2.0.0"]));
  });
});

describe("a plan's rules", () => {
  const plan = planOf({
    salt: "s",
    split: [
      { version: "1.0.0", weight: 100 },
      { version: "2.0.0", weight: 0 },
      { version: "3.0.0", weight: 0 },
    ],
    rules: [
      { version: "2.0.0", keys: ["ann", "bob"] },
      { version: "3.0.0", attributes: { country: ["fr", "de"], beta: ["true"] } },
      { version: "2.0.0", keys: ["cy"], attributes: { beta: ["true"] } },
    ],
  });

  test("give a version to named keys, and to callers with named attributes", () => {
    expect(pick(plan, "ann")).toBe("2.0.0");
    expect(pick(plan, "dan")).toBe("1.0.0");
    expect(pick(plan, "dan", { country: "fr", beta: true })).toBe("3.0.0");
    expect(pick(plan, undefined, { country: "de", beta: "true" })).toBe("3.0.0");
  });

  test("want all that they say, and the first of them counts", () => {
    expect(pick(plan, "dan", { country: "fr" })).toBe("1.0.0");
    expect(pick(plan, "cy")).toBe("1.0.0");
    expect(pick(plan, "cy", { beta: true })).toBe("2.0.0");
    expect(pick(plan, "ann", { country: "fr", beta: true })).toBe("2.0.0");
    expect(pick(plan, "dan", Object.create({ country: "fr", beta: true }))).toBe("1.0.0");
  });
});

describe("a plan that cannot be", () => {
  const one = { version: "1.0.0", weight: 100 };
  test.each<[string, Planned, string]>([
    ["has no version", {}, "could not use a plan: split: wanted a version; found no version"],
    [
      "has 90 percent",
      { a: 90 },
      "could not use a plan: the weights are 90 percent together, wanted 100; found a: 90",
    ],
    [
      "has a weight below 0",
      { a: 110, b: -10 },
      "could not use a plan: split[0].weight: wanted percent, from 0 to 100; found a: 110, b: -10",
    ],
    ["has a weight that is none", { a: Number.NaN }, "could not use a plan: split[0].weight: wanted percent"],
    [
      "names a version twice",
      {
        split: [
          { ...one, weight: 50 },
          { ...one, weight: 50 },
        ],
      },
      "a version is named twice",
    ],
    ["rules for nobody", { split: [one], rules: [{ version: "1.0.0" }] }, "a rule names keys or attributes"],
    [
      "rules for a stranger",
      { split: [one], rules: [{ version: "2", keys: ["a"] }] },
      "a rule names 2, which is not in",
    ],
    ["breaks a line", { "a\nb": 100 }, "wanted a line of text"],
  ])("is refused where it %s", async (_, planned, message) => {
    const error = await failed(() => planOf(planned));
    expect(error.code).toBe("argument");
    expect(error.message).toContain(message);
  });

  test("is refused where it is no plan", async () => {
    for (const each of [undefined, null, 3, "a", []])
      expect((await failed(() => planOf(each as never))).code).toBe("argument");
  });

  test("and one that can is nobody's to change", () => {
    const plan = planOf({ a: 100 });
    expect(() => Object.assign(plan.split[0]!, { weight: 0 })).toThrow(TypeError);
  });
});
