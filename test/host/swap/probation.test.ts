import { describe, expect, it } from "vitest";
import { Scratch } from "../../../abi/canonical/value-bytes.ts";
import type { Generation } from "../../../host/generation/generation.ts";
import { Journal } from "../../../host/journal/journal.ts";
import { Probation, type ProbationOptions } from "../../../host/swap/probation.ts";

function probation(options: ProbationOptions) {
  const verdicts: string[] = [];
  const told: unknown[] = [];
  const journal = new Journal();
  const scratch = new Scratch();
  const one = new Probation({} as Generation, options, {
    journal,
    verdicts: { accept: () => verdicts.push("accept"), rollBack: ({ message }) => verdicts.push(message) },
    duties: { log: undefined, trapped: () => undefined, unlogged: () => {} },
    onError: (error) => told.push(error),
  });
  const answer = (answer: number, milliseconds = 0) => {
    journal.begin(0, scratch);
    journal.end(0);
    return one.answered({ name: "f", answer, milliseconds });
  };
  return { one, verdicts, told, answer };
}

describe("a probation", () => {
  it("goes back as soon as the share of bad calls is too large", () => {
    const { verdicts, answer } = probation({
      maxErrorRate: 0.5,
      minCalls: 2,
      bad: ({ answer }) => answer === 0,
    });
    for (const each of [0, 1, 0]) answer(each);
    expect(verdicts).toEqual(["2 of 3 calls were bad, more than 50 %"]);
  });

  it("goes back when calls take too long for whoever judges them", () => {
    const { verdicts, answer } = probation({
      maxErrorRate: 0.5,
      minCalls: 2,
      bad: ({ milliseconds }) => milliseconds > 50,
    });
    for (const each of [51, 50, 80]) answer(1, each);
    expect(verdicts).toEqual(["2 of 3 calls were bad, more than 50 %"]);
  });

  it("measures calls only where somebody judges them", () => {
    expect(probation({ maxErrorRate: 0 }).one.observer.clock).toBeUndefined();
    expect(probation({ maxErrorRate: 0, bad: () => false }).one.observer.clock?.()).toBeGreaterThan(0);
  });

  it("finds nothing bad where the caller's own judgement throws, and tells of it", () => {
    const broken = new Error("no judge today");
    const { verdicts, told, answer } = probation({
      maxErrorRate: 0,
      minCalls: 1,
      bad: () => {
        throw broken;
      },
    });
    answer(1);
    expect([verdicts, told]).toEqual([[], [broken]]);
  });

  it("finds nothing bad in a promise, and tells that it wants an answer at once, and why it was rejected", async () => {
    const broken = new Error("no judge today");
    const bad = async () => Promise.reject(broken);
    const { verdicts, told, answer } = probation({ maxErrorRate: 0, minCalls: 1, bad: bad as never });
    answer(1);
    await new Promise((resolve) => setImmediate(resolve));
    expect(verdicts).toEqual([]);
    expect(told).toEqual([
      new TypeError("bad(call) answered a promise; wanted true or false at once"),
      broken,
    ]);
  });

  it("is accepted after its calls, outside of any", async () => {
    const { verdicts, answer } = probation({ calls: 2 });
    answer(1);
    answer(1);
    expect(verdicts).toEqual([]);
    await Promise.resolve();
    expect(verdicts).toEqual(["accept"]);
  });

  it("by time lets its process end meanwhile", () => {
    const timers = () => process.getActiveResourcesInfo().filter((each) => each === "Timeout").length;
    const before = timers();
    const { one } = probation({ duration: 3_600_000 });
    expect(timers()).toBe(before);
    one.end();
  });

  it("that is over gives no verdict on a call that was in flight", async () => {
    const { one, verdicts, answer } = probation({ maxErrorRate: 0, minCalls: 1, calls: 1, bad: () => true });
    one.end();
    answer(1);
    await Promise.resolve();
    expect(verdicts).toEqual([]);
  });

  it("from which nobody could go back is left alone", () => {
    const { one, verdicts, answer } = probation({ maxErrorRate: 0, minCalls: 1, bad: () => true });
    answer(1);
    one.stay();
    answer(1);
    expect(verdicts).toHaveLength(1);
  });
});
