/** The rows in which the state is on its way. */
import { describe, expect, test } from "vitest";
import type { Driver } from "./driver.ts";
import { Stage } from "./stage.ts";

/** Bytes that the ledger by hand sends at a time. */
const CHUNK = 4096;

export function pause(driver: Driver, size: number): void {
  const chunks = Math.ceil((4 + 4 * 3 + size) / CHUNK);
  const some = [1, chunks >> 1, chunks];

  describe("while its state is saved and restored", () => {
    test("F14: a save that traps at any chunk, on the copy that is looked at or in the pause, happened nowhere", async () => {
      for (const [round, phase] of [
        [0, "prepare"],
        [1, "save"],
      ] as const) {
        for (const k of some) {
          const stage = await Stage.open(driver, { kind: "by-hand", size });
          stage.inject("save", "trap", round * chunks + k);
          // Because of a call meanwhile the state crosses in the pause.
          const verify = () => void stage.push();
          const error = await stage.refused("by-hand", { verify });
          expect([error.code, error.phase]).toEqual(["failed-save", phase]);
          expect(error.message).toContain("its save failed (on a copy): it broke here");
          await stage.push();
          await stage.swap();
          await stage.push();
          await stage.end();
        }
      }
    });

    test("F14: a save that gives up at any chunk is refused alike", async () => {
      const stage = await Stage.open(driver, { kind: "by-hand", size });
      for (const k of some) {
        stage.inject("save", "wrong", k);
        expect((await stage.refused()).code).toBe("failed-save");
        await stage.push();
      }
      await stage.end();
    });

    test("F15: a save that alters what it saves alters a copy, refused or not", async () => {
      const stage = await Stage.open(driver, { kind: "by-hand", size });
      const before = await stage.plugin.snapshot();
      await stage.refused("by-hand", { verify: () => false });
      stage.inject("restore", "trap", chunks + 2);
      expect((await stage.refused()).phase).toBe("restore");
      expect(Buffer.compare(before, await stage.plugin.snapshot())).toBe(0);
      await stage.push();
      await stage.swap("by-hand", { dryRun: true });
      await stage.swap("by-hand", { probation: {} });
      await stage.push();
      await stage.plugin.rollback();
      await stage.push();
      await stage.end();
    });

    test("F24: a restore that traps at any chunk, in the twin or in the one that would serve", async () => {
      for (const [round, phase] of [
        [0, "prepare"],
        [1, "restore"],
      ] as const) {
        for (const k of some) {
          const stage = await Stage.open(driver, { kind: "by-hand", size });
          // A restore asks once more than there are chunks: there it learns that it has them all.
          stage.inject("restore", "trap", round * (chunks + 1) + k);
          const error = await stage.refused();
          expect([error.code, error.phase]).toEqual(["failed-restore", phase]);
          await stage.push();
          await stage.end();
        }
      }
    });

    test("F24: what follows a restore traps, in the twin or in the one that would serve", async () => {
      for (const turn of ["restored", "check"] as const) {
        for (const nth of [1, 2]) {
          const stage = await Stage.open(driver, { size });
          stage.inject(turn, "trap", nth);
          expect((await stage.refused()).code).toBe(turn === "check" ? "failed-check" : "failed-restore");
          await stage.push();
          await stage.swap();
          await stage.end();
        }
      }
    });

    test("F25: a restore by hand that loses a chunk is seen by verify", async () => {
      const stage = await Stage.open(driver, { kind: "by-hand", size });
      const weight = await stage.plugin.call.ballast();
      stage.inject("restore", "wrong", chunks);
      const error = await stage.refused("by-hand", {
        verify: async (twin) => (await twin.call.ballast()) === weight,
      });
      expect(error.code).toBe("failed-verify");
      await stage.push();
      await stage.end();
    });

    test("F29: memory grown at any turn of a guest's life leaves no stale view", async () => {
      for (const turn of ["start", "restored", "check", "call", "stop"] as const) {
        const stage = await Stage.open(driver, { size });
        stage.inject(turn, "grow", 0);
        await stage.push();
        await stage.swap("ledger", {
          verify: (twin) => expect(twin.call.history()).resolves.toEqual(stage.expected),
        });
        await stage.push();
        await stage.end();
      }
      for (const turn of ["save", "restore", "call"] as const) {
        const stage = await Stage.open(driver, { kind: "by-hand", size });
        stage.inject(turn, "grow", 3);
        await stage.push();
        await stage.swap("by-hand", { probation: {} });
        await stage.push();
        await stage.plugin.rollback();
        await stage.push();
        await stage.end();
      }
      const stage = await Stage.open(driver, { size });
      stage.inject("migrate", "grow", 0);
      await stage.swap("migrating");
      await stage.push();
      await stage.end();
    });

    // What the sources compile is sent to other threads as it is.
    test.runIf(driver.here)(
      "F42: the twin, the copy and the one that serves are instances of one compiled module",
      async () => {
        const { Instance } = WebAssembly;
        const compiled: WebAssembly.Module[] = [];
        WebAssembly.Instance = new Proxy(Instance, {
          construct(target, [code, imports]) {
            compiled.push(code);
            return new target(code, imports);
          },
        });
        try {
          const stage = await Stage.open(driver, { size });
          await stage.swap("ledger", { verify: (twin) => twin.call.history() });
          // The incumbent and its copies; then the twin, in which verify ran code, the one that serves now, and its copies.
          const next = compiled.findIndex((code) => code !== compiled[0]);
          const [old, young] = [compiled.slice(0, next), compiled.slice(next)];
          expect([new Set(old).size, new Set(young).size]).toEqual([1, 1]);
          expect(Math.min(old.length, young.length)).toBeGreaterThan(1);
          await stage.push();
          await stage.end();
        } finally {
          WebAssembly.Instance = Instance;
        }
      },
    );
  });
}
