/** What a plugin holds, and lets go of. */
import { describe, expect, it, vi } from "vitest";
import { Journal } from "../../host/journal/journal.ts";
import { contract } from "../../host/mod.ts";
import { Plugin } from "../../host/plugin.ts";
import { Probation } from "../../host/swap/probation.ts";
import { deferred, FakePlugin } from "./swap/fake.ts";

const NONE = contract("test:fake/plugin@1", {});

function plugged() {
  const fake = new FakePlugin();
  return { fake, plugin: new Plugin(NONE, fake.lifecycle, undefined) };
}

describe("a plugin", () => {
  it("keeps no copy of its memory when a snapshot was taken", async () => {
    const { fake, plugin } = plugged();
    await expect(plugin.snapshot()).rejects.toMatchObject({ code: "no-state" });
    expect([fake.log, fake.current.forgot]).toEqual([["v1: save 0"], 1]);
  });

  it("closes in a bounded time, and answers the call that stays inside", async () => {
    const { fake, plugin } = plugged();
    fake.current.steps.call = () => new Promise(() => {});
    const answers = Promise.allSettled([fake.call(1), fake.call(2)]);
    let closed = false;
    plugin.on("close", () => {
      closed = true;
    });
    await plugin.close({ drain: 1 });
    expect(await answers).toMatchObject([{ reason: { code: "closed" } }, { reason: { code: "closed" } }]);
    expect(closed).toBe(true);
    // A guest that a call is inside is not entered for its stop hook.
    expect(fake.log.slice(1)).toEqual(["v1: discarded"]);
  });

  it("answers those that wait at once when it is closed, and lets the call inside end", async () => {
    const { fake, plugin } = plugged();
    const slow = deferred();
    fake.current.steps.call = () => slow.promise;
    const inside = fake.call(1);
    const waits = fake.call(2);
    const closing = plugin.close();
    await expect(waits).rejects.toMatchObject({ code: "closed" });
    slow.resolve();
    expect(await inside).toBe("1 by v1");
    await closing;
    expect(fake.log.at(-1)).toBe("v1: retired");
    expect(plugin.close()).toBe(plugin.close());
  });

  it("refuses times that are none, before anything happens", async () => {
    const { plugin } = plugged();
    const source = new Uint8Array(0);
    const tries: readonly (readonly [() => Promise<unknown>, string])[] = [
      [() => plugin.close({ drain: Number.NaN }), "drain"],
      [() => plugin.swap(source, { drain: -1 }), "drain"],
      [() => plugin.swap(source, { timeout: "5" as never }), "timeout"],
      [() => plugin.swap(source, { probation: { duration: Number.NaN } }), "probation.duration"],
      [() => plugin.swap(source, { probation: { calls: Number.NaN } }), "probation.calls"],
      [() => plugin.swap(source, { probation: { calls: -1 } }), "probation.calls"],
      [() => plugin.swap(source, { probation: { minCalls: "10" as never } }), "probation.minCalls"],
      [() => plugin.swap(source, { probation: { maxErrorRate: 5 } }), "probation.maxErrorRate"],
      [() => plugin.rollback({ drain: Number.NaN }), "drain"],
      [() => plugin.mirror(source, { sample: 2 }), "sample"],
      [() => plugin.mirror(source, { lag: Number.NaN }), "lag"],
      [() => plugin.swap(source, null as never), "options of swap: found null"],
      [() => plugin.rollback(7 as never), "options of rollback: found number 7"],
      [() => plugin.mirror(source, "now" as never), "options of mirror: found string"],
      [() => plugin.close([] as never), "options of close"],
      [async () => plugin.follow({} as never, { backoff: -1 }), "backoff"],
      [() => plugin.mirror(source, { timeout: -5 }), "timeout"],
    ];
    for (const [what, name] of tries) {
      const error = await Promise.resolve()
        .then(what)
        .catch((error: unknown) => error);
      expect(error).toMatchObject({ code: "argument", message: expect.stringContaining(name) });
    }
    expect(plugin.history()).toEqual([]);
    await plugin.close({ drain: Number.POSITIVE_INFINITY });
  });
});

describe("a probation by time", () => {
  it("keeps no process alive", () => {
    const timers = vi.spyOn(globalThis, "setTimeout");
    const duties = { log: undefined, trapped: () => undefined, unlogged: () => {} };
    const verdicts = { accept: () => {}, rollBack: () => undefined };
    const probation = new Probation(
      plugged().fake.current,
      { duration: 3_600_000 },
      { journal: new Journal(), verdicts, duties, onError: () => {} },
    );
    const timer = timers.mock.results[0]?.value as NodeJS.Timeout;
    timers.mockRestore();
    expect(timer.hasRef()).toBe(false);
    probation.end();
  });
});
