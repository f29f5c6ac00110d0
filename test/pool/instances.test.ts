/** Plugins of several instances: as many calls are inside at a time, and each goes to an instance that has none. */
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { capability, contract, type LoadOptions, load } from "../../host/mod.ts";
import { directoryStore } from "../../host/node/mod.ts";
import { Counter, failure, guest, manifest, wat } from "../faults/guest.ts";

const Odd = contract("test:faults/odd@1", {
  run: { params: [z.uint32()], returns: z.uint32() },
  spin: { params: [] },
});

/** Asks a grant that answers later; keeps how often it was called in a global that it declares no state for. */
const asking = (version = "1.0.0") =>
  wat(
    `(import "test:faults/slow@1.0.0" "ask" (func $ask (param i32) (result i32)))
    (memory (export "memory") 1)
    (func (export "test:faults/odd@1.0.0#run") (param i32) (result i32) (call $ask (local.get 0)))
    (func (export "test:faults/odd@1.0.0#spin") (loop (br 0)))`,
    {
      manifest: manifest({
        interface: "test:faults/odd@1.0.0",
        version,
        exports: [
          { name: "run", params: [{ name: "n", type: "u32" }], result: "u32" },
          { name: "spin", params: [] },
        ],
        imports: [
          {
            interface: "test:faults/slow@1.0.0",
            functions: [{ name: "ask", params: [{ name: "n", type: "u32" }], result: "u32" }],
          },
        ],
      }),
    },
  );

/** A grant that answers when it is told to. */
function slow() {
  const waiting = new Map<number, (n: number) => void>();
  const names: string[] = [];
  let made = 0;
  const grant = capability(
    "test:faults/slow@1.0.0",
    { ask: { params: [z.uint32()], returns: z.uint32(), async: true } },
    (context) => {
      made++;
      return {
        ask: (n) => {
          names.push(context.callId());
          return new Promise<number>((resolve) => waiting.set(n, resolve));
        },
      };
    },
  );
  return {
    grant,
    names,
    get made() {
      return made;
    },
    /** Waits until so many calls are inside. */
    async inside(count: number) {
      while (waiting.size < count) await new Promise(setImmediate);
      return [...waiting.keys()].sort((a, b) => a - b);
    },
    answer(n: number) {
      waiting.get(n)?.(2 * n);
      waiting.delete(n);
    },
  };
}

const places: [string, LoadOptions][] = [["in threads", { isolation: "worker", limits: { deadline: 500 } }]];
if ("Suspending" in WebAssembly) places.push(["near", {}]);

describe.each(places)("%s", (_, where) => {
  test("as many calls are inside as there are instances, and the others wait their turn", async () => {
    const world = slow();
    await using plugin = await load(Odd, await asking(), { ...where, instances: 3, grant: [world.grant] });
    const answers = [1, 2, 3, 4, 5].map((n) => plugin.call.run(n));
    expect(await world.inside(3)).toEqual([1, 2, 3]);
    // Answered out of order.
    world.answer(2);
    expect(await answers[1]).toBe(4);
    expect(await world.inside(3)).toEqual([1, 3, 4]);
    for (const n of [4, 3, 1]) world.answer(n);
    await world.inside(1);
    world.answer(5);
    expect(await Promise.all(answers)).toEqual([2, 4, 6, 8, 10]);
    // No two calls have one name, whichever instance they are in.
    expect(new Set(world.names).size).toBe(5);
  });

  test("a swap replaces all of them, when every call has come out", async () => {
    const world = slow();
    await using plugin = await load(Odd, await asking(), { ...where, instances: 2, grant: [world.grant] });
    const before = [1, 2].map((n) => plugin.call.run(n));
    await world.inside(2);
    const swapped = plugin.swap(await asking("1.1.0"));
    const behind = plugin.call.run(3);
    for (const n of [1, 2]) world.answer(n);
    expect(await Promise.all(before)).toEqual([2, 4]);
    await world.inside(1);
    world.answer(3);
    expect(await behind).toBe(6);
    expect((await swapped).outcome).toBe("swapped");
    expect([plugin.version, plugin.generation]).toEqual(["1.1.0", 2]);
  });

  test("a version on probation keeps order, goes back, and then they are apart again", async () => {
    const world = slow();
    await using plugin = await load(Odd, await asking(), { ...where, instances: 2, grant: [world.grant] });
    await plugin.swap(await asking("1.1.0"), { probation: {} });
    const two = [1, 2].map((n) => plugin.call.run(n));
    expect(await world.inside(1)).toEqual([1]);
    world.answer(1);
    await two[0];
    expect(await world.inside(1)).toEqual([2]);
    world.answer(2);
    expect(await two[1]).toBe(4);
    expect(await plugin.rollback()).toMatchObject({
      outcome: "rolled-back",
      replayed: { calls: 2, divergences: 0 },
    });
    const again = [3, 4].map((n) => plugin.call.run(n));
    expect(await world.inside(2)).toEqual([3, 4]);
    for (const n of [3, 4]) world.answer(n);
    expect(await Promise.all(again)).toEqual([6, 8]);
  });
});

test("in threads, one that never ends is ended alone: the calls of the others are answered", async () => {
  const world = slow();
  await using plugin = await load(Odd, await asking(), {
    isolation: "worker",
    limits: { deadline: 300 },
    instances: 2,
    afterTrap: "restart",
    grant: [world.grant],
  });
  const other = plugin.call.run(1);
  await world.inside(1);
  expect((await failure(plugin.call.spin())).code).toBe("out-of-time");
  const behind = plugin.call.run(2);
  expect(await world.inside(2)).toEqual([1, 2]);
  for (const n of [1, 2]) world.answer(n);
  expect([await other, await behind]).toEqual([2, 4]);
  expect(plugin.history().at(-1)).toMatchObject({ outcome: "restarted", cause: { code: "out-of-time" } });
});

test("without a restart, the first that traps ends all, and a swap brings them back", async () => {
  const world = slow();
  const options = {
    isolation: "worker",
    limits: { deadline: 300 },
    instances: 2,
    grant: [world.grant],
  } as const;
  await using plugin = await load(Odd, await asking(), options);
  expect((await failure(plugin.call.spin())).code).toBe("out-of-time");
  expect((await failure(plugin.call.run(1))).code).toBe("out-of-time");
  await plugin.swap(await asking("1.1.0"));
  const answer = plugin.call.run(2);
  await world.inside(1);
  world.answer(2);
  expect(await answer).toBe(4);
});

describe("refused", () => {
  test("is a plugin with state, when it is loaded and when it is swapped to", async () => {
    const error = await failure(load(Counter, await guest("counter"), { instances: 2 }));
    expect(error.code).toBe("mismatch");
    expect(error.message).toContain(
      "it has state, which one instance alone can hold; leave out the option instances",
    );
  });

  test.each([0, 1.5, -1, 2_000, Number.NaN, "2"])("is instances: %s", async (instances) => {
    const error = await failure(load(Odd, await asking(), { instances } as LoadOptions));
    expect([error.code, error.message]).toEqual([
      "argument",
      expect.stringContaining("a whole number from 1 to 1024"),
    ]);
  });

  test("is a store beside it", async () => {
    const store = directoryStore("never-made");
    const error = await failure(load(Odd, await asking(), { instances: 2, store }));
    expect([error.code, error.message]).toEqual([
      "argument",
      expect.stringContaining("a store keeps the calls of one instance"),
    ]);
  });
});
