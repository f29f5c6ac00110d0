/** The rows about guests that take what is not theirs, and about modules that cannot prove what they are. */
import { describe, expect, test } from "vitest";
import { sign } from "../../host/trust/mod.ts";
import { ONE, TWO } from "../trust/vectors.ts";
import type { Driver } from "./driver.ts";
import { module } from "./module.ts";
import { Stage } from "./stage.ts";

/** Bytes of memory beside the state. */
const ROOM = 2 ** 21;

export function bounds(driver: Driver, size: number): void {
  const { ends } = driver;
  const [limits, used] =
    ends === "out-of-time"
      ? [{ deadline: 500, hookDeadline: 500 }, "it took longer than the 500 ms of a hook"]
      : [fuel(size), "it used up the fuel of a hook"];

  describe("while its guest is held to its limits", () => {
    test("F1: a module that is not what its digest or its signature says is refused, and not compiled", async () => {
      const trust = { keys: [ONE.public] };
      const source = await sign(await module("ledger"), { key: ONE.seed });
      const stage = await Stage.open(driver, { size, source, trust });
      const next = await sign(await module("ledger", "2.0.0"), { key: ONE.seed });
      const altered = next.slice();
      altered[altered.length >> 1]! ^= 1;
      for (const [bytes, options, wanted] of [
        [await module("ledger", "2.0.0"), {}, "untrusted"],
        [await sign(await module("ledger", "2.0.0"), { key: TWO.seed }), {}, "untrusted"],
        [altered, {}, "untrusted"],
        [next, { integrity: "0".repeat(64) }, "integrity"],
      ] as const) {
        const error = await stage.refusedBy(stage.plugin.swap(bytes, options));
        expect([error.code, error.phase]).toEqual([wanted, "prepare"]);
        await stage.push();
      }
      const integrity = Buffer.from(await crypto.subtle.digest("SHA-256", next)).toString("hex");
      expect((await stage.plugin.swap(next, { integrity })).outcome).toBe("swapped");
      await stage.push();
      await stage.end();
    });

    test("F8: a call that never ends is ended, the swap that waits for it is refused, and a fresh instance has every acknowledged call", async () => {
      const stage = await Stage.open(driver, { size, limits, afterTrap: "restart" });
      const next = await module("ledger", "2.0.0");
      let refused: Promise<unknown> | undefined;
      stage.during("call", () => {
        refused = expect(stage.plugin.swap(next)).rejects.toMatchObject({ code: ends });
      });
      stage.inject("call", "spin");
      await stage.refusedPush(ends);
      await refused;
      await stage.push();
      expect(stage.records.map(({ outcome }) => outcome)).toEqual(["refused", "restarted"]);
      await stage.swap();
      await stage.push();
      await stage.end();
    });

    test.each([
      [
        "F16: a save that never ends, on the copy that is looked at or in the pause, happened nowhere",
        "spin",
      ],
      ["F17: a save that takes all memory ends its copy and nothing else", "take"],
    ] as const)("%s", async (_, fault) => {
      const stage = await Stage.open(driver, { kind: "by-hand", size, limits: { ...limits, ...room(size) } });
      const chunks = Math.ceil((4 + 4 * 3 + size) / 4096);
      for (const [nth, phase] of [
        [chunks, "prepare"],
        [chunks + 1, "save"],
      ] as const) {
        stage.inject("save", fault, nth);
        const error = await stage.refused("by-hand", { verify: () => void stage.push() });
        expect([error.code, error.phase]).toEqual(["failed-save", phase]);
        expect(error.message).toContain(fault === "spin" ? used : "(limits.memory)");
        await stage.push();
      }
      await stage.swap();
      await stage.end();
    });

    test.each([
      ["F23: a start that never ends, of the twin or of the one that would serve", "start", "spin"],
      [
        "F17: what follows a restore takes all memory, in the twin or in the one that would serve",
        "restored",
        "take",
      ],
      ["F24: a restore that hangs, in the twin or in the one that would serve", "restored", "spin"],
      ["F24: a check that hangs, in the twin or in the one that would serve", "check", "spin"],
    ] as const)("%s", async (_, turn, fault) => {
      const stage = await Stage.open(driver, { size, limits: { ...limits, ...room(size) } });
      for (const nth of [1, 2]) {
        stage.inject(turn, fault, nth);
        const error = await stage.refused();
        expect(error.code).toBe(`failed-${turn === "restored" ? "restore" : turn}`);
        expect(error.message).toContain(fault === "spin" ? used : "(limits.memory)");
        await stage.push();
      }
      stage.clear();
      await stage.swap();
      await stage.push();
      await stage.end();
    });
  });
}

/** Enough for a state of so many bytes, and soon used up. */
function fuel(size: number) {
  const units = 3_000_000 + 400 * size;
  return { fuel: units, hookFuel: units };
}

/** For its state many times: as it lies there, as it is saved, as it comes in, and what lies between. */
function room(size: number): { readonly memory: number } {
  return { memory: 65_536 * Math.ceil((16 * size + ROOM) / 65_536) };
}
