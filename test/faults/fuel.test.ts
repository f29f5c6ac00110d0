/** Fuel: a guest that does more than it may is ended, wherever it runs, and nothing that was acknowledged is lost. */
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { guestStack } from "../../host/dev/guest-stack.ts";
import { assemblyscript } from "../../host/guest/assemblyscript/mod.ts";
import { capability, contract, type LoadOptions, load, type Plugin } from "../../host/mod.ts";
import { directoryStore } from "../../host/node/mod.ts";
import { build as plain } from "../assemblyscript/build.ts";
import { build } from "../kept/build.ts";
import { failure, manifest, refused, wat } from "./guest.ts";
import { LOOP, module, Odd, post, realloc, run, say, text } from "./odd.ts";

const Runaway = contract("test:runaway/runaway@1", {
  arm: { params: [z.uint32()] },
  armed: { params: [], returns: z.uint32() },
  spin: { params: [] },
  recurse: { params: [z.uint32()], returns: z.uint32() },
  fib: { params: [z.uint32()], returns: z.uint32() },
  work: { params: [z.uint32()], returns: z.uint32() },
  copy: { params: [z.uint32()], returns: z.uint32() },
  keep: { params: [z.uint32()], returns: z.uint32() },
  echo: { params: [z.array(z.string())], returns: z.array(z.string()) },
});
const SOURCE = new URL("../guests/limits/runaway.ts", import.meta.url);
const runaway = async (version = "1.0.0") => (await build(SOURCE, { version })).wasm;
const loaded = async (options: LoadOptions = {}) =>
  load(Runaway, await runaway(), { limits: { fuel: 1_000_000 }, ...options });

describe("a call", () => {
  test("is answered as without a limit, as long as it takes less", async () => {
    await using plugin = await loaded();
    await using free = await load(Runaway, await runaway());
    for (const n of [0, 1, 2, 15]) {
      expect(plugin.callSync.fib(n)).toBe(free.callSync.fib(n));
      expect(plugin.callSync.work(n * 1_000)).toBe(free.callSync.work(n * 1_000));
    }
    const texts = ["", "a", "grün ✓", "x".repeat(10_000)];
    expect(await plugin.call.echo(texts)).toEqual(texts);
    // Each call has its own.
    for (let i = 0; i < 500; i++) plugin.callSync.work(10_000);
  });

  test.each<[string, (call: Plugin<typeof Runaway>["call"]) => Promise<unknown>]>([
    ["an endless loop", (call) => call.spin()],
    ["calls without a loop", (call) => call.fib(40)],
    ["a long loop", (call) => call.work(10_000_000)],
    ["runs of memory", (call) => call.copy(1_000)],
  ])("that takes more is ended: %s", async (_, run) => {
    const plugin = await loaded();
    expect(await refused(run(plugin.call))).toMatch(
      /^\[out-of-fuel\] could not call runaway\.\w+: version 1\.0\.0: it used up the fuel of a call, 1,000,000 units \(limits\.fuel\); it is not called again until it is swapped or rolled back$/,
    );
    // The instance has ended.
    await expect(plugin.call.work(1)).rejects.toMatchObject({ code: "out-of-fuel" });
    await plugin.close();
  });

  test("takes the same in every instance, and `fuelUsed` says how much", async () => {
    await using free = await load(Runaway, await runaway());
    expect(free.fuelUsed).toBe(undefined);
    const enough = async (fuel: number) => {
      await using plugin = await loaded({ limits: { fuel } });
      return plugin.call.work(1_000).then(
        () => true,
        () => false,
      );
    };
    let [low, high] = [1, 1_000_000];
    while (low + 1 < high) {
      const middle = (low + high) >> 1;
      if (await enough(middle)) high = middle;
      else low = middle;
    }
    expect([await enough(high), await enough(high - 1)]).toEqual([true, false]);
    expect(high).toBeGreaterThan(5_000);
    expect(high).toBeLessThan(50_000);
    await using plugin = await loaded({ limits: { fuel: Number.POSITIVE_INFINITY } });
    await plugin.call.work(1_000);
    expect(plugin.fuelUsed).toBe(high);
    await plugin.call.work(2_000);
    expect(plugin.fuelUsed).toBeGreaterThan(1.9 * high);
  });

  test("that recurses without end overflows its stack, and is not said to have used up its fuel", async () => {
    await using plugin = await loaded({ limits: { fuel: 1e12 } });
    await expect(plugin.call.recurse(100_000_000)).rejects.toMatchObject({ code: "trapped" });
  });

  test("that is ended loses nothing where calls are kept", async () => {
    await using plugin = await loaded({ afterTrap: "restart" });
    await plugin.call.arm(7);
    const error = await refused(plugin.call.spin());
    expect(error).toContain("[out-of-fuel]");
    expect(error).toContain("a fresh instance takes its place, without this call");
    expect(await plugin.call.work(3)).toBe(29);
    expect(plugin.history().at(-1)).toMatchObject({ outcome: "restarted", cause: { code: "out-of-fuel" } });
  });
});

