import { describe, expect, it } from "vitest";
import { atOnce, later, type Serving } from "../../../host/call/calls.ts";
import { Gate } from "../../../host/call/gate.ts";
import { PluginError } from "../../../host/errors.ts";
import { deferred } from "../swap/fake.ts";

/** A box with a generation that says its name, and one that comes after it. */
function box() {
  const generation = (name: string) =>
    ({
      calls: [() => name],
      asynchronous: false,
      failed: (error: unknown) => error,
    }) as unknown as Serving["current"];
  const gate = new Gate({ plugin: "p", concurrency: 1, queue: 4 });
  const serving: Serving = { name: "p", gate, nesting: { depth: 0 }, current: generation("v1") };
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
