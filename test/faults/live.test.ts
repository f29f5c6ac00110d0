/** Sources that change, as embedders write them: those that throw, never answer, or are given up. */
import { describe, expect, test } from "vitest";
import { type LiveSource, load, PluginError } from "../../host/mod.ts";
import { directoryStore } from "../../host/node/mod.ts";
import { folder } from "../durable/folder.ts";
import { Counter, failure, guest, refused } from "./guest.ts";

const broken = (error: unknown = new Error("no watchers are left")) => {
  throw error;
};
const live = (parts: Partial<LiveSource> = {}): LiveSource => ({
  current: () => guest("counter"),
  subscribe: () => () => {},
  ...parts,
});

describe("a source that changes", () => {
  test.each([
    ["throws", () => broken()],
    ["rejects", async () => broken()],
    ["throws a text", () => broken("no watchers are left")],
  ])("and %s where it is asked what it is now is unavailable", async (_, current) => {
    expect(await refused(load(Counter, live({ current })))).toBe(
      "[unavailable] could not follow a source that changes: its current threw: no watchers are left",
    );
  });

  test("and refuses for a reason of its own says that", async () => {
    const own = new PluginError("not-found", "could not read it: it is gone");
    expect(await failure(load(Counter, live({ current: () => broken(own) })))).toBe(own);
  });

  test("and never says what it is now is given up in time, or with the caller's signal", async () => {
    const current = () => new Promise<never>(() => {});
    expect((await failure(load(Counter, live({ current }), { timeout: 1 }))).code).toBe("deadline");
    const giving = new AbortController();
    const loading = failure(load(Counter, live({ current }), { signal: giving.signal }));
    giving.abort();
    expect((await loading).code).toBe("aborted");
  });

  test("and cannot be subscribed to leaves nothing behind: the store is free", async () => {
    const path = folder();
    const subscribe = () => broken();
    for (let i = 0; i < 2; i++) {
      const loading = load(Counter, live({ subscribe }), { store: directoryStore(path) });
      expect(await refused(loading)).toBe(
        "[unavailable] could not follow a source that changes: its subscribe threw: no watchers are left",
      );
    }
    await using plugin = await load(Counter, live(), { store: directoryStore(path) });
    expect(await plugin.call.add(1)).toBe(1);
    expect((await failure(() => void plugin.follow(live({ subscribe })))).code).toBe("unavailable");
  });

  test("is not subscribed to for a plugin that was closed", async () => {
    const plugin = await load(Counter, await guest("counter"));
    await plugin.close();
    let subscribed = false;
    const subscribe = () => {
      subscribed = true;
      return () => {};
    };
    expect((await failure(() => void plugin.follow(live({ subscribe })))).code).toBe("closed");
    expect(subscribed).toBe(false);
  });
});

describe("a load", () => {
  test("takes the snapshot that it was given, whatever becomes of it", async () => {
    await using before = await load(Counter, await guest("counter"));
    await before.call.add(3);
    const state = await before.snapshot();
    const loading = load(Counter, await guest("counter"), { state });
    state.fill(0);
    await using after = await loading;
    expect(await after.call.value()).toBe(3);
  });

  test("takes the options that it was given, whatever becomes of them", async () => {
    const options: { queue: number; state?: Uint8Array } = { queue: 1 };
    const loading = load(Counter, await guest("counter"), options);
    Object.assign(options, { queue: Number.NaN, state: new Uint8Array(3) });
    await using plugin = await loading;
    expect(await plugin.call.add(1)).toBe(1);
  });

  test("that was given up while its bytes were taken makes no plugin", async () => {
    const giving = new AbortController();
    const loading = load(Counter, await guest("counter"), { signal: giving.signal });
    giving.abort();
    expect((await failure(loading)).code).toBe("aborted");
  });
});