describe("a hook", () => {
  test("has a full tank each time", async () => {
    const plugin = await loaded({ limits: { fuel: 100_000, hookFuel: 200_000 } });
    const errors: unknown[] = [];
    plugin.on("error", ({ error }) => void errors.push(error));
    await plugin.call.arm(6);
    await plugin.call.work(5_000);
    // A call leaves less than the stop takes, which does the same work.
    expect(plugin.fuelUsed).toBeGreaterThan(60_000);
    await plugin.close();
    expect(errors).toEqual([]);
  });

  test.each([
    ["save", 1, "failed-save"],
    ["restore", 2, "failed-restore"],
    ["onRestore", 3, "failed-restore"],
    ["checkState", 4, "failed-check"],
  ])("that runs away refuses a swap, and the version serves on: %s", async (_, place, code) => {
    await using plugin = await loaded({ limits: { fuel: 100_000, hookFuel: 200_000 } });
    await plugin.call.arm(place);
    await expect(plugin.swap(await runaway("1.1.0"))).rejects.toMatchObject({
      code,
      message: expect.stringContaining("it used up the fuel of a hook, 200,000 units (limits.hookFuel)"),
    });
    expect(plugin.version).toBe("1.0.0");
    expect(await plugin.call.work(3)).toBe(29);
  });

  test("that runs away when it retires is told, and holds nothing up", async () => {
    const plugin = await loaded();
    const errors: unknown[] = [];
    plugin.on("error", ({ error }) => void errors.push(error));
    await plugin.call.arm(5);
    await plugin.close();
    expect(errors).toHaveLength(1);
    expect(String(errors[0])).toContain("it used up the fuel of a hook, 100,000,000 units (limits.hookFuel)");
  });
});

test("a trap is placed in its author's own lines, as without a limit", async () => {
  const source = new URL("../guests/faults/trap-in-call.ts", import.meta.url);
  const made = await build(source, { optimize: "debug", sourceMap: true });
  const places = async (options: LoadOptions) => {
    await using plugin = await load(made.wasm, options);
    const error = await failure(plugin.call.add!(13));
    return guestStack(error, made.sourceMap!).map(({ name, file, line, column }) => [
      name,
      file,
      line,
      column,
    ]);
  };
  const own = await places({});
  expect(own.length).toBeGreaterThan(0);
  expect(await places({ limits: { fuel: 1_000_000 } })).toEqual(own);
  expect(await places({ limits: { fuel: 1e12, memory: 2 ** 24 } })).toEqual(own);
});

