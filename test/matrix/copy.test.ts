/** The rows of the fault matrix about states that cross beside what serves, and those about who asks and when. */
import { describe, expect, onTestFinished, test } from "vitest";
import { z } from "zod";
import { capability, contract, type FunctionsOf, load, type Plugin } from "../../host/mod.ts";
import { build } from "../kept/build.ts";
import { control } from "./control.ts";
import { copying } from "./driver.ts";
import { Stage } from "./stage.ts";

const Table = contract("test:copy/table@1", {
  set: { params: [z.uint32(), z.string()], returns: z.uint32() },
  remove: { params: [z.uint32()], returns: z.boolean() },
  version: { params: [], returns: z.uint32() },
  once: { params: [] },
  calls: { params: [], returns: z.uint64() },
  sum: { params: [], returns: z.uint64() },
});
type TablePlugin = Plugin<FunctionsOf<typeof Table>>;
type Call = (plugin: TablePlugin) => unknown;

const [first, second] = await Promise.all(
  ["table", "table-2"].map(async (name) => {
    const made = await build(new URL(`../guests/copy/${name}.ts`, import.meta.url), { sourceMap: false });
    return made.wasm;
  }),
);

/** Called when a state has arrived in a thread: calls of this moment are made while it crosses. */
let arrived: (() => void) | undefined;

const witness = capability(
  "test:copy/witness@1",
  { restored: { params: [], returns: z.uint32(), kind: "read" } },
  () => ({
    restored: () => {
      const then = arrived;
      arrived = undefined;
      then?.();
      return 0;
    },
  }),
);

async function opened(options = {}): Promise<TablePlugin> {
  const plugin = await load(Table, first!, { grant: [witness], ...options });
  onTestFinished(() => plugin.close());
  for (let key = 0; key < 1_000; key++) plugin.callSync.set(key, `a ${key}`);
  return plugin;
}

/** Swaps, and makes these calls while the state crosses: `each` of them at once, and in each turn of the event loop. */
async function swapUnder(
  plugin: TablePlugin,
  source: Uint8Array,
  calls: Iterable<Call>,
  options = {},
  each = 50,
) {
  let over = false;
  const made: Call[] = [];
  const coming = calls[Symbol.iterator]();
  const make = () => {
    for (let i = 0; i < each && !over; i++) {
      const { value: call } = coming.next();
      if (!call) return;
      made.push(call);
      call(plugin);
    }
  };
  const begun = new Promise<void>((resolve) => {
    arrived = () => {
      make();
      resolve();
    };
  });
  const swapped = plugin.swap(source, { copyFrom: 0, ...options }).finally(() => {
    over = true;
  });
  swapped.catch(() => {});
  await Promise.race([begun, swapped]);
  while (!over) {
    await new Promise(setImmediate);
    make();
  }
  return { swapped, made };
}

/** Sets, removes and sets again, by a seed. */
function* writes(seed: number): Generator<Call> {
  for (let at = seed; ; at = Number((BigInt(at) * 1_103_515_245n + 12_345n) % 2n ** 31n)) {
    const [key, value] = [(at >> 3) % 1_500, `b ${at}`];
    if (at % 3 === 0) yield (plugin) => plugin.callSync.remove(key);
    else yield (plugin) => plugin.callSync.set(key, value);
  }
}

/** Compares with a plugin to which nothing ever happened but the calls. */
async function expectSame(plugin: TablePlugin, calls: readonly Call[]): Promise<void> {
  const reference = await opened();
  for (const call of calls) call(reference);
  expect(plugin.callSync.calls()).toBe(reference.callSync.calls());
  expect(plugin.callSync.sum()).toBe(reference.callSync.sum());
}

