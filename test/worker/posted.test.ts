/** Threads where no memory can be shared, as in a page that is not cross-origin isolated: messages are posted. */
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { z } from "zod";
import { capability, contract, type LoadOptions, load } from "../../host/mod.ts";
import { failure, refused } from "../faults/guest.ts";
import { build } from "../kept/build.ts";

const Ledger = contract("test:posted/ledger@1", {
  add: { params: [z.uint32()], returns: z.uint32() },
  echo: { params: [z.string()], returns: z.string() },
  tell: { params: [z.array(z.string())] },
  spin: { params: [] },
  take: { params: [] },
});
const folder = new URL("../guests/posted/", import.meta.url);
const module = async (name = "ledger", version = "1.0.0") =>
  (await build(new URL(`${name}.ts`, folder), { optimize: "debug", version })).wasm;

const Said = z.array(z.string());
const told: string[] = [];
const stage = capability(
  "test:posted/stage@1.0.0",
  {
    tell: { params: [z.string()], kind: "post" },
    ask: { params: [z.uint32()], returns: z.uint32(), kind: "read" },
  },
  () => ({ tell: (text) => void told.push(text), ask: (n) => n + 1 }),
);
const loaded = async (name: string, options: LoadOptions = {}) =>
  load(Ledger, await module(name), {
    isolation: "worker",
    grant: [stage],
    ...options,
  });

beforeEach(() => {
  told.length = 0;
  vi.stubGlobal("SharedArrayBuffer", undefined);
});
afterEach(() => void vi.unstubAllGlobals());

describe("a plugin in a thread that shares no memory", () => {
  test("says so, lives, tells in order, and is swapped with its state", async () => {
    await using plugin = await loaded("ledger");
    expect(plugin.warnings).toEqual([
      "its thread is reached by messages, which take longer, since there is no SharedArrayBuffer here; a page has it when it is cross-origin isolated: serve the page with Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp",
    ]);
    const large = "grün 🌱 ".repeat(20_000);
    const answers = [plugin.call.add(1), plugin.call.add(2), plugin.call.echo(large), plugin.call.add(3)];
    expect(await Promise.all(answers)).toEqual([1, 3, large, 6]);
    await plugin.call.tell(Said.parse(["a", "b", large]));
    expect(told).toEqual(["started", "ready", "a", "b", large]);
    expect((await plugin.swap(await module("ledger", "1.1.0"), { probation: {} })).outcome).toBe("swapped");
    expect(await plugin.call.add(4)).toBe(10);
    expect((await plugin.rollback()).replayed).toMatchObject({ calls: 1, divergences: 0 });
    expect(await plugin.call.add(0)).toBe(10);
    const snapshot = await plugin.snapshot();
    await using again = await loaded("ledger", { state: snapshot });
    expect(await again.call.add(0)).toBe(10);
  });

  test("is stopped at its deadline, and a fresh one takes over with every acknowledged call", async () => {
    await using plugin = await loaded("ledger", { afterTrap: "restart", limits: { deadline: 300 } });
    await plugin.call.add(7);
    const over = failure(plugin.call.spin());
    const behind = plugin.call.add(1);
    expect([(await over).code, await behind]).toEqual(["out-of-time", 8]);
    expect((await failure(plugin.call.take())).code).toBe("trapped");
    expect(await plugin.call.add(1)).toBe(9);
  });

  test("ends with an error of its own when it tells without end", async () => {
    await using plugin = await loaded("ledger", { afterTrap: "restart" });
    await plugin.call.add(7);
    expect(await refused(plugin.call.tell(Array.from({ length: 10_001 }, () => "again")))).toContain(
      "found 10001 posts with 130013 bytes in one go, wanted at most 10000 with 16777216: its thread shares no memory",
    );
    expect(await plugin.call.add(0)).toBe(7);
  });

  test("is refused when it tells more than it may before it serves, though it was not told so itself", async () => {
    expect(await refused(loaded("ledger", { heldPosts: { count: 1 } }))).toMatch(
      /^\[failed-start\] .*found 2 posts.*\(the option heldPosts\.count\)/,
    );
  });

  test("was not stopped when its answer has come while the page was busy", async () => {
    await using plugin = await loaded("ledger", { limits: { deadline: 300 } });
    for (let i = 0; i < 3; i++) {
      const answer = plugin.call.add(1);
      await new Promise((resolve) => setImmediate(resolve));
      const until = performance.now() + 400;
      while (performance.now() < until);
      expect(await answer).toBe(i + 1);
    }
  });

  test.skipIf("Suspending" in WebAssembly)(
    "is refused where it would have to wait, with what to do (an engine without WebAssembly.Suspending)",
    async () => {
      expect(await refused(loaded("asking"))).toBe(
        "[no-suspension] could not load posted 1.0.0: it waits for test:posted/stage@1.0.0#ask, which a thread can without shared memory only where the engine can suspend it (WebAssembly.Suspending); serve the page with Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp; or leave out isolation, and say limits.fuel",
      );
      await using near = await load(Ledger, await module("asking"), {
        grant: [stage],
        limits: { fuel: 1e6 },
      });
      expect(await near.call.add(1)).toBe(2);
    },
  );

  test.runIf("Suspending" in WebAssembly)(
    "asks in calls, and not in hooks (an engine with WebAssembly.Suspending)",
    async () => {
      await using plugin = await loaded("asking");
      expect([await plugin.call.add(1), await plugin.call.add(2)]).toEqual([2, 5]);
      expect(await refused(loaded("asking-early"))).toContain(
        "[failed-start] posted 1.0.0: its start failed: it asked for what it was granted outside of a call, where no engine can suspend it, and its thread shares no memory; serve the page with",
      );
    },
  );
});
