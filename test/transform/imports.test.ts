import { beforeAll, describe, expect, test } from "vitest";
import { type Build, build } from "../../abi/transform/build.ts";
import { Failed, type Grants, guest, type Instance, instantiate } from "./instance.ts";

describe.each(["debug", "release"] as const)("a guest built for %s", (optimize) => {
  let made: Build;
  let instance: Instance;
  let seen: unknown[][];
  beforeAll(async () => {
    made = await build(guest("calls"), { optimize });
    instance = run();
  });

  function run(): Instance {
    seen = [];
    const record =
      <T>(answer: (...args: never[]) => T) =>
      (...args: never[]) => {
        seen.push(args);
        return answer(...args);
      };
    const grants: Grants = {
      "acme:metrics/counter@1.0.0": {
        increment: record((name: string, by: number) => name.length + by),
        names: record((prefix?: string) => {
          const length = prefix === "all" ? 20_000 : 3;
          return Array.from({ length }, (_, i) => `${prefix ?? "-"}${i}`);
        }),
        rename: record((one: { name: string }) => {
          if (one.name === "") throw new Failed("no name");
          return { ...one, name: `${one.name}!`, level: "very-high" };
        }),
        wide: record((...parts: unknown[]) => parts.join("")),
        note: record(() => undefined),
      },
      "moult:log/log@1.0.0": { write: record(() => undefined) },
      "wasi:clocks/wall-clock@0.2.3": { now: record(() => ({ seconds: 12n, nanoseconds: 345_678_901 })) },
      "wasi:clocks/monotonic-clock@0.2.3": { now: record(() => 1000n) },
      "wasi:random/random@0.2.3": {
        getRandomU64: record(() => 0x0123_4567_89ab_cdefn),
        getRandomBytes: record((length: bigint) => Uint8Array.from({ length: Number(length) }, (_, i) => i)),
      },
    };
    return instantiate(made.wasm, grants);
  }

  test("builds without a warning", () => {
    expect([...made.warnings, ...made.notes]).toEqual([]);
  });

  test("imports what its code uses, and nothing else", () => {
    const module = new WebAssembly.Module(made.wasm as Uint8Array<ArrayBuffer>);
    const imports = WebAssembly.Module.imports(module).map((one) => `${one.module} ${one.name}`);
    expect(imports.sort()).toEqual([
      "acme:metrics/counter@1.0.0 increment",
      "acme:metrics/counter@1.0.0 names",
      "acme:metrics/counter@1.0.0 note",
      "acme:metrics/counter@1.0.0 rename",
      "acme:metrics/counter@1.0.0 wide",
      "env abort",
      "env memory",
      "moult:log/log@1.0.0 write",
      "wasi:clocks/monotonic-clock@0.2.3 now",
      "wasi:clocks/wall-clock@0.2.3 now",
      "wasi:random/random@0.2.3 get-random-bytes",
      "wasi:random/random@0.2.3 get-random-u64",
    ]);
  });

  test("lists the same in its manifest, with types", () => {
    const listed = made.manifest.imports.map((one) => [one.interface, one.functions.map(({ name }) => name)]);
    expect(listed).toEqual([
      ["acme:metrics/counter@1.0.0", ["increment", "names", "rename", "wide", "note"]],
      ["moult:log/log@1.0.0", ["write"]],
      ["wasi:clocks/monotonic-clock@0.2.3", ["now"]],
      ["wasi:clocks/wall-clock@0.2.3", ["now"]],
      ["wasi:random/random@0.2.3", ["get-random-bytes", "get-random-u64"]],
    ]);
    expect(made.manifest.imports[1]?.functions[0]).toEqual({
      name: "write",
      params: [
        { name: "level", type: { enum: ["debug", "info", "warn", "error"], name: "level" } },
        { name: "message", type: "string" },
      ],
    });
  });

  test("passes scalars and strings", () => {
    expect(instance.call.count!("four", 38)).toBe(42);
    expect(seen.at(-1)).toEqual(["four", 38]);
  });

  test("passes options, and takes lists", () => {
    expect(instance.call.join!(undefined)).toBe("-0 -1 -2");
    expect(instance.call.join!("x")).toBe("x0 x1 x2");
    expect((instance.call.join!("all") as string).split(" ").length).toBe(20_000);
    expect(instance.call.twice!("a", "b")).toBe("a0|a1|a2|b0|b1|b2");
  });

  test("passes records and results, and takes both ends of a result", () => {
    const one = { x: 1, y: 2.5, name: "n", tags: ["a", ""], level: "low" };
    expect(instance.call.rename!(one, 0, "because")).toBe("n!/2");
    expect(seen.at(-1)).toEqual([one, undefined, { tag: "ok", val: "because" }]);
    expect(instance.call.rename!({ ...one, name: "" }, 7, "")).toBe("no name");
    expect(seen.at(-1)).toEqual([{ ...one, name: "" }, 7, { tag: "err", val: 0.5 }]);
  });

  test("passes more parameters than travel as core values, in both directions", () => {
    expect(instance.call.wide!()).toBe("abcdefgh9");
    expect(instance.call.many!("a", "b", "c", "d", "e", "f", "g", "h", 200)).toBe("abcdefgh200");
  });

  test("passes maps", () => {
    instance.call.note!(1000);
    const [levels] = seen.at(-1) as [Map<string, bigint>];
    expect(levels.size).toBe(1000);
    expect(levels.get("level 999")).toBe(999n);
  });

  test("reaches the log, the clock and random numbers by the guest library", () => {
    instance.call.say!("hello");
    expect(seen.slice(-2)).toEqual([
      ["debug", "hello"],
      ["error", "hello"],
    ]);
    expect(instance.call.now!()).toBe(12_345n);
    expect(instance.call.number!()).toBe(0x0123_4567_89ab_cdefn + 1000n);
    expect(instance.call.key!()).toEqual(Uint8Array.of(0, 1, 2, 3));
  });

  test("seeds Math.random from the host's random numbers", () => {
    const first = instance.call.dice!();
    expect(run().call.dice!()).toBe(first);
    expect(first).toBeGreaterThan(0);
  });

  test("keeps to its memory through ten thousand calls out", () => {
    for (let i = 0; i < 500; i++) instance.call.join!("x");
    const size = instance.memory.buffer.byteLength;
    for (let i = 0; i < 10_000; i++) instance.call.join!("x");
    expect(instance.memory.buffer.byteLength).toBe(size);
  });
});
