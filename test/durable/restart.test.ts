import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { AfterTrap, PluginEvents, Transition } from "../../host/mod.ts";
import { directoryStore } from "../../host/node/mod.ts";
import { deferred } from "../host/swap/fake.ts";
import { account, Bank, version } from "./account.ts";
import { folder } from "./folder.ts";

const restart: AfterTrap = { restart: { limit: 3, window: 10_000, delay: 100 } };

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance", "Date"] });
});
afterEach(() => {
  vi.useRealTimers();
});

async function opened(afterTrap: AfterTrap = restart) {
  const bank = new Bank();
  const plugin = await account(bank, { afterTrap });
  const records: Transition[] = [];
  const traps: PluginEvents["trap"][] = [];
  plugin.on("transition", (record) => records.push(record));
  plugin.on("trap", (event) => traps.push(event));
  return { bank, plugin, call: plugin.call, records, traps };
}

/** What it answers without a timer, in a few turns of the event loop. */
async function soon<T>(answer: Promise<T>): Promise<T | "not soon"> {
  const later = async () => {
    for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
    return "not soon" as const;
  };
  return Promise.race([answer, later()]);
}

describe("a trap, with restart", () => {
  it("is answered [trapped]; the next call finds every acknowledged call, and not the one that trapped", async () => {
    const { call, plugin, records, traps } = await opened();
    expect(await call.add(5)).toBe(5n);
    expect(await call.exchange(10)).toBe(15n);
    await expect(call.trap()).rejects.toMatchObject({
      code: "trapped",
      message: expect.stringMatching(
        /^\[trapped\] could not call account\.trap: version 1\.0\.0 trapped: broken .*; a fresh instance takes its place, without this call$/,
      ),
    });
    expect(await call.add(1)).toBe(16n);
    expect(await call.calls()).toBe(3);
    expect([plugin.generation, traps.length]).toEqual([2, 1]);
    expect(records).toMatchObject([
      {
        outcome: "restarted",
        from: { generation: 1 },
        to: { generation: 2 },
        replayed: { calls: 2, divergences: 0 },
        cause: { code: "trapped" },
      },
    ]);
  });

  it("is restarted by the word alone, too", async () => {
    const { call, plugin } = await opened("restart");
    await call.add(5);
    await expect(call.trap()).rejects.toMatchObject({ code: "trapped" });
    expect([await call.add(1), plugin.generation]).toEqual([6n, 2]);
  });

  it("lets calls wait in their order, and asks nobody again for what was answered", async () => {
    const { call, bank } = await opened();
    await call.book(7);
    await call.exchange(1);
    const trapped = call.bookAndTrap(9);
    const answers = [call.add(1), call.add(2), call.book(8)];
    await expect(trapped).rejects.toMatchObject({ code: "trapped" });
    expect(await Promise.all(answers)).toEqual([9n, 11n, 3]);
    // What the call that trapped had booked is booked, and is not booked again.
    expect([bank.amounts, bank.rate, bank.notes]).toEqual([[7, 9, 8], 1, 1]);
  });

  it("comes from callSync too, which does not wait meanwhile", async () => {
    const { plugin } = await opened();
    plugin.callSync.add(5);
    expect(() => plugin.callSync.trap()).toThrow(/^\[trapped\]/);
    expect(() => plugin.callSync.add(1)).toThrow(/^\[swapping\]/);
    expect(await plugin.call.add(1)).toBe(6n);
    expect(plugin.callSync.sum()).toBe(6n);
  });

  it("waits longer each time, and fails closed when it was often enough", async () => {
    const { call, plugin, records } = await opened();
    await call.add(5);
    const waited: number[] = [];
    for (let n = 0; n < 3; n++) {
      await expect(call.trap()).rejects.toMatchObject({ code: "trapped" });
      const from = performance.now();
      const answer = call.sum();
      let at = -1;
      void answer.then(() => {
        at = performance.now();
      });
      for (let step = 0; at < 0; step++) {
        expect(step).toBeLessThan(1_000);
        await vi.advanceTimersByTimeAsync(n === 0 ? 0 : 10);
      }
      expect(await answer).toBe(5n);
      waited.push(Math.round(at - from));
    }
    expect(waited).toEqual([0, 100, 200]);
    const last = call.trap();
    const waiting = call.add(1);
    await expect(last).rejects.toMatchObject({ code: "trapped" });
    const over = {
      code: "crash-loop",
      message: expect.stringMatching(
        /^\[crash-loop\] could not call account: it was restarted 3 times within 10 s, and ended again: could not call account\.trap: .*; it is not restarted any more$/,
      ),
    };
    await expect(waiting).rejects.toMatchObject(over);
    await expect(call.add(1)).rejects.toMatchObject(over);
    expect(records.map(({ outcome }) => outcome)).toEqual([
      "restarted",
      "restarted",
      "restarted",
      "not-restarted",
    ]);
    // A version that begins anew may still take its place.
    await plugin.swap(await version("wider"), { reset: true });
    expect(await call.add(1)).toBe(1n);
  });

  it("forgets traps that are long ago", async () => {
    const { call } = await opened();
    for (let n = 0; n < 10; n++) {
      await expect(call.trap()).rejects.toMatchObject({ code: "trapped" });
      expect(await soon(call.add(1))).toBe(BigInt(n + 1));
      await vi.advanceTimersByTimeAsync(10_000);
    }
  });

  it("is bounded in memory: a full journal becomes a checkpoint", async () => {
    const { call, records } = await opened({ restart: { journal: { calls: 4 } } });
    for (let n = 1; n <= 10; n++) expect(await call.add(1)).toBe(BigInt(n));
    await expect(call.trap()).rejects.toMatchObject({ code: "trapped" });
    expect(await call.sum()).toBe(10n);
    expect(records.at(-1)?.replayed).toMatchObject({ calls: 2 });
  });

  it("after a swap begins from what the swap brought, and on probation goes back instead", async () => {
    const { call, plugin, records } = await opened();
    await call.add(5);
    await plugin.swap(await version("wider"), { probation: {} });
    await call.add(1);
    await expect(call.trap()).rejects.toMatchObject({ code: "trapped" });
    // Gone back, it trapped on the incumbent too, which is restarted.
    expect(await call.sum()).toBe(6n);
    expect(records.map(({ outcome }) => outcome)).toEqual(["swapped", "rolled-back", "restarted"]);
    await plugin.swap(await version("wider"));
    await call.add(2);
    await expect(call.trap()).rejects.toMatchObject({ code: "trapped" });
    const next = call.add(1);
    await vi.advanceTimersByTimeAsync(100);
    expect(await next).toBe(9n);
  });

  it("is over when the plugin is closed meanwhile: who waits is told", async () => {
    const { call, plugin } = await opened();
    await expect(call.trap()).rejects.toMatchObject({ code: "trapped" });
    await call.add(1);
    await expect(call.trap()).rejects.toMatchObject({ code: "trapped" });
    const waiting = call.add(1);
    const closed = plugin.close();
    await expect(waiting).rejects.toMatchObject({ code: "closed" });
    await closed;
  });

  it("is over, too, when the plugin is closed while what was kept is read", async () => {
    const [reading, read] = [deferred(), deferred()];
    const store = directoryStore(folder());
    const own = store.read;
    let held = false;
    store.read = async () => {
      if (held) {
        reading.resolve();
        await read.promise;
      }
      return own.call(store);
    };
    const plugin = await account(new Bank(), { afterTrap: restart, store });
    held = true;
    await expect(plugin.call.trap()).rejects.toMatchObject({ code: "trapped" });
    await reading.promise;
    const closed = plugin.close();
    read.resolve();
    await closed;
    expect(plugin.history()).toEqual([]);
  });

  it("is refused a swap while it is under way", async () => {
    const { call, plugin } = await opened();
    const next = await version("wider");
    await expect(call.trap()).rejects.toMatchObject({ code: "trapped" });
    await call.add(1);
    await expect(call.trap()).rejects.toMatchObject({ code: "trapped" });
    await expect(plugin.swap(next)).rejects.toMatchObject({ code: "busy" });
    await vi.advanceTimersByTimeAsync(100);
    expect(await call.add(1)).toBe(2n);
  });

  it("comes after a swap that was under way, however quickly that is asked for again", async () => {
    const { call, plugin, records } = await opened();
    const next = await version("wider");
    expect(await call.add(5)).toBe(5n);
    const swaps = plugin.swap(next).catch((first) => plugin.swap(next).catch((second) => [first, second]));
    await expect(call.trap()).rejects.toMatchObject({ code: "trapped" });
    expect(await call.add(1)).toBe(6n);
    expect(await swaps).toMatchObject([{ code: "trapped" }, { code: "busy" }]);
    expect(records.map(({ outcome }) => outcome)).toEqual(["refused", "restarted"]);
    expect(plugin.generation).toBe(3);
  });
});

it("fails closed by default", async () => {
  const { call } = await opened("fail-closed");
  await call.add(1);
  await expect(call.trap()).rejects.toMatchObject({ code: "trapped" });
  await expect(call.add(1)).rejects.toMatchObject({
    code: "trapped",
    message: expect.stringContaining("; it is not called again until it is swapped or rolled back"),
  });
});
