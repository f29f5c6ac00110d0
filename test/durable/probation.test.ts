/** Probation where a store holds the log: whatever ends it, the files are of the version that serves. */
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { contract, type LiveSource, load } from "../../host/mod.ts";
import { directoryStore } from "../../host/node/mod.ts";
import { deferred } from "../host/swap/fake.ts";
import { versions } from "../versions.ts";
import { account, Bank, IMPOSSIBLE, version } from "./account.ts";
import { files, folder, leave } from "./folder.ts";
import { later } from "./later.ts";

const Counter = contract("demo:counter/counter@1", {
  add: { params: [z.uint32()], returns: z.uint32() },
  value: { params: [], returns: z.uint32() },
});
const counter = versions(new URL("../../wasm-plugins/counter/", import.meta.url));

/** A plugin in the middle of a rollback that nobody asked for: the incumbent's snapshot is being written. */
async function goingBack(probation: object = {}, source?: LiveSource) {
  const path = folder();
  const [writing, written] = [deferred(), deferred()];
  let held = false;
  const store = later(directoryStore(path), async (write) => {
    if (!held || write !== "begin") return;
    writing.resolve();
    await written.promise;
  });
  const plugin = await load(Counter, source ?? (await counter("v1")), { store });
  await plugin.call.add(1);
  const bad = ({ answer }: { answer?: unknown }) => answer === 3;
  await plugin.swap(await counter("v2"), { probation: { maxErrorRate: 0, minCalls: 1, bad, ...probation } });
  held = true;
  const answer = plugin.call.add(2);
  await writing.promise;
  const outcomes = () => plugin.history().map(({ outcome }) => outcome);
  return { path, plugin, answer, outcomes, end: () => written.resolve() };
}

async function reopened(path: string, version: string): Promise<number> {
  leave(path);
  const again = await load(Counter, await counter(version), { store: directoryStore(path) });
  const value = await again.call.value();
  await again.close();
  return value;
}

describe("a version with a store that traps on probation", () => {
  /** Calls on both sides of a cutover, of which the last one traps in the version on probation. */
  async function gone() {
    const path = folder();
    const bank = new Bank();
    const store = directoryStore(path);
    const plugin = await account(bank, { store });
    expect(await plugin.call.add(5)).toBe(5n);
    await plugin.swap(await version("wider"), { probation: {} });
    expect(await plugin.call.exchange(10)).toBe(15n);
    expect(await plugin.call.book(7)).toBe(1);
    await expect(plugin.call.take(1_000)).rejects.toMatchObject({ code: "guest-error" });
    bank.nextRate = IMPOSSIBLE;
    return { path, bank, store, plugin };
  }

  it("F33: goes back with the log: killed then, it comes back as the incumbent with every acknowledged call", async () => {
    const { path, bank, plugin } = await gone();
    expect(await plugin.call.exchange(1)).toBe(24n);
    expect(plugin.history().map(({ outcome }) => outcome)).toEqual(["swapped", "rolled-back"]);
    expect(plugin.history()[1]).toMatchObject({ replayed: { calls: 3, divergences: 0 } });
    expect(await plugin.call.book(3)).toBe(2);
    leave(path);
    const again = await account(bank, { store: directoryStore(path) });
    expect(again.recovered).toMatchObject({
      calls: 1,
      divergences: 0,
      interrupted: { name: "book", outcome: "resumed" },
    });
    expect([await again.call.sum(), await again.call.calls()]).toEqual([27n, 6]);
    expect([bank.rate, bank.amounts]).toEqual([2, [7, 3]]);
    await again.close();
  });

  it("F33: killed while it goes back, it comes back as the version on probation, without the call that trapped", async () => {
    const { path, bank, store, plugin } = await gone();
    let before: Map<string, Buffer> | undefined;
    const { begin } = store;
    store.begin = (...args) => {
      before = new Map(files(path).map((name) => [name, readFileSync(join(path, name))]));
      return begin.apply(store, args);
    };
    expect(await plugin.call.exchange(1)).toBe(24n);
    for (const name of files(path)) rmSync(join(path, name));
    for (const [name, bytes] of before!) writeFileSync(join(path, name), bytes);
    leave(path);
    const again = await account(bank, { store: directoryStore(path) }, "wider");
    expect(again.recovered).toEqual({ calls: 3, divergences: 0, torn: 0 });
    expect([await again.call.sum(), await again.call.calls()]).toEqual([22n, 4]);
    expect(bank.amounts).toEqual([7]);
    await again.close();
  });

  it("F34: that cannot be written down, and so cannot go back, fails closed; every acknowledged call is in the files", async () => {
    const { path, bank, store, plugin } = await gone();
    store.begin = () => {
      throw new Error("no space left");
    };
    await expect(plugin.call.exchange(1)).rejects.toMatchObject({ code: "trapped" });
    await expect(plugin.call.sum()).rejects.toMatchObject({ code: "trapped" });
    expect(plugin.history()[1]).toMatchObject({
      outcome: "not-rolled-back",
      cause: { code: "store-failed" },
    });
    leave(path);
    const again = await account(bank, { store: directoryStore(path) }, "wider");
    expect([await again.call.sum(), await again.call.calls()]).toEqual([22n, 4]);
    await again.close();
  });
});

