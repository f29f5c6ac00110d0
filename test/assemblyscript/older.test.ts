/** Modules of older compilers: what lies otherwise in them is refused when they are loaded, and not at their first swap. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { assemblyscript } from "../../host/guest/assemblyscript/mod.ts";
import { contract, load, log, wit } from "../../host/mod.ts";
import { refusal } from "./refusal.ts";

const abi = assemblyscript();
const module = (name: string) => readFileSync(new URL(`../guests/older/${name}.wasm`, import.meta.url));
const one = contract("test:older/one@1", { twice: { params: [z.string()], returns: z.string() } });
const Numbers = contract("test:older/numbers@1", {
  add: { params: [z.int32(), z.int32()], returns: z.int32() },
  count: { params: [], returns: z.uint32() },
});
const Text = contract("test:older/text@1", {
  twice: { params: [z.string()], returns: z.string() },
  sum: { params: [wit.bytes()], returns: z.uint32() },
  count: { params: [], returns: z.uint32() },
});
const OLD =
  "its runtime is not that of AssemblyScript 0.24 or later, the oldest that is served; build it with one of those";

/** Flags of the first classes, as the runtime of 0.24 and later has them. */
const SERVED = "\\20\\00\\00\\00\\20\\00\\00\\00\\20\\00\\00\\00\\00\\00\\00\\00";

describe.each(["0.17.14", "0.18.32", "0.22.0", "0.23.1"])("AssemblyScript %s", (version) => {
  test("is refused where it has state, which could not leave it", async () => {
    const started = version === "0.17.14" ? "bytes" : "plugin 0.0.0";
    expect(await refusal(load(Numbers, module(`state-${version}`), { abi }))).toBe(
      `[mismatch] could not load ${started}: it exports save and restore, so it has state, but ${OLD}`,
    );
  });
});

describe.each(["0.17.14", "0.22.0", "0.23.1"])("AssemblyScript %s without state", (version) => {
  test("is refused where text or bytes cross", async () => {
    const [text, bytes] = await Promise.all([
      refusal(load(one, module(`text-${version}`), { abi })),
      refusal(
        load(
          contract("test:older/one@1", { sum: { params: [wit.bytes()], returns: z.uint32() } }),
          module(`text-${version}`),
          { abi },
        ),
      ),
    ]);
    for (const message of [text, bytes]) {
      expect(message).toMatch(/^\[mismatch\] /);
      expect(message).toContain(OLD);
    }
  });

  test("serves numbers, which lie nowhere", async () => {
    const plugin = await load(Numbers, module(`text-${version}`), { abi });
    expect(await plugin.call.add(2, 3)).toBe(5);
    // A wider view of it is looked at as a module is.
    expect(() => plugin.as(one)).toThrow(OLD);
    expect(await plugin.call.count()).toBe(0);
    await plugin.close();
  });

  test("does not take the place of a version that serves", async () => {
    const plugin = await load(one, module("state-0.24.1"), { abi });
    expect(await plugin.call.twice("a")).toBe("aa");
    expect(await refusal(plugin.swap(module(`text-${version}`)))).toMatch(
      /^\[(mismatch|incompatible-state)\] /,
    );
    expect(await refusal(plugin.swap(module(`text-${version}`), { reset: true }))).toContain(OLD);
    expect(await plugin.call.twice("b")).toBe("bb");
    await plugin.close();
  });
});

test.each(["0.24.1", "0.27.37"])("AssemblyScript %s serves, and its state crosses", async (version) => {
  const plugin = await load(Text, module(`state-${version}`), { abi });
  expect(await plugin.call.twice("aé")).toBe("aéaé");
  expect(await plugin.call.sum(Uint8Array.of(1, 2, 250))).toBe(253);
  expect(await plugin.swap(module("state-0.24.1"))).toMatchObject({ outcome: "swapped", stateBytes: 4 });
  expect(await plugin.call.count()).toBe(1);
  expect((await plugin.snapshot()).length).toBeGreaterThan(4);
  await plugin.close();
});

test("an old module that is given log lines is refused when it is loaded", async () => {
  const { parseWat } = await (await import("wabt")).default();
  const tables = (words: string) => `(module
    (import "env" "trace" (func (param i32 i32 f64 f64 f64 f64 f64)))
    (memory (export "memory") 1) (global (export "__rtti_base") i32 (i32.const 64))
    (data (i32.const 64) "${words}") (func (export "add") (param i32 i32) (result i32) i32.const 0)
    (func (export "count") (result i32) i32.const 0))`;
  const binary = (words: string) => parseWat("old.wat", tables(words)).toBinary({}).buffer;
  const grant = [log(console)];
  const old = "\\03\\00\\00\\00\\20\\00\\00\\00\\20\\00\\00\\00\\00\\00\\00\\00\\41\\00\\00\\00";
  expect(await refusal(load(Numbers, binary(old), { abi, grant }))).toBe(
    `[mismatch] could not load plugin 0.0.0: it imports env.trace, but ${OLD}`,
  );
  await (await load(Numbers, binary(`\\04\\00\\00\\00${SERVED}`), { abi, grant })).close();
});

test.each([
  ["outside of the memory", 65_524],
  ["at an odd address", 65],
  ["of too few classes", 128],
  ["of no classes", 0],
])("type information %s is that of no runtime", async (_, place) => {
  const { parseWat } = await (await import("wabt")).default();
  const body = `(module (memory (export "memory") 1) (global (export "__rtti_base") i32 (i32.const ${place}))
    (data (i32.const 65) "\\04\\00\\00\\00${SERVED}") (data (i32.const 128) "\\03\\00\\00\\00${SERVED}")
    (data (i32.const 65524) "\\04\\00\\00\\00\\20\\00\\00\\00\\20\\00\\00\\00")
    (func (export "twice") (param i32) (result i32) local.get 0)
    (func (export "__new") (param i32 i32) (result i32) i32.const 0)
    (func (export "__pin") (param i32) (result i32) i32.const 0) (func (export "__unpin") (param i32)))`;
  const binary = parseWat("odd.wat", body).toBinary({}).buffer;
  expect(await refusal(load(one, binary, { abi }))).toBe(
    `[mismatch] could not load plugin 0.0.0: its export twice takes or answers objects, but ${OLD}`,
  );
});

test("an old string that no table told of says what it may be", async () => {
  const { parseWat } = await (await import("wabt")).default();
  const body = `(module (memory (export "memory") 1) (data (i32.const 992) "\\01\\00\\00\\00\\00\\00\\00\\00")
    (func (export "text") (result i32) i32.const 1000))`;
  const Untold = contract("test:older/untold@1", { text: { params: [], returns: z.string() } });
  const plugin = await load(Untold, parseWat("untold.wat", body).toBinary({}).buffer, { abi });
  expect(await refusal(plugin.call.text())).toContain(
    "result: wanted a string, found an object of class 1, which strings were before AssemblyScript 0.24;",
  );
});
