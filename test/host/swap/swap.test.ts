import { describe, expect, it } from "vitest";
import { turn } from "../../../host/awaitable.ts";
import { type Arrange, deferred, type FakeGeneration, FakePlugin } from "./fake.ts";

describe("a swap", () => {
  it("does its steps in order: look at a twin, make the successor, cross, cut over", async () => {
    const plugin = new FakePlugin();
    await plugin.call(1);
    plugin.log.length = 0;
    const verify = (twin: FakeGeneration) => {
      plugin.log.push(`verify ${twin.known}`);
      void plugin.call(2);
    };
    await plugin.swap("v2", () => {}, { verify });
    expect(plugin.log).toEqual([
      "v1: save 1",
      "v2 twin: restore 1",
      "v2 twin: check",
      "verify 1",
      "v1: begin 2",
      "v1: end 2",
      "v2 twin: discarded",
      "v1: save 2",
      "v2: restore 2",
      "v2: check",
      "v2: serves",
      "v1: retired",
    ]);
  });

  it("has nothing to do in the pause but to cut over where no call came since the state was saved", async () => {
    const plugin = new FakePlugin();
    await plugin.call(1);
    plugin.log.length = 0;
    await plugin.swap("v2");
    expect(plugin.log).toEqual([
      "v1: save 1",
      "v2 twin: restore 1",
      "v2 twin: check",
      "v2 twin: discarded",
      "v2: restore 1",
      "v2: check",
      "v2: serves",
      "v1: retired",
    ]);
    expect(await plugin.call(2)).toBe("2 by v2");
    expect(plugin.current.known).toEqual([1, 2]);
    const [record] = plugin.lifecycle.history.records();
    expect(record).toMatchObject({ outcome: "swapped", stateBytes: 1 });
  });

  it("crosses once more, to a fresh successor, where a call came after that took the state over", async () => {
    const plugin = new FakePlugin();
    await plugin.call(1);
    plugin.log.length = 0;
    let restored = 0;
    await plugin.swap("v2", (generation, role) => {
      if (role === "twin") return;
      generation.steps.restore = () => {
        if (++restored === 1) void plugin.call(2);
      };
    });
    expect(plugin.log.slice(4)).toEqual([
      "v1: begin 2",
      "v1: end 2",
      "v2: restore 1",
      "v2: check",
      "v1: save 2",
      "v2: discarded",
      "v2: restore 2",
      "v2: check",
      "v2: serves",
      "v1: retired",
    ]);
    expect(plugin.current.known).toEqual([1, 2]);
  });

  it("waits for calls in flight, and their effects are in the state that crosses", async () => {
    const plugin = new FakePlugin({ concurrency: 2 });
    const slow = [deferred(), deferred()];
    let nth = 0;
    plugin.current.steps.call = () => slow[nth++]?.promise;
    const calls: Promise<string>[] = [];
    const verify = () => void calls.push(plugin.call(1), plugin.call(2));
    const swapped = plugin.swap("v2", () => {}, { verify });
    await plugin.quiesced.promise;
    const during = plugin.call(3);
    slow[1]?.resolve();
    await calls[1];
    slow[0]?.resolve();
    const successor = await swapped;
    expect(await Promise.all([...calls, during])).toEqual(["1 by v1", "2 by v1", "3 by v2"]);
    expect(successor.known).toEqual([2, 1, 3]);
  });

  it("takes its copy when nobody is inside, and gives up when somebody stays", async () => {
    const plugin = new FakePlugin();
    const slow = deferred();
    plugin.current.steps.call = () => slow.promise;
    const stuck = plugin.call(1);
    await expect(plugin.swap("v2", () => {}, { drain: 1 })).rejects.toThrow(
      "[deadline] could not swap fake v1: calls did not end within 1 ms: call 1; version v1 still serves",
    );
    expect(plugin.log).toEqual(["v1: begin 1"]);
    slow.resolve();
    expect(await stuck).toBe("1 by v1");
  });

  it("serves from the incumbent while it is prepared", async () => {
    const plugin = new FakePlugin();
    const verify = deferred();
    const swapped = plugin.swap("v2", () => {}, { verify: () => verify.promise });
    expect(await plugin.call(1)).toBe("1 by v1");
    verify.resolve();
    expect((await swapped).known).toEqual([1]);
  });

  it("holds calls in order while the state crosses slowly, and the successor answers them", async () => {
    const plugin = new FakePlugin();
    const restore = deferred();
    const reached = deferred();
    const arrange: Arrange = (generation, role) => {
      if (role !== "successor") return;
      generation.steps.restore = () => {
        reached.resolve();
        return restore.promise;
      };
    };
    const swapped = plugin.swap("v2", arrange, { verify: () => void plugin.call(0) });
    await reached.promise;
    const calls = [1, 2, 3].map((n) => plugin.call(n));
    expect(plugin.gate.waiting).toBe(3);
    restore.resolve();
    await swapped;
    expect(await Promise.all(calls)).toEqual(["1 by v2", "2 by v2", "3 by v2"]);
    expect(plugin.current.known).toEqual([0, 1, 2, 3]);
  });

  const failures = ["save", "restore", "check"] as const;
  for (const role of ["twin", "successor"] as const) {
    for (const step of failures) {
      it(`leaves the incumbent serving when ${step} fails ${role === "twin" ? "while it is prepared" : "in the pause"}`, async () => {
        const plugin = new FakePlugin();
        await plugin.call(1);
        const boom = () => Promise.reject(new Error(`${step} failed`));
        let saves = 0;
        if (step === "save") {
          plugin.current.steps.save = () => (++saves === (role === "twin" ? 1 : 2) ? boom() : undefined);
        }
        const arrange: Arrange = (generation, which) => {
          if (step !== "save" && which === role) generation.steps[step] = boom;
        };
        const swapped = plugin.swap("v2", arrange, { verify: () => void plugin.call(2) });
        await expect(swapped).rejects.toThrow(`${step} failed; please report it`);
        expect(await plugin.call(3)).toBe("3 by v1");
        expect(plugin.current.known).toEqual(role === "twin" ? [1, 3] : [1, 2, 3]);
        expect(plugin.log.filter((line) => line === "v2: serves")).toEqual([]);
        if (role === "successor") expect(plugin.log).toContain("v2: discarded");
      });
    }
  }

  it("leaves the incumbent serving when the caller's look refuses it, and drops the twin", async () => {
    const plugin = new FakePlugin();
    const verify = () => {
      throw new Error("not like this");
    };
    await expect(plugin.swap("v2", () => {}, { verify })).rejects.toThrow("not like this");
    expect(plugin.log).toContain("v2 twin: discarded");
    expect(await plugin.call(1)).toBe("1 by v1");
  });

  it("F8: gives up when calls do not drain, and the incumbent answers those who waited", async () => {
    const plugin = new FakePlugin();
    const slow = deferred();
    plugin.current.steps.call = () => slow.promise;
    let stuck: Promise<string> | undefined;
    const verify = () => {
      stuck = plugin.call(1);
    };
    const swapped = plugin.swap("v2", () => {}, { drain: 1, verify });
    await expect(swapped).rejects.toThrow(
      /^\[deadline\] could not swap fake v1: calls did not end within 1 ms: call 1;/,
    );
    const waits = plugin.call(2);
    slow.resolve();
    expect(await Promise.all([stuck, waits])).toEqual(["1 by v1", "2 by v1"]);
    expect(plugin.log).toContain("v2: discarded");
  });

  it("F13: binds every one of thousands of calls to one generation, in order, through hundreds of swaps", async () => {
    const plugin = new FakePlugin();
    let seed = 7;
    const chance = (n: number) => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed % n;
    };
    const slow = () => (chance(3) === 0 ? Promise.resolve() : undefined);
    plugin.current.steps.call = slow;
    const answers: Promise<string>[] = [];
    let swaps = 0;
    let swapping: Promise<unknown> | undefined;
    for (let n = 0; n < 20_000; n++) {
      answers.push(plugin.call(n % 256));
      if (swapping === undefined && chance(2) === 0) {
        const name = `v${++swaps + 1}`;
        const arrange = (generation: { steps: { call?: unknown; restore?: unknown } }) => {
          generation.steps.call = slow;
          if (chance(2) === 0) generation.steps.restore = () => Promise.resolve();
        };
        swapping = plugin.swap(name, arrange).finally(() => {
          swapping = undefined;
        });
      }
      if (chance(4) === 0) await (chance(3) === 0 ? turn() : Promise.resolve());
    }
    const said = await Promise.all(answers);
    await swapping;
    expect(swaps).toBeGreaterThan(300);
    expect(plugin.current.known).toEqual(Array.from({ length: 20_000 }, (_, n) => n % 256));
    const versions = said.map((answer) => Number(answer.split(" by v")[1]));
    expect(versions).toEqual([...versions].sort((a, b) => a - b));
  });
});
