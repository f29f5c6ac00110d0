import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { lift, lower } from "../../abi/canonical.ts";
import { manifestSchema } from "../../abi/manifest.ts";
import { type Build, build } from "../../abi/transform/build.ts";
import { camelCase, type ValueType } from "../../abi/type.ts";
import { valuesOf } from "../canonical/arbitrary.ts";
import { guest, type Instance, instantiate, outcome } from "./instance.ts";

const builds = {
  "at -O0": { optimize: "debug" },
  "at -O3": { optimize: "release" },
  "at -O3, converged": { optimize: "release", asc: ["--converge"] },
  "with a whole collection at every allocation": {
    optimize: "release",
    asc: ["GRANULARITY=1", "STEPFACTOR=100000000", "IDLEFACTOR=100"].flatMap((flag) => [
      "--use",
      `ASC_GC_${flag}`,
    ]),
  },
} as const;

describe.each(Object.entries(builds))("a guest built %s", (_, options) => {
  let made: Build;
  let instance: Instance;
  beforeAll(async () => {
    made = await build(guest("echo"), options);
    instance = instantiate(made.wasm);
  });

  test("builds without a warning", () => {
    expect([...made.warnings, ...made.notes]).toEqual([]);
  });

  test("has a manifest as the ABI wants it", () => {
    expect(manifestSchema.parse(made.manifest)).toEqual(made.manifest);
    expect(instance.manifest).toEqual(made.manifest);
  });

  test("gives back every value of every type, however often it is called", () => {
    for (const { name, result } of made.manifest.exports.filter(({ name }) => name.startsWith("echo-"))) {
      const call = instance.call[camelCase(name)]!;
      fc.assert(
        fc.property(valuesOf(result!), (value) => {
          expect(outcome(() => call(value), result!)).toStrictEqual(once(name, value));
        }),
        { numRuns: 100 },
      );
    }
  });

  test("keeps to its memory through a thousand calls", () => {
    const value = Array.from({ length: 50 }, (_, x) => ({
      x,
      y: x / 3,
      name: "n".repeat(x),
      tags: ["a", "b"],
      level: "mid",
    }));
    for (let i = 0; i < 100; i++) instance.call.echoNamedList!(value);
    const size = instance.memory.buffer.byteLength;
    for (let i = 0; i < 1000; i++) instance.call.echoNamedList!(value);
    expect(instance.memory.buffer.byteLength).toBe(size);
    expect(instance.call.echoNamedList!(value)).toEqual(value);
  });

  test("keeps a result for the host until it is read, even when the guest runs in between", () => {
    const core = instance.exports["echo-maybes"] as (at: number, length: number) => number;
    const value = Array.from({ length: 100 }, (_, i) => (i % 3 === 0 ? undefined : `text ${i}`));
    const type: ValueType = { list: { option: "string" } };
    const { realloc } = instance.guest;
    const pair = realloc(0, 0, 4, 8);
    lower(type, instance.guest, value, pair);
    const view = new DataView(instance.memory.buffer);
    const result = core(view.getUint32(pair, true), view.getUint32(pair + 4, true));
    instance.call.churn!(10_000);
    expect(lift(type, instance.guest, result)).toEqual(value);
    (instance.exports["cabi_post_echo-maybes"] as (result: number) => void)(result);
  });

  test("aborts when an enum holds a number that is no case of it", () => {
    const instance = instantiate(made.wasm);
    expect(instance.call.wrongLevel!(2)).toBe("very-high");
    const message = /^(3|-1) is no case of Level at ~lib\/moult\/exports\.ts:\d+:\d+$/;
    expect(() => instance.call.wrongLevel!(3)).toThrow(message);
    expect(() => instance.call.wrongLevel!(-1)).toThrow(message);
  });

  test("takes and gives a string of ten million characters", () => {
    const text = "käse".repeat(2_500_000);
    expect(instance.call.echoString!(text) === text).toBe(true);
    expect(instance.call.echoString!("after")).toBe("after");
  });
});

/** A guest's set holds each value once. */
function once(name: string, value: unknown): unknown {
  if (name === "echo-set") return [...new Set(value as unknown[])];
  if (name === "echo-numbers") return BigInt64Array.from(new Set(value as bigint[]));
  return value;
}
