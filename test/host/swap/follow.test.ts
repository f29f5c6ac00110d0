import { afterEach, describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { contract, type LiveSource, load, type Source, type Transition } from "../../../host/mod.ts";
import { versions } from "../../versions.ts";
import { deferred } from "./fake.ts";

const Counter = contract("demo:counter/counter@1", {
  add: { params: [z.uint32()], returns: z.uint32() },
});
const version = versions(new URL("../../../wasm-plugins/counter/", import.meta.url));

/** A source that the test changes. */
function changing(
  first: Source,
): LiveSource & { change(next: Source): void; fail(error: unknown): void; readonly listeners: number } {
  const listeners = new Set<Parameters<LiveSource["subscribe"]>>();
  return {
    current: async () => first,
    subscribe: (...listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    change: (next) => {
      for (const [changed] of listeners) changed(next);
    },
    fail: (error) => {
      for (const [, failed] of listeners) failed?.(error);
    },
    get listeners() {
      return listeners.size;
    },
  };
}

async function followed() {
  const source = changing(await version("v1"));
  const plugin = await load(Counter, source, { follow: { backoff: 1_000 } });
  const records: Transition[] = [];
  let told = deferred();
  plugin.on("transition", (record) => {
    records.push(record);
    told.resolve();
    told = deferred();
  });
  const next = () => told.promise;
  return { source, plugin, records, next };
}

describe("a source that changes", () => {
  it("swaps with every change, and the state crosses", async () => {
    const { source, plugin, next } = await followed();
    await plugin.call.add(40);
    const swapped = next();
    source.change(await version("v2"));
    await swapped;
    expect(plugin.generation).toBe(2);
    expect(await plugin.call.add(2)).toBe(42);
  });

  it("F39: keeps only the latest of the changes that come while a swap is under way", async () => {
    const { source, plugin, records } = await followed();
    const two = await version("v2");
    source.change(two);
    await Promise.resolve();
    for (let i = 1; i < 50; i++) source.change(two);
    await vi.waitFor(() => expect(records).toHaveLength(2));
    expect(records.map(({ outcome }) => outcome)).toEqual(["swapped", "swapped"]);
    expect(plugin.generation).toBe(3);
  });

  it("waits for a swap that somebody else asked for", async () => {
    const { source, plugin, records } = await followed();
    const own = plugin.swap(await version("v2"));
    source.change(await version("v2"));
    await own;
    await vi.waitFor(() => expect(records).toHaveLength(2));
    expect(records.map(({ outcome }) => outcome)).toEqual(["swapped", "swapped"]);
  });

  it("is tried after another swap, however quickly yet another one is asked for, as it is by then", async () => {
    const { source, plugin, records } = await followed();
    const two = await version("v2");
    const broken = new Uint8Array(8);
    const again = () => plugin.swap(broken).catch(({ code }) => code);
    const swaps = plugin.swap(broken).catch(again);
    source.change(broken);
    source.change(two);
    expect(await swaps).toBe("busy");
    await vi.waitFor(() => expect(records).toHaveLength(2));
    expect(records.map(({ outcome }) => outcome)).toEqual(["refused", "swapped"]);
  });

  it("F35: does not try the same bad build again and again, and tries it later", async () => {
    vi.useFakeTimers({ toFake: ["performance"] });
    try {
      const { source, plugin, records, next } = await followed();
      const swapped = next();
      source.change(await version("v2"));
      await swapped;
      const narrow = await version("v1");
      for (const wanted of ["incompatible-state", "quarantined", "quarantined"]) {
        const refused = next();
        source.change(narrow);
        await refused;
        expect(records.at(-1)).toMatchObject({ outcome: "refused", cause: { code: wanted } });
      }
      vi.advanceTimersByTime(1_000);
      const again = next();
      source.change(narrow);
      await again;
      expect(records.at(-1)?.cause?.code).toBe("incompatible-state");
      vi.advanceTimersByTime(1_999);
      const still = next();
      source.change(narrow);
      await still;
      expect(records.at(-1)?.cause).toEqual({
        code: "quarantined",
        message: "this build was refused 2 times, and is not tried again for 1 ms",
      });
      expect(plugin.generation).toBe(2);
    } finally {
      vi.useRealTimers();
    }
  });

  it("is told what came of each change, refusals too, and may throw at it", async () => {
    const told: Transition[] = [];
    const thrown: unknown[] = [];
    const source = {
      ...changing(await version("v1")),
      onRecord: (record: Transition) => {
        told.push(record);
        throw new Error("the source is unwell");
      },
    };
    const plugin = await load(Counter, source);
    plugin.on("error", ({ error }) => thrown.push(error));
    for (const [name, count] of [
      ["v2", 1],
      ["v1", 2],
    ] as const) {
      source.change(await version(name));
      await vi.waitFor(() => expect(told).toHaveLength(count));
    }
    await plugin.swap(await version("v2"));
    expect(told).toEqual(plugin.history().slice(0, 2));
    expect(told.map(({ outcome }) => outcome)).toEqual(["swapped", "refused"]);
    await vi.waitFor(() =>
      expect(thrown).toEqual([new Error("the source is unwell"), new Error("the source is unwell")]),
    );
  });

  it("is let go of when the plugin is closed", async () => {
    const { source, plugin } = await followed();
    expect(source.listeners).toBe(1);
    await plugin.close();
    expect(source.listeners).toBe(0);
  });
});

describe("what comes to nothing while nobody waits", () => {
  afterEach(() => vi.restoreAllMocks());

  it("is an event error, or a line on the console: a change that no source comes of", async () => {
    const said = vi.spyOn(console, "error").mockImplementation(() => {});
    const { source, plugin } = await followed();
    const broken = new Error("counter.ts:3:1: Unexpected token");
    const message =
      "[unavailable] could not follow the source of counter: counter.ts:3:1: Unexpected token; version 1.0.0 still serves";
    source.fail(broken);
    expect(said.mock.calls).toEqual([[`moult: ${message}`, expect.objectContaining({ cause: broken })]]);
    const errors: unknown[] = [];
    plugin.on("error", ({ error }) => errors.push(error));
    source.fail(broken);
    expect(errors).toEqual([expect.objectContaining({ code: "unavailable", message, cause: broken })]);
    expect(said).toHaveBeenCalledTimes(1);
    await plugin.close();
  });

  it("is the same for a refusal that no listener and no source hears of", async () => {
    const source = changing(await version("v1"));
    const plugin = await load(Counter, source);
    const errors: unknown[] = [];
    const told = deferred();
    const stop = plugin.on("error", ({ error }) => {
      errors.push(error);
      told.resolve();
    });
    source.change(new Uint8Array([1, 2, 3]));
    await told.promise;
    expect(errors).toEqual([plugin.history().at(-1)?.cause]);
    expect(errors).toMatchObject([{ code: "not-wasm" }]);
    // Whoever hears of transitions hears of this one there.
    const heard = deferred();
    plugin.on("transition", () => heard.resolve());
    source.change(new Uint8Array([4, 5, 6]));
    await heard.promise;
    await new Promise((resolve) => setImmediate(resolve));
    expect(errors).toHaveLength(1);
    stop();
    await plugin.close();
  });
});

describe("a caller whose patience is bounded", () => {
  it("F12: is told when its turn did not come in time, or when it gave up, and was not called", async () => {
    const source = changing(await version("v1"));
    const plugin = await load(Counter, source);
    const verifying = deferred();
    const looked = deferred();
    const gone = new AbortController();
    gone.abort();
    await expect(plugin.within({ signal: gone.signal }).call.add(1)).rejects.toMatchObject({
      code: "aborted",
      message: "[aborted] could not call counter.add: the caller gave up; it was not called",
    });
    const swapped = plugin.swap(await version("v2"), {
      verify: () => {
        looked.resolve();
        return verifying.promise;
      },
    });
    await looked.promise;
    expect(await plugin.within({ timeout: 1 }).call.add(1)).toBe(1);
    verifying.resolve();
    await swapped;
  });
});

it("is no longer followed once the following has ended, whatever the source says then", async () => {
  let tell: (source: Uint8Array) => void = () => {};
  let subscribed = 0;
  const source = {
    current: async () => await version("v1"),
    subscribe: (onChange: (source: Uint8Array) => void) => {
      subscribed++;
      tell = onChange;
      return () => void subscribed--;
    },
  };
  const plugin = await load(Counter, await version("v1"));
  const following = plugin.follow(source);
  expect(subscribed).toBe(1);
  following.close();
  following.close();
  tell(await version("v2"));
  await new Promise((resolve) => setImmediate(resolve));
  expect([subscribed, plugin.generation, plugin.history()]).toEqual([0, 1, []]);
  const again = plugin.follow(source);
  await plugin.close();
  expect(subscribed).toBe(0);
  again.close();
});
