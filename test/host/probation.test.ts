import { describe, expect, it } from "vitest";
import type { NearGeneration } from "../../host/near.ts";
import { Probation, type ProbationOptions } from "../../host/probation.ts";

function probation(options: ProbationOptions) {
  const verdicts: string[] = [];
  const one = new Probation({} as NearGeneration, options, {
    verdicts: { accept: () => verdicts.push("accept"), rollBack: (why) => verdicts.push(why) },
    scribe: { keep: undefined, trapped: () => undefined, unlogged: () => {} },
  });
  const answer = (answer: number) => {
    one.journal.add({ name: "f", slot: 0, args: new Uint8Array(0), answers: [], digest: 0 });
    return one.answered({ name: "f", answer });
  };
  return { one, verdicts, answer };
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

  it("is accepted after its calls, outside of any", async () => {
    const { verdicts, answer } = probation({ calls: 2 });
    answer(1);
    answer(1);
    expect(verdicts).toEqual([]);
    await Promise.resolve();
    expect(verdicts).toEqual(["accept"]);
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
