/** Rollbacks to a generation whose calls answer later. */
import { expect, it } from "vitest";
import { z } from "zod";
import { capability, load, wit } from "../../../host/mod.ts";
import { Counter, guest } from "../../faults/guest.ts";
import { Granted } from "../../faults/metrics.ts";

const metrics = capability(
  "test:faults/metrics@1.0.0",
  {
    look: { params: [], returns: z.uint32(), kind: "read", async: true },
    act: { params: [z.uint32()], returns: z.uint32(), async: true },
    tell: { params: [z.string()], kind: "post" },
    attempt: { params: [z.uint32()], returns: wit.result(z.uint32(), z.string()), async: true },
  },
  () => ({ look: async () => 0, act: async (n) => n, tell: () => {}, attempt: async (n) => n }),
);

const able = "Suspending" in WebAssembly;

it.skipIf(!able)(
  "F33: goes back to a version whose calls answer later, and lets nobody in before it serves",
  async () => {
    await using plugin = await load(Counter, await guest("granted"), { grant: [metrics] });
    await plugin.call.add(1);
    // This one needs no grant, and would answer at once: but who calls it may have to wait for the other.
    await plugin.swap(await guest("trap-in-call", "2.0.0"), { probation: {} });
    await plugin.call.add(2);
    expect(() => plugin.callSync.add(3)).toThrow(
      "[answers-later] could not call counter.add at once: a grant of this plugin answers later; use call",
    );
    const calls = [plugin.call.add(13), plugin.call.add(4), plugin.call.value()];
    expect(await Promise.all(calls)).toEqual([16, 20, 20]);
    expect([plugin.generation, plugin.history().map(({ outcome }) => outcome)]).toEqual([
      1,
      ["swapped", "rolled-back"],
    ]);
  },
);

it.skipIf(!able)("F34: an accept that comes while the calls are run again comes too late", async () => {
  await using plugin = await load(Granted, await guest("granted"), { grant: [metrics] });
  await plugin.swap(await guest("granted", "2.0.0"), { probation: {} });
  for (const n of [1, 2, 3]) await plugin.call.act(n);
  const back = plugin.rollback();
  await Promise.resolve();
  expect(plugin.accept()).toBe(undefined);
  expect(await back).toMatchObject({ outcome: "rolled-back", replayed: { calls: 3, divergences: 0 } });
  expect([plugin.generation, await plugin.call.add(4)]).toEqual([1, 10]);
  expect(plugin.history().map(({ outcome }) => outcome)).toEqual(["swapped", "rolled-back"]);
});
