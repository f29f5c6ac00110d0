/** The rows about who asks for what, and when. */
import { describe, expect, test } from "vitest";
import type { LiveSource, PluginError, Transition } from "../../host/mod.ts";
import type { Driver } from "./driver.ts";
import { module } from "./module.ts";
import { Stage } from "./stage.ts";

/** Microtasks from verify to the end of a swap, and some more. */
const TURNS = 40;

export function control(driver: Driver, size: number): void {
  describe("whoever asks, and whenever", () => {
    test("F7: a step taken twice is taken once", async () => {
      const stage = await Stage.open(driver, { size });
      await stage.swap("ledger", {}, "1.0.0");
      await stage.swap("ledger", { probation: {} });
      expect([stage.plugin.accept()?.outcome, stage.plugin.accept()]).toEqual(["permanent", undefined]);
      await stage.swap("ledger", { probation: {} });
      await stage.push();
      await stage.plugin.rollback();
      await expect(stage.plugin.rollback()).rejects.toMatchObject({ code: "not-on-probation" });
      const [a, b] = [await stage.plugin.snapshot(), await stage.plugin.snapshot()];
      expect(Buffer.compare(a, b)).toBe(0);
      await stage.end();
      expect(stage.plugin.close()).toBe(stage.plugin.close());
      // Of the first, of the second, and of the third, to which the fourth was rolled back.
      expect(stage.asked("stop")).toBe(3);
    });

    test("F9: a swap asked for inside a call, or by a timer that the call set, begins when the call is over", async () => {
      for (const wait of [(then: () => void) => then(), (then: () => void) => void setTimeout(then)]) {
        const stage = await Stage.open(driver, { size });
        let swapped: Promise<Transition> | undefined;
        const asked = new Promise<void>((resolve) => {
          stage.during("call", () =>
            wait(() => {
              swapped = stage.swap("ledger", { probation: {} });
              resolve();
            }),
          );
        });
        expect(await stage.push()).toBe(4);
        await asked;
        expect(await swapped).toMatchObject({ outcome: "swapped" });
        await stage.push();
        // A rollback reaches for the gate at once: it too finds the call over.
        let back: Promise<Transition> | undefined;
        stage.during("call", () => {
          back = stage.plugin.rollback();
        });
        await stage.push();
        expect(await back).toMatchObject({ outcome: "rolled-back", replayed: { calls: 2, divergences: 0 } });
        await stage.push();
        await stage.end();
      }
    });

    test("F10: a function taken out of the plugin before a swap reaches whoever serves", async () => {
      const stage = await Stage.open(driver, { size });
      const { history } = stage.plugin.call;
      let twins: typeof history | undefined;
      await stage.swap("ledger", {
        verify: (twin) => {
          twins = twin.call.history;
        },
      });
      await stage.push();
      expect(await history()).toEqual(stage.expected);
      await expect(twins?.()).rejects.toMatchObject({ code: "closed" });
      const by = stage.ran.at(-1)?.by;
      await stage.ended(1);
      expect(stage.made.map(({ signal }, i) => [i, signal.aborted]).filter(([, over]) => !over)).toEqual([
        [by, false],
      ]);
      await stage.end();
    });

    test("F11: closed at any turn of a swap, everybody is answered and everything ends", async () => {
      const outcomes = new Set<string>();
      const anchors = driver.turns.flatMap((beats) =>
        (["request", "verify"] as const).map((anchor) => ({ anchor, beats })),
      );
      for (const { anchor, beats } of anchors) {
        for (let turns = 0; turns < TURNS; turns += !driver.atOnce ? 20 : size > 100_000 ? 10 : 2) {
          const stage = await Stage.open(driver, { size });
          let closed: Promise<void> | undefined;
          const close = async () => {
            for (let beat = 0; beat < beats; beat++) await new Promise(setImmediate);
            await microtasks(turns);
            closed = stage.plugin.close();
          };
          const source = await module("ledger", "2.0.0");
          const verify = () => void (anchor === "verify" && close());
          const swapped = stage.plugin.swap(source, { verify, probation: { calls: 3 } });
          if (anchor === "request") void close();
          const waits = stage.plugin.call.history();
          const outcome = await swapped.then(
            (record) => record.outcome,
            (error: PluginError) => error.code,
          );
          outcomes.add(outcome);
          while (!closed) await new Promise(setImmediate);
          await closed;
          expect(await waits).toEqual([1, 2, 3]);
          await expect(stage.plugin.call.history()).rejects.toMatchObject({ code: "closed" });
          expect(stage.records).toHaveLength(1);
          stage.allEnded();
        }
      }
      expect([...outcomes].sort()).toEqual(["closed", "swapped"]);
    });

    test("F11: closed by a guest's grant in the middle of the pause, everything ends", async () => {
      for (const turn of ["save", "restore", "start", "check", "restored"] as const) {
        const stage = await Stage.open(driver, { kind: "by-hand", size });
        stage.during(turn, () => void stage.plugin.close());
        await stage.plugin
          .swap(await module("by-hand", "2.0.0"))
          .catch((error) => expect(error.code).toBe("closed"));
        await stage.plugin.close();
        stage.allEnded();
      }
    });

    test("F13: a call in every turn of a swap and of a rollback is bound to one generation, in order", async () => {
      const stage = await Stage.open(driver, { size });
      let waiting = 0;
      const once = () => {
        if (waiting === 100) return;
        waiting++;
        const answered = () => {
          waiting--;
        };
        stage.push().then(answered, answered);
        if (driver.atOnce) stage.pushAtOnce();
      };
      let over = false;
      // Between its turns a swap goes from microtask to microtask, as a rollback does, and so do the calls.
      const everyMicrotask = async () => {
        for (let i = 0; i < 2 * TURNS && !over; i++, await microtasks(1)) once();
      };
      const during = async (work: Promise<unknown>) => {
        over = false;
        const end = () => {
          over = true;
        };
        work.then(end, end);
        for (; !over; await new Promise(setImmediate)) once();
        await work;
        once();
      };
      const verify = () => void everyMicrotask();
      await during(stage.swap("ledger", { verify }));
      await during(stage.refused("ledger", { verify: () => everyMicrotask().then(() => false) }, "3.0.0"));
      await during(stage.swap("ledger", { verify, probation: {} }, "3.0.0"));
      const back = stage.plugin.rollback();
      void everyMicrotask();
      await during(back);
      await during(stage.swap("migrating", { verify }, "4.0.0"));
      await stage.push();
      const by = stage.ran.map((each) => each.by);
      const served = by.filter((each, i) => each !== by[i - 1]);
      // 1, then 2, then 3 on probation, then 2 again, then 4.
      expect(served).toHaveLength(5);
      expect(served[3]).toBe(served[1]);
      await stage.end();
    });

    test("F35: a build that was refused, or had to go back, is not tried again at once", async () => {
      const source = changing(await module("ledger"));
      const follow = { backoff: 60_000, probation: { maxErrorRate: 0, minCalls: 1 } };
      const stage = await Stage.open(driver, { size, source, follow });
      const change = async (next: Uint8Array) => {
        const told = stage.told();
        source.change(next);
        return told;
      };
      const lossy = await module("lossy", "2.0.0");
      expect(await change(lossy)).toMatchObject({
        outcome: "refused",
        cause: { code: "incompatible-state" },
      });
      expect(await change(lossy)).toMatchObject({ outcome: "refused", cause: { code: "quarantined" } });
      const bad = await module("ledger", "3.0.0");
      expect(await change(bad)).toMatchObject({ outcome: "swapped" });
      stage.inject("call", "trap");
      await stage.push();
      expect(stage.records.at(-1)).toMatchObject({ outcome: "rolled-back", to: { generation: 1 } });
      expect(await change(bad)).toMatchObject({ outcome: "refused", cause: { code: "quarantined" } });
      await stage.push();
      expect(await change(await module("ledger", "2.0.0"))).toMatchObject({ outcome: "swapped" });
      await stage.push();
      await stage.end();
    });

    test("F39: of many changes in a row the latest is swapped to, and no more than two generations live", async () => {
      const source = changing(await module("ledger"));
      const stage = await Stage.open(driver, { size, source });
      const [two, three] = [await module("ledger", "2.0.0"), await module("ledger", "3.0.0")];
      let most = 0;
      stage.during("start", () => {
        most = Math.max(most, stage.alive);
      });
      const first = stage.told();
      for (let i = 0; i < 100; i++) {
        source.change(i % 2 ? two : three);
        void stage.push();
        // The first is under way when the others come.
        if (i === 0) await undefined;
      }
      await first;
      // What came while the first change was on its way is one swap.
      if (stage.plugin.version !== "2.0.0") await stage.told();
      expect(stage.records.map(({ outcome, to }) => [outcome, to?.version])).toEqual([
        ["swapped", "3.0.0"],
        ["swapped", "2.0.0"],
      ]);
      // The incumbent, its copy, and what is made of the version to come.
      expect(most).toBeLessThanOrEqual(3);
      await stage.push();
      await stage.end();
    });

    test("F38: of a hundred who want to swap at once one does, and the others are told that it is busy", async () => {
      const stage = await Stage.open(driver, { size });
      const source = await module("ledger", "2.0.0");
      const asked = Array.from({ length: 100 }, () => stage.plugin.swap(source));
      const calls = Array.from({ length: 10 }, () => stage.push());
      const codes = (await Promise.allSettled(asked)).map((each) =>
        each.status === "fulfilled" ? each.value.outcome : (each.reason as PluginError).code,
      );
      expect(codes).toEqual(["swapped", ...Array(99).fill("busy")]);
      await Promise.all(calls);
      expect(stage.plugin.generation).toBe(2);
      await stage.end();
    });

    test("F38: whoever hears of a transition and wants to swap too never makes it two at a time", async () => {
      const stage = await Stage.open(driver, { size });
      const source = await module("ledger", "2.0.0");
      const inside: Promise<string>[] = [];
      let most = 0;
      const stop = stage.plugin.on("transition", () => {
        if (inside.length === 3) return;
        inside.push(
          stage.plugin.swap(source, { dryRun: true }).then(
            (r) => r.outcome,
            (e: PluginError) => e.code,
          ),
        );
        inside.push(
          stage.plugin.swap(source, { dryRun: true }).then(
            (r) => r.outcome,
            (e: PluginError) => e.code,
          ),
        );
      });
      const verify = () => {
        most = Math.max(most, stage.alive);
      };
      await stage.plugin.swap(source, { dryRun: true, verify }).catch(() => {});
      stop();
      await Promise.all(inside);
      await stage.swap("ledger", { probation: {} });
      const late: Promise<unknown>[] = [];
      const end = stage.plugin.on("transition", ({ outcome }) => {
        if (outcome === "permanent")
          late.push(stage.plugin.swap(source).catch((error: PluginError) => error.code));
      });
      expect(await stage.swap("ledger", { supersede: true, verify })).toMatchObject({ outcome: "swapped" });
      end();
      expect(await Promise.all(late)).toEqual(["busy"]);
      // The incumbent, its copy, and a twin.
      expect(most).toBe(3);
      await stage.push();
      await stage.end();
    });
  });
}

/** A source that the test changes. */
function changing(first: Uint8Array): LiveSource & { change(next: Uint8Array): void } {
  let listener: ((source: Uint8Array) => void) | undefined;
  return {
    current: async () => first,
    subscribe: (onChange) => {
      listener = onChange;
      return () => {
        listener = undefined;
      };
    },
    change: (next) => listener?.(next),
  };
}

async function microtasks(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await Promise.resolve();
}
