import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { type Build, build } from "../../abi/transform/build.ts";
import { camelCase } from "../../abi/type.ts";
import { valuesOf } from "../canonical/arbitrary.ts";
import { Failed, guest, type Instance, instantiate, outcome } from "./instance.ts";

const RELAY = "test:relay/relay@1.0.0";
const flags = ["GRANULARITY=1", "STEPFACTOR=100000000", "IDLEFACTOR=100"].flatMap((flag) => [
  "--use",
  `ASC_GC_${flag}`,
]);

describe.each([
  ["at -O0", { optimize: "debug" }],
  ["at -O3", { optimize: "release" }],
  ["with a whole collection at every allocation", { optimize: "debug", asc: flags }],
] as const)("a guest built %s that asks its host for what it is asked", (_, options) => {
  let made: Build;
  let instance: Instance;
  let arrived: unknown;
  beforeAll(async () => {
    made = await build(guest("relay"), options);
    const functions = made.manifest.exports.map(({ name, result }) => {
      const whole = typeof result === "object" && "result" in result;
      const relay = (value: unknown) => {
        arrived = value;
        if (!whole) return value;
        const { tag, val } = value as { tag: "ok" | "err"; val: unknown };
        if (tag === "err") throw new Failed(val);
        return val;
      };
      return [camelCase(name), relay] as const;
    });
    instance = instantiate(made.wasm, { [RELAY]: Object.fromEntries(functions) });
  });

  test("passes every value of every type out and back", () => {
    for (const { name, result } of made.manifest.exports) {
      const call = instance.call[camelCase(name)]!;
      fc.assert(
        fc.property(valuesOf(result!), (value) => {
          const expected = name === "same-numbers" ? Int16Array.from(new Set(value as number[])) : value;
          expect(outcome(() => call(value), result!)).toStrictEqual(expected);
          expect(arrived).toStrictEqual(expected);
        }),
        { numRuns: 100 },
      );
    }
  });

  test("keeps to its memory", () => {
    const value = Array.from({ length: 50 }, (_, x) => ({
      x,
      y: x,
      name: "n".repeat(x),
      tags: ["a"],
      level: "mid",
    }));
    for (let i = 0; i < 100; i++) instance.call.sameNameds!(value);
    const size = instance.memory.buffer.byteLength;
    for (let i = 0; i < 1000; i++) instance.call.sameNameds!(value);
    expect(instance.memory.buffer.byteLength).toBe(size);
    expect(arrived).toEqual(value);
  });
});