describe("code of a hand-written module", () => {
  const limits = { fuel: 10_000 };

  test.each([
    ["cabi_realloc", "run", `${realloc(LOOP)} ${run()} ${say}`],
    ["a function", "run", `${realloc("(i32.const 64)")} ${run("(loop (br 0))")} ${say}`],
    ["cabi_post", "say", `${realloc("(i32.const 64)")} ${run()} ${say} ${post}`],
  ])("that runs away is ended: %s", async (_, name, fields) => {
    await using plugin = await load(Odd, await module(fields), { limits });
    const call = name === "run" ? () => plugin.callSync.run("hello") : () => plugin.callSync.say();
    expect(await refused(call)).toContain("used up the fuel of a call, 10,000 units");
  });

  test("has one tank for all that belongs to it", async () => {
    // An allocation takes more than half of a call's fuel.
    const busy = realloc(`(local $i i32)
      (loop (local.set $i (i32.add (local.get $i) (i32.const 1))) (br_if 0 (i32.lt_u (local.get $i) (i32.const 700))))
      (i32.const 64)`);
    const two = await wat(
      `(memory (export "memory") 1) ${busy} (func (export "test:faults/odd@1.0.0#run") (param i32 i32 i32 i32))`,
      {
        manifest: manifest({
          interface: "test:faults/odd@1.0.0",
          exports: [{ name: "run", params: [text, { ...text, name: "more" }] }],
        }),
      },
    );
    const Two = contract("test:faults/odd@1", { run: { params: [z.string(), z.string()] } });
    await using plugin = await load(Two, two, { limits });
    expect(await refused(() => plugin.callSync.run("one", "two"))).toContain("[out-of-fuel]");
  });

  test("that names what is added to it is no module", async () => {
    const names = [
      "(call 4)",
      "(call 5 (i32.const 1))",
      "(call 7 (f64.const 1e9))",
      "(global.set 0 (i32.const 1000000))",
    ];
    for (const each of names) {
      const odd = await module(`${realloc("(i32.const 64)")} ${run(`(loop ${each} (br 0))`)} ${say}`);
      expect(WebAssembly.validate(odd as Uint8Array<ArrayBuffer>)).toBe(false);
      expect(await refused(load(Odd, odd, { limits }))).toMatch(
        /^\[invalid-module\] could not load bytes: it is not valid WebAssembly: /,
      );
    }
  });

  test.each(["_initialize", "moult:plugin/life@1.0.0#start"])(
    "that runs away before it serves is refused: %s",
    async (name) => {
      const fields = `${realloc("(i32.const 64)")} ${run()} ${say} (func (export "${name}") (loop (br 0)))`;
      const error = await refused(load(Odd, await module(fields), { limits }));
      expect(error).toContain("[failed-start]");
      expect(error).toContain("used up the fuel of a hook, 1,000,000 units (limits.hookFuel)");
    },
  );
});

describe("a plugin whose calls are kept in a store", () => {
  const path = () => mkdtempSync(join(tmpdir(), "moult-fuel-"));

  test("comes back without the call that ran away, which the log has as dropped", async () => {
    const folder = path();
    const limits = { fuel: 1_000_000 };
    const plugin = await load(Runaway, await runaway(), {
      limits,
      store: directoryStore(folder),
      afterTrap: "restart",
    });
    await plugin.call.arm(41);
    expect((await failure(plugin.call.spin())).code).toBe("out-of-fuel");
    await plugin.call.arm(42);
    await plugin.close();
    const again = await load(Runaway, await runaway(), { limits, store: directoryStore(folder) });
    expect(await again.call.armed()).toBe(42);
    await again.close();
    rmSync(folder, { recursive: true });
  });

  /** A store as a kill leaves it: what was acknowledged is in the journal alone. */
  async function killed(calls: (call: Plugin<typeof Runaway>["call"]) => Promise<unknown>): Promise<string> {
    const folder = path();
    const limits = { fuel: 1_000_000 };
    const plugin = await load(Runaway, await runaway(), { limits, store: directoryStore(folder) });
    await calls(plugin.call);
    const copy = path();
    cpSync(folder, copy, { recursive: true, filter: (file) => !file.includes("LOCK") });
    await plugin.close();
    rmSync(folder, { recursive: true });
    return copy;
  }

  test("comes back with every call under a lower limit: what is run again has the fuel of a hook", async () => {
    const folder = await killed(async (call) => {
      await call.arm(7);
      await call.work(10_000);
    });
    const limits = { fuel: 50_000 };
    const again = await load(Runaway, await runaway(), { limits, store: directoryStore(folder) });
    expect([again.recovered?.calls, again.recovered?.interrupted]).toEqual([
      1,
      { name: "work", outcome: "resumed" },
    ]);
    expect(await again.call.armed()).toBe(7);
    expect((await failure(again.call.work(10_000))).code).toBe("out-of-fuel");
    await again.close();
    rmSync(folder, { recursive: true });
  });

  test("is not loaded under one that its calls do not fit, and loses nothing", async () => {
    const folder = await killed(async (call) => {
      await call.arm(7);
      await call.work(10_000);
      await call.arm(8);
    });
    const loading = (limits: LoadOptions["limits"]) =>
      runaway().then((wasm) =>
        load(Runaway, wasm, { ...(limits && { limits }), store: directoryStore(folder) }),
      );
    const error = await failure(loading({ fuel: 50_000, hookFuel: 50_000 }));
    expect(error.message).toMatch(
      /used up the fuel of a hook, 50,000 units \(limits\.hookFuel\).*its files are as they were/,
    );
    const again = await loading(undefined);
    expect(await again.call.armed()).toBe(8);
    await again.close();
    rmSync(folder, { recursive: true });
  });
});

