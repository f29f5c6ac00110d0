import { afterEach, describe, expect, it, vi } from "vitest";
import { atOnce, later, type Nested, type Serving } from "../../../host/call/calls.ts";
import { Gate } from "../../../host/call/gate.ts";
import { PluginError } from "../../../host/errors.ts";
import { deferred } from "../swap/fake.ts";

/** A box with a generation that says its name, and one that comes after it. */
function box(nesting: Nested = { depth: 0 }, grantTimeout?: number) {
  const generation = (name: string) =>
    ({
      calls: [() => name],
      asynchronous: false,
      failed: (error: unknown) => error,
    }) as unknown as Serving["current"];
  const gate = new Gate({ plugin: "p", concurrency: 1, queue: 4 });
  const serving: Serving = { name: "p", gate, nesting, current: generation("v1"), grantTimeout };
  const slot = { key: "name", id: 0, arity: 0 };
  return { gate, serving, call: later(serving, slot), now: atOnce(serving, slot), next: generation("v2") };
}

describe("a call", () => {
  it("that waited is answered by who serves when its turn comes, not by who served when it was made", async () => {
    const { gate, serving, call, next } = box();
    const work = deferred();
    const quiet = gate.quiet(() => work.promise, 1_000);
    const waits = call();
    serving.current = next;
    work.resolve();
    await quiet;
    expect(await waits).toBe("v2");
  });

  it("at once throws instead of going in where a swap is under way, others wait, or nobody serves", async () => {
    const { gate, call, now } = box();
    const said = "could not call p.name at once: a swap or other calls come first; use call, which waits";
    const work = deferred();
    const quiet = gate.quiet(() => work.promise, 1_000);
    expect(() => now()).toThrow(`[swapping] ${said}`);
    const waits = call();
    expect(() => now()).toThrow(`[swapping] ${said}`);
    work.resolve();
    await Promise.all([quiet, waits]);
    expect(now()).toBe("v1");
    gate.refuse(new PluginError("trapped", "it trapped"));
    expect(() => now()).toThrow("[trapped] it trapped");
  });
});

describe("a call behind one that a grant suspends", () => {
  afterEach(() => void vi.useRealTimers());
  const GRANT = "acme:db/rows@1.0.0#find";

  it("is refused where the runtime tells that the grant makes it", async () => {
    const nesting = { depth: 0, tells: true, within: GRANT as string | undefined, suspending: GRANT };
    const { gate, call } = box(nesting);
    const answer = deferred<string>();
    const inside = gate.pass("look", () => answer.promise);
    const refused = expect(call()).rejects.toThrow(
      "[reentrant] could not call p.name: a grant of the same plugin is being called, and the plugin waits for it",
    );
    nesting.within = undefined;
    const waits = call();
    answer.resolve("looked");
    expect(await Promise.all([inside, waits])).toEqual(["looked", "v1"]);
    await refused;
  });

  it.each([
    ["waits for as long as it takes where that would be told", true, undefined, undefined],
    ["waits for 30 seconds where it cannot be told", false, undefined, 30_000],
    ["waits for as long as was said", false, 90_000, 90_000],
    ["waits for as long as was said, whatever can be told", true, 50, 50],
    ["waits for ever where that was said", false, Number.POSITIVE_INFINITY, undefined],
  ])("%s", async (_, tells, grantTimeout, bound) => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
    const nesting = { depth: 0, tells, suspending: GRANT };
    const { gate, call } = box(nesting, grantTimeout);
    const answer = deferred<string>();
    const inside = gate.pass("look", () => answer.promise);
    const told: string[] = [];
    call().then(
      (value) => told.push(value as string),
      (error: PluginError) => told.push(error.message),
    );
    await vi.advanceTimersByTimeAsync((bound ?? 1e9) - 1);
    expect(told).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    answer.resolve("looked");
    await inside;
    await vi.advanceTimersByTimeAsync(0);
    expect(told).toEqual([
      bound === undefined
        ? "v1"
        : `[deadline] could not call p.name: another call is suspended in the grant ${GRANT}, which did not answer within ${bound} ms; a grant that calls its own plugin, and waits for the answer, waits for itself; it was not called`,
    ]);
  });

  it("is not given up while no grant suspends another: a swap takes its time", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
    const nesting = { depth: 0, tells: false, suspending: undefined as string | undefined };
    const { gate, call } = box(nesting);
    const work = deferred();
    const quiet = gate.quiet(() => work.promise, 1_000);
    const waits = call();
    await vi.advanceTimersByTimeAsync(100_000);
    work.resolve();
    await quiet;
    expect(await waits).toBe("v1");
    expect(vi.getTimerCount()).toBe(0);
  });
});
