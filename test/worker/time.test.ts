/** Time: a guest in a thread of its own is stopped, whatever it does, and nothing that was acknowledged is lost. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { assemblyscript } from "../../host/guest/assemblyscript/mod.ts";
import { capability, contract, type LoadOptions, load, type Plugin } from "../../host/mod.ts";
import { directoryStore } from "../../host/node/mod.ts";
import { failure, manifest, refused, wat } from "../faults/guest.ts";
import { LOOP, module, Odd, post, realloc, run, say } from "../faults/odd.ts";
import { build } from "../kept/build.ts";

const Runaway = contract("test:runaway/runaway@1", {
  arm: { params: [z.uint32()] },
  armed: { params: [], returns: z.uint32() },
  spin: { params: [] },
  work: { params: [z.uint32()], returns: z.uint32() },
});
const SOURCE = new URL("../guests/limits/runaway.ts", import.meta.url);
const runaway = async (version = "1.0.0") => (await build(SOURCE, { version })).wasm;
const limits = { deadline: 100, hookDeadline: 300 };
const loaded = async (options: LoadOptions = {}) =>
  load(Runaway, await runaway(), { isolation: "worker", limits, ...options });

describe("a call", () => {
  test("that never ends is stopped, and the plugin fails closed until it is swapped", async () => {
    await using plugin = await loaded();
    expect(await plugin.call.work(3)).toBe(29);
    const told: string[] = [];
    plugin.on("trap", ({ error }) => void told.push(error.code));
    expect(await refused(plugin.call.spin())).toBe(
      "[out-of-time] could not call runaway.spin: version 1.0.0: it took longer than the 100 ms of a call " +
        "(limits.deadline), and was stopped; it is not called again until it is swapped or rolled back",
    );
    expect(told).toEqual(["out-of-time"]);
    expect((await failure(plugin.call.work(3))).code).toBe("out-of-time");
    await plugin.swap(await runaway("1.1.0"), { reset: true });
    expect(await plugin.call.work(3)).toBe(29);
  });

  test("after another, each of them small, leaves the event loop its turns", async () => {
    await using plugin = await loaded();
    let turns = 0;
    const next = () => void setImmediate(() => ++turns < 50 && next());
    next();
    let calls = 0;
    while (turns < 50 && calls < 100_000) {
      await plugin.call.work(calls % 3);
      calls++;
    }
    expect(turns).toBe(50);
  });

  test("that waits behind it is answered by the fresh instance, with every acknowledged call", async () => {
    await using plugin = await loaded({ afterTrap: "restart" });
    await plugin.call.arm(7);
    const over = failure(plugin.call.spin());
    const behind = plugin.call.armed();
    expect((await over).code).toBe("out-of-time");
    expect(await behind).toBe(7);
    expect(plugin.history().at(-1)).toMatchObject({ outcome: "restarted", cause: { code: "out-of-time" } });
    // And again, since a thread is kept ready for it.
    await plugin.call.arm(8);
    expect((await failure(plugin.call.spin())).code).toBe("out-of-time");
    expect(await plugin.call.armed()).toBe(8);
  });

  test("that waits for a grant takes none of its time", async () => {
    let answer: ((n: number) => void) | undefined;
    const slow = capability(
      "test:faults/slow@1.0.0",
      { ask: { params: [], returns: z.uint32(), async: true } },
      () => ({ ask: () => new Promise<number>((resolve) => (answer = resolve)) }),
    );
    const asks = await wat(
      `(import "test:faults/slow@1.0.0" "ask" (func $ask (result i32)))
      (memory (export "memory") 1)
      (func (export "test:faults/odd@1.0.0#run") (result i32)
        (i32.add (call $ask) (call $ask)))`,
      {
        manifest: manifest({
          interface: "test:faults/odd@1.0.0",
          exports: [{ name: "run", params: [], result: "u32" }],
          imports: [
            { interface: "test:faults/slow@1.0.0", functions: [{ name: "ask", params: [], result: "u32" }] },
          ],
        }),
      },
    );
    const Odd = contract("test:faults/odd@1", { run: { params: [], returns: z.uint32() } });
    await using plugin = await load(Odd, asks, {
      isolation: "worker",
      limits: { deadline: 1_000 },
      grant: [slow],
    });
    const sum = plugin.call.run();
    for (const n of [40, 2]) {
      while (!answer) await new Promise(setImmediate);
      // Longer than the call may take.
      const from = performance.now();
      while (performance.now() - from < 1_100) await new Promise(setImmediate);
      const told = answer;
      answer = undefined;
      told(n);
    }
    expect(await sum).toBe(42);
  });

  test("whose answer is there is not stopped, however busy its host was", async () => {
    await using plugin = await loaded();
    // It takes longer than its host looks for the answer before it waits.
    const rounds = 1_000_000;
    const answer = plugin.call.work(rounds);
    const from = performance.now();
    while (performance.now() - from < 250);
    expect(await answer).toBe(await plugin.call.work(rounds));
  });
});

describe("a hook", () => {
  test.each([
    ["save", 1, "failed-save"],
    ["restore", 2, "failed-restore"],
    ["onRestore", 3, "failed-restore"],
    ["checkState", 4, "failed-check"],
  ])("that never ends refuses a swap, and the version serves on: %s", async (_, place, code) => {
    await using plugin = await loaded();
    await plugin.call.arm(place);
    await expect(plugin.swap(await runaway("1.1.0"))).rejects.toMatchObject({
      code,
      message: expect.stringContaining("it took longer than the 300 ms of a hook (limits.hookDeadline)"),
    });
    expect(plugin.version).toBe("1.0.0");
    expect(await plugin.call.armed()).toBe(place);
  });

  test("that never ends spoils no snapshot of another moment", async () => {
    await using plugin = await loaded();
    const before = await plugin.snapshot();
    await plugin.call.arm(1);
    expect((await failure(plugin.snapshot())).code).toBe("failed-save");
    await plugin.call.arm(0);
    expect(await plugin.snapshot()).toEqual(before);
  });

  test("that never ends when it retires is told, and holds no swap up", async () => {
    await using plugin = await loaded();
    const told = new Promise<unknown>((resolve) => plugin.on("error", ({ error }) => resolve(error)));
    await plugin.call.arm(5);
    await plugin.swap(await runaway("1.1.0"), { reset: true });
    expect(await plugin.call.armed()).toBe(0);
    expect(String(await told)).toContain(
      "[failed-stop] could not stop runaway 1.0.0: it took longer than the 300 ms of a hook (limits.hookDeadline)",
    );
  });

  test("that never ends when its plugin closes does not keep it open", async () => {
    const plugin = await loaded();
    const told: unknown[] = [];
    plugin.on("error", ({ error }) => void told.push(error));
    await plugin.call.arm(5);
    await plugin.close();
    expect(told).toHaveLength(1);
  });
});

test("a caller who gives up, or a plugin that closes, waits for no guest that is being made", async () => {
  for (const way of ["signal", "close"] as const) {
    await using plugin = await loaded({ limits: { deadline: 100, hookDeadline: Number.POSITIVE_INFINITY } });
    // In its restore, in the twin.
    await plugin.call.arm(2);
    const next = await runaway("1.1.0");
    const signal = AbortSignal.timeout(500);
    const closed = new Promise((resolve) =>
      signal.addEventListener("abort", () => resolve(way === "close" && plugin.close())),
    );
    const swapped = plugin.swap(next, way === "signal" ? { signal } : {});
    const error = await failure(swapped);
    expect(error.code).toBe(way === "signal" ? "aborted" : "closed");
    await closed;
    if (way === "close") continue;
    expect(error.message).toContain("version 1.0.0 still serves");
    expect(await plugin.call.armed()).toBe(2);
    // It is no fault of the version.
    await plugin.call.arm(0);
    await plugin.swap(next);
    expect(await plugin.call.armed()).toBe(0);
  }
});

describe("code of a hand-written module", () => {
  test.each([
    ["cabi_realloc", "run", `${realloc(LOOP)} ${run()} ${say}`],
    ["cabi_post", "say", `${realloc("(i32.const 64)")} ${run()} ${say} ${post}`],
  ])("that never ends is stopped: %s", async (_, name, fields) => {
    await using plugin = await load(Odd, await module(fields), { isolation: "worker", limits });
    const call = name === "run" ? plugin.call.run("hello") : plugin.call.say();
    expect(await refused(call)).toContain("it took longer than the 100 ms of a call (limits.deadline)");
  });

  test.each(["_initialize", "moult:plugin/life@1.0.0#start"])(
    "that never ends before it serves is refused: %s",
    async (name) => {
      const fields = `${realloc("(i32.const 64)")} ${run()} ${say} (func (export "${name}") (loop (br 0)))`;
      const error = await refused(load(Odd, await module(fields), { isolation: "worker", limits }));
      expect(error).toContain("[failed-start]");
      expect(error).toContain("it took longer than the 300 ms of a hook (limits.hookDeadline)");
    },
  );

  test("that never ends in a start section, which is against the rules, is stopped all the same", async () => {
    const fields = `${realloc("(i32.const 64)")} ${run()} ${say} (func $main (loop (br 0))) (start $main)`;
    const bytes = await module(fields);
    expect(await refused(load(Odd, bytes, { isolation: "worker", limits }))).toBe(
      "[mismatch] could not load hand 1.0.0: it has a start section, which runs when it is instantiated; export _initialize instead",
    );
    // Of a module that came compiled nobody can see it.
    const compiled = new WebAssembly.Module(bytes as Uint8Array<ArrayBuffer>);
    const error = await refused(load(Odd, compiled, { isolation: "worker", limits }));
    expect(error).toContain("[invalid-module]");
    expect(error).toContain("could not be instantiated: it took longer than the 300 ms of a hook");
  });
});

describe("a version on probation", () => {
  test("that never ends goes back, and its call is answered by the version before", async () => {
    const armed = (plugin: Plugin<typeof Runaway>) => plugin.call.armed();
    await using plugin = await loaded();
    await plugin.call.arm(7);
    // The new version runs away where the old one would not: in a call that only it has is no test, so both do.
    await plugin.swap(await runaway("1.1.0"), { probation: {} });
    await plugin.call.arm(9);
    const error = await failure(plugin.call.spin());
    expect(error.code).toBe("out-of-time");
    expect(plugin.history().at(-1)).toMatchObject({
      outcome: "rolled-back",
      replayed: { calls: 1, divergences: 0 },
      cause: { code: "out-of-time" },
    });
    expect(plugin.version).toBe("1.0.0");
    // The version before ran away as well, in the same call.
    expect((await failure(armed(plugin))).code).toBe("out-of-time");
  });
});

test("a plugin with a store comes back without the call that never ended", async () => {
  const folder = mkdtempSync(join(tmpdir(), "moult-time-"));
  const plugin = await loaded({ store: directoryStore(folder), afterTrap: "restart" });
  await plugin.call.arm(41);
  expect((await failure(plugin.call.spin())).code).toBe("out-of-time");
  expect(await plugin.call.armed()).toBe(41);
  await plugin.call.arm(42);
  await plugin.close();
  const again = await loaded({ store: directoryStore(folder) });
  expect(await again.call.armed()).toBe(42);
  await again.close();
  rmSync(folder, { recursive: true });
});

describe("options", () => {
  test.each([
    [{ isolation: "thread" }, /could not use isolation: found string "thread", wanted "none" or "worker"/],
    [{ limits: { deadline: 100 } }, /the option limits has a deadline, and only a plugin in a thread/],
    [{ isolation: "worker", limits: { deadline: -1 } }, /limits\.deadline/],
    [
      { isolation: "worker", abi: assemblyscript() },
      /only modules of moult's own ABI run in a thread of their own; leave out isolation, and say limits\.fuel/,
    ],
    [{ isolation: "worker", limits: { hookDeadline: "1" } }, /limits\.hookDeadline/],
  ])("%o", async (options, message) => {
    const error = await failure(load(Runaway, await runaway(), options as LoadOptions));
    expect(error.code).toBe("argument");
    expect(error.message).toMatch(message);
  });

  test("that it may take for ever are taken at their word", async () => {
    const forever = { deadline: Number.POSITIVE_INFINITY, hookDeadline: Number.POSITIVE_INFINITY };
    await using plugin = await loaded({ limits: forever });
    expect(await plugin.call.work(3)).toBe(29);
  });
});