test("a plain AssemblyScript module is metered too, its start section, hooks and allocations included", async () => {
  const Plain = contract("plain:loops/loops@1", {
    spin: { params: [] },
    twice: { params: [z.string()], returns: z.string() },
  });
  const source = `let n = 0; for (let i = 0; i < 100; i++) n += i;
    export function spin(): void { while (true) n++; }
    export function twice(text: string): string { return text + text; }`;
  const limits = { fuel: 100_000 };
  for (const options of [[], ["--exportStart", "_initialize"], ["--importMemory"]]) {
    const wasm = await plain(source, ...options);
    await using plugin = await load(Plain, wasm, { abi: assemblyscript(), limits });
    expect(await plugin.call.twice("grün")).toBe("grüngrün");
    expect(plugin.fuelUsed).toBeGreaterThan(100);
    // Its allocation and its copy are paid for.
    expect((await failure(plugin.call.twice("x".repeat(8_000_000)))).code).toBe("out-of-fuel");
    await plugin.swap(wasm, { reset: true });
    expect((await failure(plugin.call.spin())).code).toBe("out-of-fuel");
  }
  const endless = await plain(
    "while (true) {} export function spin(): void {} export function twice(t: string): string { return t; }",
  );
  expect((await failure(load(Plain, endless, { abi: assemblyscript(), limits }))).code).toBe("failed-start");
});

describe.skipIf(!("Suspending" in WebAssembly))(
  "a guest that a grant suspends (needs WebAssembly.Suspending)",
  () => {
    const pauser = (spins: boolean) =>
      wat(
        `(import "test:faults/pause@1.0.0" "wait" (func $wait (result i32))) (memory (export "memory") 1)
       (func (export "test:faults/odd@1.0.0#run") (result i32) (local $n i32)
         (local.set $n (call $wait)) ${spins ? "(loop (br 0))" : ""} (i32.add (local.get $n) (call $wait)))`,
        {
          manifest: manifest({
            interface: "test:faults/odd@1.0.0",
            exports: [{ name: "run", params: [], result: "u32" }],
            imports: [
              {
                interface: "test:faults/pause@1.0.0",
                functions: [{ name: "wait", params: [], result: "u32" }],
              },
            ],
          }),
        },
      );
    const pause = capability(
      "test:faults/pause@1.0.0",
      { wait: { params: [], returns: z.uint32(), kind: "read", async: true } },
      () => ({ wait: () => new Promise<number>((resolve) => setImmediate(resolve, 20)) }),
    );
    const Odd = contract("test:faults/odd@1", { run: { params: [], returns: z.uint32() } });

    test("goes on with the fuel of its call, and is ended when that is used up", async () => {
      const given = { grant: [pause], limits: { fuel: 10_000 } };
      await using plugin = await load(Odd, await pauser(false), given);
      expect(await Promise.all([plugin.call.run(), plugin.call.run(), plugin.call.run()])).toEqual([
        40, 40, 40,
      ]);
      await using endless = await load(Odd, await pauser(true), given);
      expect((await failure(endless.call.run())).code).toBe("out-of-fuel");
    });
  },
);