describe("a state that crosses beside what serves", () => {
  test("F18: writes, deletes and reinserts meanwhile are in the state, swap after swap", async () => {
    const plugin = await opened();
    const all: Call[] = [];
    for (const [i, source] of [second!, first!, second!].entries()) {
      const { swapped, made } = await swapUnder(plugin, source, writes(i + 1));
      const record = await swapped;
      expect(record).toMatchObject({ outcome: "swapped", replayed: { divergences: 0 } });
      expect(Object.keys(record.phases)).toEqual(["prepare", "copy", "quiesce", "commit", "cutover"]);
      expect(record.replayed!.calls).toBeGreaterThan(50);
      for (const call of made) all.push(call);
    }
    await expectSame(plugin, all);
  });

  test("F18: what is done meanwhile is done once, what is told is told once, and what was drawn stays", async () => {
    const stage = await Stage.open(copying, { size: 10_000 });
    const calls = () => {
      for (let i = 0; i < 20; i++) {
        void stage.push();
        void stage.other(() => stage.plugin.call.act(20_000), 20_000);
        void stage.other(() => stage.plugin.call.draw(), 10_000 + i);
      }
    };
    // Not in the grant, which would call its own plugin.
    stage.during("check", () => queueMicrotask(calls));
    const record = await stage.swap();
    expect(record.replayed).toEqual({ calls: 60, divergences: 0 });
    expect(stage.acted).toHaveLength(20);
    expect(stage.acted).toEqual(stage.expected.filter((n) => n === 20_000));
    await stage.push();
    await stage.end();
  });

  test("F19: calls that come as fast as they run again are run in the pause at last", async () => {
    const plugin = await opened();
    const { swapped, made } = await swapUnder(plugin, second!, writes(9), {}, 5_000);
    expect(await swapped).toMatchObject({ outcome: "swapped", replayed: { divergences: 0 } });
    await expectSame(plugin, made);
  });

  test("F19: more calls than the journal keeps make the state cross in the pause", async () => {
    const plugin = await opened({ maxJournalBytes: 1_000 });
    const { swapped, made } = await swapUnder(plugin, second!, writes(5));
    const record = await swapped;
    expect(record.outcome).toBe("swapped");
    expect(record.replayed).toBeUndefined();
    expect(record.phases.restore).toBeDefined();
    await expectSame(plugin, made);
  });

  test.each([1, 500])(
    "a version that answers otherwise, after %i calls, is copied, refused or accepted",
    async (count) => {
      const calls = (plugin: TablePlugin) => plugin.callSync.version();
      const few = () => Array.from({ length: count }, () => calls);
      const copied = await opened();
      const one = await swapUnder(copied, second!, few());
      expect((await one.swapped).phases.restore).toBeDefined();
      await expectSame(copied, one.made);

      const refused = await opened();
      const two = await swapUnder(refused, second!, few(), { onDivergence: "refuse" });
      await expect(two.swapped).rejects.toMatchObject({ code: "diverged", phase: "copy" });
      await expect(two.swapped).rejects.toThrow(
        "it answers version otherwise than the version before, call 1 since its state was taken",
      );
      await expectSame(refused, two.made);
      expect(refused.callSync.version()).toBe(1);

      const accepted = await opened();
      const three = await swapUnder(accepted, second!, few(), { onDivergence: "accept" });
      const record = await three.swapped;
      expect(record.phases.restore).toBeUndefined();
      expect(record.replayed).toMatchObject({ divergences: count, first: { call: 1, name: "version" } });
      await expectSame(accepted, three.made);
    },
  );

  test("a call that traps in the next version is not its end: the state crosses in the pause, or the swap is refused", async () => {
    const calls = [(plugin: TablePlugin) => plugin.callSync.once()];
    const plugin = await opened();
    const refused = await swapUnder(plugin, second!, calls, { onDivergence: "refuse" });
    await expect(refused.swapped).rejects.toThrow("not any more");
    const { swapped, made } = await swapUnder(plugin, second!, calls);
    expect((await swapped).phases.restore).toBeDefined();
    await expectSame(plugin, [...refused.made, ...made]);
  });

  test("verify and warm see the state as it was taken; and a rollback goes back with every call", async () => {
    const plugin = await opened();
    const seen: unknown[] = [];
    const record = await plugin.swap(second!, {
      copyFrom: 0,
      probation: {},
      verify: (twin) => {
        seen.push(twin.callSync.calls(), twin.callSync.version());
        plugin.callSync.set(1, "while it is looked at");
      },
      warm: (twin) => void twin.callSync.set(2, "warm"),
    });
    expect(seen).toEqual([1_000n, 2]);
    expect(record.replayed).toMatchObject({ calls: 1 });
    plugin.callSync.set(3, "on probation");
    expect((await plugin.rollback()).outcome).toBe("rolled-back");
    const calls: Call[] = ["while it is looked at", undefined, "on probation"].flatMap((text, i) =>
      text === undefined ? [] : [(each: TablePlugin) => each.callSync.set(i + 1, text)],
    );
    expect(plugin.callSync.version()).toBe(1);
    await expectSame(plugin, [...calls, (each) => each.callSync.version()]);
  });

  test.each([
    ["F14", "save", "trap", "failed-save"],
    ["F14", "save", "wrong", "failed-save"],
    ["F23", "start", "trap", "failed-start"],
    ["F24", "restore", "trap", "failed-restore"],
    ["F24", "restored", "trap", "failed-restore"],
    ["F25", "check", "wrong", "failed-check"],
  ] as const)("%s: refused alike when its %s goes wrong (%s)", async (_, turn, fault, code) => {
    const stage = await Stage.open(copying, { kind: "by-hand", size: 10_000 });
    stage.inject(turn, fault);
    const error = await stage.refused("by-hand");
    expect([error.code, error.phase]).toEqual([code, "copy"]);
    await stage.push();
    await stage.swap();
    await stage.end();
  });
});

describe("with a state of 10 KB, copying", () => control(copying, 10_000));
