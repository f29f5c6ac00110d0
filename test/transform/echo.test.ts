import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { lift, lower } from "../../abi/canonical/mod.ts";
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

  test("gives back what is large, alone and among others, and keeps to its memory", () => {
    const long = (length: number) => "lang, ".repeat(length).slice(0, length);
    // On both sides of where arguments get buffers of their own, which is 2048 bytes.
    const values: [string, unknown][] = [];
    for (const size of [2040, 2047, 2048, 2049, 5000, 70_000]) {
      const bytes = Uint8Array.from({ length: size }, (_, i) => i * 7);
      const name = long(size >> 1);
      values.push(
        ["echoString", name],
        ["echoBytes", bytes],
        ["echoBuffer", bytes],
        ["echoStatic", bytes],
        ["echoClamped", bytes],
        ["echoFloats", new Float64Array(size >> 3).fill(0.1)],
        ["echoShorts", new Int16Array(size >> 1).fill(-2)],
        ["echoNames", [name, "kurz", name, `${name}!`, ""]],
        ["echoMaybes", [undefined, name, undefined]],
        ["echoSet", [name, `${name}!`]],
        ["echoMap", new Map([[name, 1n]])],
        ["echoPair", { first: name, second: new Uint16Array(size >> 1).fill(7) }],
        ["echoDeep", [[new Int8Array(size), new Int8Array(3)], []]],
        ["echoMapDeep", new Map([[1, [{ x: 1, y: 2, name, tags: [name, "b"], level: "mid" }]]])],
      );
    }
    const all = () => {
      for (const [name, value] of values) {
        const wanted = name === "echoSet" ? new Set(value as string[]) : value;
        const found = instance.call[name]!(value);
        const same = isDeepStrictEqual(name === "echoSet" ? new Set(found as string[]) : found, wanted);
        expect(same ? "the same" : name).toBe("the same");
      }
    };
    for (let i = 0; i < 5; i++) all();
    const size = instance.memory.buffer.byteLength;
    for (let i = 0; i < 15; i++) all();
    expect(instance.memory.buffer.byteLength).toBe(size);
  });

  test("frees what is large of arguments that did not fit after all", () => {
    const instance = instantiate(made.wasm);
    const value = [{ x: 1, y: 2, name: "n".repeat(50_000), tags: ["t".repeat(50_000)], level: "none" }];
    const wrong = () => expect(() => instance.call.echoNamedList!(value)).toThrow("level: wanted one of");
    for (let i = 0; i < 20; i++) wrong();
    instance.call.churn!(1);
    const size = instance.memory.buffer.byteLength;
    for (let i = 0; i < 200; i++) {
      wrong();
      if (i % 10 === 9) expect(instance.call.echoString!("after")).toBe("after");
    }
    expect(instance.memory.buffer.byteLength).toBeLessThanOrEqual(2 * size);
  });

  test("allocates for a host that asks for more, or less, than it needed at first", () => {
    const instance = instantiate(made.wasm);
    const { realloc } = instance.guest;
    const core = instance.exports["echo-string"] as (at: number, length: number) => number;
    const post = instance.exports["cabi_post_echo-string"] as (result: number) => void;
    for (const sizes of [
      [10, 4000],
      [4000, 10],
      [4000, 9000],
      [9000, 4000],
      [4000, 3000, 8000],
    ]) {
      let at = 0;
      let was = 0;
      for (const size of sizes) {
        at = realloc(at, was, 2, size);
        new Uint16Array(instance.memory.buffer, at, size >> 1).fill(0x61);
        was = size;
      }
      const result = core(at, was >> 1);
      instance.call.churn!(10);
      expect(lift("string", instance.guest, result)).toBe("a".repeat(was >> 1));
      post(result);
    }
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
