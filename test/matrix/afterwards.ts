/** The rows after the cutover: probation, rollback, and what is left of the old generation. */
import { describe, expect, test, vi } from "vitest";
import type { Driver } from "./driver.ts";
import { module } from "./module.ts";
import { Stage } from "./stage.ts";

export function afterwards(driver: Driver, size: number): void {
  const onProbation = async (probation: object = {}, kind: "ledger" | "migrating" = "ledger") => {
    const stage = await Stage.open(driver, { size });
    await stage.swap(kind, { probation });
    return stage;
  };

  describe("after the cutover", () => {
    test("F31: a listener that throws, at any transition, disturbs nobody", async () => {
      const thrown: unknown[] = [];
      const stage = await Stage.open(driver, { size });
      stage.plugin.on("transition", ({ outcome }) => {
        throw new Error(outcome);
      });
      stage.plugin.on("error", ({ error }) => thrown.push(error));
      await stage.refused("lossy");
      await stage.swap("ledger", { probation: {} });
      await stage.push();
      await stage.plugin.rollback();
      await stage.push();
      await stage.swap("ledger", { probation: {} });
      stage.plugin.accept();
      await stage.end();
      const outcomes = ["refused", "swapped", "rolled-back", "swapped", "permanent"];
      expect(thrown).toEqual(outcomes.map((outcome) => new Error(outcome)));
    });

    test("F32: the old generation is kept until the new one is permanent, whatever memory is wanted meanwhile", async () => {
      const stage = await onProbation();
      for (let i = 0; i < 20; i++) {
        await stage.push();
        new Uint8Array(16_000_000).fill(i);
        await stage.plugin.snapshot();
      }
      expect(stage.alive).toBe(2);
      expect(stage.asked("stop")).toBe(0);
      await stage.plugin.rollback();
      await stage.swap("ledger", { probation: {} });
      stage.plugin.accept();
      await stage.ended(1);
      expect([stage.alive, stage.asked("stop")]).toEqual([1, 1]);
      await stage.end();
    });

    test("F33: it traps after some calls, and goes back with all of them; the call that trapped is answered once", async () => {
      for (const calls of [0, 1, 7]) {
        const stage = await onProbation();
        stage.inject("call", "trap", calls + 1);
        for (let i = 0; i <= calls; i++) await stage.push();
        expect(stage.plugin.generation).toBe(1);
        stage.back("ledger");
        expect(stage.records.at(-1)).toMatchObject({
          outcome: "rolled-back",
          from: { generation: 2 },
          to: { generation: 1 },
          replayed: { calls, divergences: 0 },
          cause: { code: "trapped" },
        });
        await stage.push();
        await stage.end();
      }
    });

    test("F33: an effect of the call that trapped is not done a second time", async () => {
      const stage = await onProbation();
      stage.inject("call", "trap");
      const answer = await stage.other(() => stage.plugin.call.act(20_000), 20_000);
      expect([answer, stage.acted]).toEqual([1, [20_000]]);
      expect(stage.plugin.generation).toBe(1);
      await stage.end();
    });

    test("F33: who hears of the trap and calls at once is answered by the incumbent", async () => {
      const stage = await onProbation();
      let heard: Promise<number> | undefined;
      stage.plugin.on("trap", () => {
        heard = stage.push();
      });
      stage.inject("call", "trap");
      expect(await stage.push()).toBe(4);
      expect(await heard).toBe(5);
      await stage.end();
    });

    test("F33: a swap is told before what came after it, even when it went back at once", async () => {
      const stage = await Stage.open(driver, { size });
      stage.inject("next-call", "trap");
      let answer: Promise<number> | undefined;
      const verify = () => {
        // Because of this call the state crosses in the pause.
        void stage.push();
        // The first call after the cutover, before the swap's own promise is resolved.
        stage.during("check", () =>
          queueMicrotask(() => {
            answer = stage.push();
          }),
        );
      };
      await stage.swap("migrating", { probation: {}, verify });
      expect(await answer).toBe(5);
      expect(stage.plugin.generation).toBe(1);
      expect(stage.plugin.history().map(({ outcome }) => outcome)).toEqual(["swapped", "rolled-back"]);
      expect(stage.records.map(({ outcome }) => outcome)).toEqual(["swapped", "rolled-back"]);
      stage.back("ledger");
      await stage.end();
    });

    test("F33: it answers errors, or what the caller finds wrong, and goes back with every call", async () => {
      const stage = await onProbation({ maxErrorRate: 0.5, minCalls: 4 });
      for (const n of [20_001, 20_003]) {
        await stage.other(
          () => expect(stage.plugin.call.take(n)).rejects.toMatchObject({ code: "guest-error" }),
          n,
        );
      }
      await stage.push();
      expect(stage.plugin.generation).toBe(2);
      await stage.other(
        () => expect(stage.plugin.call.take(20_005)).rejects.toMatchObject({ code: "guest-error" }),
        20_005,
      );
      expect(stage.plugin.generation).toBe(1);
      expect(stage.records.at(-1)?.cause?.message).toBe("3 of 4 calls were bad, more than 50 %");
      await stage.push();
      await stage.end();

      const bad = await onProbation({
        maxErrorRate: 0,
        minCalls: 1,
        bad: ({ answer }: { answer?: unknown }) => answer === 5,
      });
      await bad.push();
      await bad.push();
      expect(bad.plugin.generation).toBe(1);
      await bad.end();
    });

    test("F33: it is too slow for whoever judges it, and goes back with every call", async () => {
      const stage = await onProbation({
        maxErrorRate: 0.5,
        minCalls: 2,
        bad: ({ milliseconds }: { milliseconds: number }) => milliseconds > 50,
      });
      vi.useFakeTimers({ toFake: ["performance"] });
      try {
        for (const [took, generation] of [
          [51, 2],
          [50, 2],
          [1_000, 1],
        ] as const) {
          stage.during("call", () => void vi.advanceTimersByTime(took));
          await stage.push();
          expect([took, stage.plugin.generation]).toEqual([took, generation]);
        }
      } finally {
        vi.useRealTimers();
      }
      expect(stage.records.at(-1)).toMatchObject({
        outcome: "rolled-back",
        replayed: { calls: 3, divergences: 0 },
        cause: { code: "too-many-errors", message: "2 of 3 calls were bad, more than 50 %" },
      });
      await stage.push();
      await stage.end();
    });

    test("F33: a judgement that throws is told, and the call that it judged is answered", async () => {
      const told: unknown[] = [];
      const stage = await onProbation({
        maxErrorRate: 0,
        minCalls: 1,
        bad: () => {
          throw new Error("no judge today");
        },
      });
      stage.plugin.on("error", ({ error }) => told.push(error));
      expect(await stage.push()).toBe(4);
      expect([stage.plugin.generation, told]).toEqual([2, [new Error("no judge today")]]);
      await stage.end();
    });

    test("F34: the rollback fails too: both states are kept, it is said loudly, and a later one may do", async () => {
      const stage = await onProbation({}, "migrating");
      await stage.push();
      await stage.push();
      // The incumbent asks at a turn of its own, which nobody recorded.
      stage.inject("call", "trap", 2);
      await expect(stage.plugin.rollback()).rejects.toMatchObject({
        code: "unreplayable",
        message: expect.stringContaining(
          "call 2 of 2 since the cutover, push, could not be run again: it broke here",
        ),
      });
      expect(stage.records.at(-1)).toMatchObject({
        outcome: "not-rolled-back",
        from: { generation: 2 },
        to: { generation: 1 },
        cause: { code: "unreplayable" },
      });
      expect(stage.plugin.generation).toBe(2);
      await stage.push();
      expect(await stage.plugin.rollback()).toMatchObject({ replayed: { calls: 3, divergences: 0 } });
      stage.back("ledger");
      await stage.push();
      await stage.end();
    });

    test("F34: a trap that cannot be taken back fails closed, and keeps what there is", async () => {
      const stage = await onProbation({}, "migrating");
      await stage.push();
      stage.inject("call", "trap");
      stage.inject("next-call", "trap");
      await stage.refusedPush("trapped");
      expect(stage.records.at(-1)).toMatchObject({
        outcome: "not-rolled-back",
        cause: { code: "unreplayable" },
      });
      await stage.refusedPush("trapped");
      stage.clear();
      await stage.plugin.rollback();
      stage.back("ledger");
      await stage.push();
      await stage.end();
    });

    test("F34: what trapped, and could not go back, is not accepted when its time is over", async () => {
      vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
      try {
        const stage = await onProbation({ duration: 5_000 }, "migrating");
        await stage.push();
        stage.inject("call", "trap");
        stage.inject("next-call", "trap");
        await stage.refusedPush("trapped");
        vi.advanceTimersByTime(5_000);
        expect(stage.records.at(-1)).toMatchObject({ outcome: "not-rolled-back" });
        expect(stage.plugin.accept()).toMatchObject({ outcome: "permanent" });
        await stage.plugin.close();
        stage.allEnded();
      } finally {
        vi.useRealTimers();
      }
    });

    test("F34: an incumbent that has trapped is not returned to", async () => {
      const stage = await onProbation({}, "migrating");
      stage.inject("call", "trap", 0);
      stage.inject("next-call", "trap");
      // Nothing is to be replayed, so it goes back, and there the held call traps again.
      await stage.refusedPush("trapped");
      expect(stage.records.at(-1)).toMatchObject({ outcome: "rolled-back" });
      await stage.refusedPush("trapped");
      await expect(stage.plugin.rollback()).rejects.toMatchObject({ code: "not-on-probation" });
      await stage.plugin.close();
      stage.allEnded();
    });

    test("F36: a second swap and a twelfth go as the first did, and leave nothing behind", async () => {
      const stage = await Stage.open(driver, { size });
      for (let n = 2; n < 14; n++) {
        const record = await stage.swap("ledger", n % 3 ? {} : { probation: {} }, `${n % 2 ? 3 : 2}.0.0`);
        expect(record).toMatchObject({
          outcome: "swapped",
          from: { generation: n - 1 },
          to: { generation: n },
        });
        await stage.push();
        if (n % 3 === 0) stage.plugin.accept();
        await stage.ended(1);
        expect(stage.alive).toBe(1);
      }
      await stage.swap("migrating", {}, "14.0.0");
      await stage.swap("migrating", {}, "15.0.0");
      await stage.end();
    });

    test("F37: a snapshot from before a swap is migrated by the version that serves now, and not taken for its state", async () => {
      const stage = await Stage.open(driver, { size });
      const before = await Stage.open(driver, { size });
      const older = await stage.plugin.snapshot();
      await stage.push();
      await stage.swap("migrating", { probation: {} });
      await stage.push();

      // Loaded, it is what a swap makes of the same calls.
      const again = await stage.reopen(older);
      await before.swap("migrating", {}, "1.0.0");
      expect(await again.call.history()).toEqual([1, 2, 3]);
      expect(Buffer.compare(await again.snapshot(), await before.plugin.snapshot())).toBe(0);
      await again.call.push(1_000);
      await again.close();
      await before.end();

      // The way back has no step, with a snapshot as with a swap.
      const newer = await stage.plugin.snapshot();
      const there = await Stage.open(driver, { size });
      await expect(there.reopen(newer)).rejects.toMatchObject({ code: "incompatible-state" });
      await there.end();

      await stage.plugin.rollback();
      stage.back("ledger");
      await stage.push();
      await stage.end();
    });

    test("F37: a restart after a swap begins from what the swap brought, whatever was there before", async () => {
      const stage = await Stage.open(driver, { size, afterTrap: { restart: {} } });
      await stage.push();
      await stage.swap("migrating");
      await stage.push();
      stage.inject("next-call", "trap");
      await stage.refusedPush("trapped");
      await stage.push();
      expect(stage.records.map(({ outcome }) => outcome)).toEqual(["swapped", "restarted"]);
      expect(stage.records.at(-1)).toMatchObject({ replayed: { calls: 1, divergences: 0 } });
      await stage.end();
    });

    test("F40: what was drawn is drawn once, and a replay gets the same", async () => {
      const stage = await onProbation();
      for (const n of [10_000, 10_001]) {
        expect(await stage.other(() => stage.plugin.call.draw(), n)).toBe(n);
      }
      expect(await stage.plugin.rollback()).toMatchObject({ replayed: { calls: 2, divergences: 0 } });
      expect(stage.drawn).toEqual([10_000, 10_001]);
      await stage.push();
      await stage.end();
    });

    test("F40: an answer that differs when it is replayed is counted and shown, and stops nothing", async () => {
      const stage = await onProbation({}, "migrating");
      await stage.push();
      stage.inject("next-call", "wrong");
      expect(await stage.plugin.call.push(30_000)).toBe(0);
      const { replayed } = await stage.plugin.rollback();
      expect(replayed).toEqual({ calls: 2, divergences: 1, first: { call: 2, name: "push" } });
      expect(await stage.plugin.call.history()).toEqual([...stage.expected, 30_000]);
      await stage.plugin.close();
      stage.allEnded();
    });

    test("F43: what a generation's grants hold ends with it: twins, copies, the refused, the retired, the rolled back", async () => {
      const stage = await Stage.open(driver, { size });
      expect(stage.alive).toBe(1);
      const seen: number[] = [];
      const verify = () => void seen.push(stage.alive);
      await stage.refused("ledger", { verify: () => seen.push(stage.alive) < 0 });
      expect(stage.alive).toBe(1);
      stage.inject("start", "trap", 2);
      await stage.refused("ledger", { verify });
      expect(stage.alive).toBe(1);
      stage.inject("check", "wrong", 2);
      await stage.refused("ledger", { verify });
      await stage.swap("ledger", { verify, dryRun: true });
      await stage.plugin.snapshot();
      expect(stage.alive).toBe(1);
      // The incumbent, its copy, and the twin.
      expect(seen).toEqual([3, 3, 3, 3]);
      await stage.swap("ledger", { probation: {} });
      expect(stage.alive).toBe(2);
      await stage.push();
      await stage.plugin.rollback();
      expect(stage.alive).toBe(1);
      await stage.swap("ledger", { probation: {} }, "3.0.0");
      await stage.push();
      stage.inject("call", "trap");
      await stage.push();
      expect(stage.alive).toBe(1);
      const mirror = await stage.plugin.mirror(await module("ledger", "4.0.0"));
      expect(stage.alive).toBe(2);
      mirror.close();
      expect(stage.alive).toBe(1);
      await stage.swap("ledger", { probation: {} }, "4.0.0");
      await stage.end();
    });
  });
}
