import { describe, expect, it } from "vitest";
import { ArgumentBytes } from "../../../abi/canonical/value-bytes.ts";
import type { FunctionType } from "../../../abi/type.ts";
import { PluginError } from "../../../host/errors.ts";
import type { TrappedCall } from "../../../host/generation/observer.ts";
import { recorded } from "../../../host/generation/recorded.ts";
import { Journal } from "../../../host/journal/journal.ts";

const TYPE: FunctionType = { params: [{ name: "n", type: "u32" }], result: "u32" };

/** A function whose calls are recorded; `answer` may throw. */
function listened(answer: (n: number) => unknown, clock?: () => number) {
  const journal = new Journal();
  const trapped: TrappedCall[] = [];
  const judged: unknown[] = [];
  let tapes = 0;
  let tape = false;
  const call = recorded(
    {
      name: "double",
      type: TYPE,
      slot: 3,
      call: answer as (...args: never[]) => unknown,
      listen: (next) => {
        tape = next !== undefined;
        if (next) tapes++;
      },
      bytes: new ArgumentBytes(),
    },
    {
      log: undefined,
      add: (entry) => journal.add(entry),
      unlogged: () => {},
      ...(clock && { clock }),
      answered: (each) => void judged.push(each),
      trapped: (_, each) => {
        trapped.push(each);
        return "answered by another";
      },
    },
  ) as (n: unknown) => unknown;
  return { call, journal, trapped, judged, listens: () => tape, tapes: () => tapes };
}

describe("a recorded call", () => {
  it("is in the journal when it was answered, and judged", () => {
    const { call, journal, judged, listens, tapes } = listened((n) => n * 2);
    expect(call(4)).toBe(8);
    expect(journal.entries).toMatchObject([{ name: "double", slot: 3, answers: [] }]);
    expect(new ArgumentBytes().lift(TYPE, journal.entries[0]!.args)).toEqual([4]);
    expect(judged).toEqual([{ name: "double", answer: 8, milliseconds: 0 }]);
    expect([listens(), tapes()]).toEqual([false, 1]);
  });

  it("that trapped is in no journal, is listened to no longer, and is answered as its observer says", () => {
    const { call, journal, trapped, judged, listens } = listened(() => {
      throw new WebAssembly.RuntimeError("unreachable");
    });
    expect(call(4)).toBe("answered by another");
    expect([journal.entries, judged, listens()]).toEqual([[], [], false]);
    expect(trapped).toMatchObject([{ name: "double", slot: 3, args: [4] }]);
  });

  it("that answered an err is in the journal like any other", () => {
    const err = new PluginError("guest-error", "no", { payload: "odd" });
    const { call, journal, judged, listens } = listened(() => {
      throw err;
    });
    expect(() => call(3)).toThrow(err);
    expect(journal.entries).toHaveLength(1);
    expect([judged, listens()]).toEqual([[{ name: "double", error: err, milliseconds: 0 }], false]);
  });

  it("is judged by the time that it took in the plugin too, however it was answered", async () => {
    let now = 1_000;
    const err = new PluginError("guest-error", "no", { payload: "odd" });
    const { call, judged } = listened(
      (n) => {
        now += n;
        if (n === 3) throw err;
        return n < 100 ? n : Promise.resolve().then(() => (now += n));
      },
      () => now,
    );
    call(4);
    expect(() => call(3)).toThrow(err);
    await call(100);
    expect(judged).toMatchObject([{ milliseconds: 4 }, { milliseconds: 3 }, { milliseconds: 200 }]);
  });
});