describe("a grant that fails in a version with a store on probation", () => {
  it("is not the version's fault: it stays, as it was before that call, and what was acknowledged is there", async () => {
    const path = folder();
    const bank = new Bank();
    const plugin = await account(bank, { store: directoryStore(path) });
    expect(await plugin.call.add(5)).toBe(5n);
    await plugin.swap(await version("wider"), { probation: {} });
    expect(await plugin.call.exchange(10)).toBe(15n);
    expect(await plugin.call.book(7)).toBe(1);
    bank.onRate = () => {
      bank.onRate = () => {};
      throw new Error("closed today");
    };
    await expect(plugin.call.exchange(1)).rejects.toMatchObject({ code: "grant-failed" });
    expect(plugin.history().map(({ outcome, cause }) => [outcome, cause?.code])).toEqual([
      ["swapped", undefined],
      ["restarted", "grant-failed"],
    ]);
    expect([plugin.generation, await plugin.call.exchange(1)]).toEqual([3, 24n]);
    expect(bank.amounts).toEqual([7]);
    // Still on probation, with every call since the cutover.
    expect(await plugin.rollback()).toMatchObject({ replayed: { calls: 3, divergences: 0 } });
    expect([await plugin.call.sum(), await plugin.call.calls()]).toEqual([24n, 4]);
    leave(path);
    const again = await account(bank, { store: directoryStore(path) });
    expect([await again.call.sum(), await again.call.calls()]).toEqual([24n, 4]);
    await again.close();
  });
});

describe("a snapshot from before a swap", () => {
  it("F37: begins an empty store, migrated; from then on recovery takes what the store has", async () => {
    const bank = new Bank();
    const first = await account(bank, { store: directoryStore(folder()) });
    await first.call.add(5);
    const older = await first.snapshot();
    await first.swap(await version("wider"));
    await first.call.add(6);
    const path = folder();
    const second = await account(bank, { store: directoryStore(path), state: older }, "wider");
    expect(await second.call.add(1)).toBe(6n);
    leave(path);
    await expect(account(bank, { store: directoryStore(path), state: older }, "wider")).rejects.toMatchObject(
      {
        code: "bad-store",
      },
    );
    const third = await account(bank, { store: directoryStore(path) }, "wider");
    expect(await third.call.sum()).toBe(6n);
    expect(await first.call.sum()).toBe(11n);
    await third.close();
    await first.close();
  });
});

describe("while a version with a store goes back by itself", () => {
  it("F34, F37: an accept comes too late: what serves and what is in the files is the incumbent", async () => {
    const { path, plugin, answer, outcomes, end } = await goingBack();
    expect(plugin.accept()).toBeUndefined();
    end();
    expect(await answer).toBe(3);
    expect([plugin.generation, outcomes()]).toEqual([1, ["swapped", "rolled-back"]]);
    expect(await plugin.call.add(4)).toBe(7);
    expect(await reopened(path, "v1")).toBe(7);
  });

  it("so does the end of its time", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    try {
      const { path, plugin, answer, outcomes, end } = await goingBack({ duration: 5_000 });
      vi.advanceTimersByTime(5_000);
      end();
      expect(await answer).toBe(3);
      expect([plugin.generation, outcomes()]).toEqual([1, ["swapped", "rolled-back"]]);
      expect(await reopened(path, "v1")).toBe(3);
    } finally {
      vi.useRealTimers();
    }
  });

  it("a swap and a second rollback are told that it is busy, whatever they supersede", async () => {
    const { path, plugin, answer, end } = await goingBack();
    await expect(plugin.swap(await counter("v2"), { supersede: true })).rejects.toMatchObject({
      code: "busy",
      message:
        "[busy] could not swap counter: another swap or a rollback is under way; version 1.0.0 still serves",
    });
    await expect(plugin.rollback()).rejects.toMatchObject({ code: "busy" });
    end();
    expect(await answer).toBe(3);
    expect(plugin.generation).toBe(1);
    await plugin.swap(await counter("v2"));
    expect(await plugin.call.add(1)).toBe(4);
    expect(await reopened(path, "v2")).toBe(4);
  });

  it("a change of its source waits until that is over, and is swapped to", async () => {
    let changed = (_: Uint8Array) => {};
    const first = await counter("v1");
    const { plugin, answer, outcomes, end } = await goingBack(
      {},
      {
        current: async () => first,
        subscribe: (onChange) => {
          changed = onChange;
          return () => {};
        },
      },
    );
    const swapped = new Promise((resolve) =>
      plugin.on("transition", ({ outcome }) => outcome === "swapped" && resolve(undefined)),
    );
    // The build that goes back would be refused as bad.
    changed(first);
    await Promise.resolve();
    end();
    expect(await answer).toBe(3);
    await swapped;
    expect(outcomes()).toEqual(["swapped", "rolled-back", "swapped"]);
    expect(await plugin.call.add(1)).toBe(4);
    await plugin.close();
  });

  it("F34: a rollback that fails then is decided by who accepted meanwhile", async () => {
    const path = folder();
    let full = false;
    const [writing, written] = [deferred(), deferred()];
    const store = later(directoryStore(path), async (write) => {
      if (!full || write !== "begin") return;
      writing.resolve();
      await written.promise;
      throw new Error("no space left");
    });
    const plugin = await load(Counter, await counter("v1"), { store });
    const bad = () => full;
    await plugin.swap(await counter("v2"), { probation: { maxErrorRate: 0, minCalls: 1, bad } });
    await plugin.call.add(1);
    full = true;
    const answer = plugin.call.add(2);
    await writing.promise;
    expect(plugin.accept()).toBeUndefined();
    written.resolve();
    expect(await answer).toBe(3);
    const told = plugin.history().slice(1);
    expect(told.map(({ outcome }) => outcome)).toEqual(["not-rolled-back", "permanent"]);
    expect(told[0]?.cause).toEqual({
      code: "store-failed",
      message:
        "1 of 2 calls were bad, more than 0 %; and it could not be rolled back: could not write a snapshot to a slow store: no space left",
    });
    expect([plugin.generation, await plugin.call.value()]).toEqual([2, 3]);
    expect(await reopened(path, "v2")).toBe(3);
  });
});
