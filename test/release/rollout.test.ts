/** The steps of a rollout, simulated: no fabric, no time that passes. */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { PluginError } from "../../host/mod.ts";
import { type Analysis, judge } from "../../host/release/analysis.ts";
import type { Rollout, Step } from "../../host/release/mod.ts";
import { advance, type Facts, goOn, isOpen, mirrorOf, sharesOf, to } from "../../host/release/rollout.ts";
import { rolloutSchema } from "../../host/release/rollout-record.ts";
import { Measures } from "../../host/remote/measures.ts";

const BOUNDS: Analysis = { abortOn: [{ metric: "errorRate", above: 0.05 }], minSamples: 50, interval: 1_000 };

function begun(steps: readonly Step[], change: Partial<Rollout> = {}): Rollout {
  return {
    ...{ id: "0".repeat(32), from: "1.0.0", to: "2.0.0", steps, keep: 5_000, ready: 10_000, begins: 1 },
    ...{ phase: "preparing", sequence: 0, step: 0, weight: 0, since: 0, judged: 0, failures: 0, passes: 0 },
    ...{ warm: false, events: [], past: [] },
    ...change,
  } as Rollout;
}

/** @param errors of so many calls @param time milliseconds that each took */
function calls(count: number, errors = 0, time = 1): Measures {
  const measures = new Measures();
  for (let i = 0; i < count; i++)
    measures.record(time, i < errors ? new PluginError("trapped", "it trapped") : undefined);
  return measures;
}

const READY = { all: 2, serving: 2, failed: [] };
const QUIET = { fresh: calls(0), stable: calls(0) };
const WELL = { fresh: calls(100), stable: calls(100) };
const BADLY = { fresh: calls(100, 30), stable: calls(100) };

/** A world that looks at a rollout every 100 ms. @returns the weights with the times at which they came */
function simulated(
  rollout: Rollout,
  facts: (now: number, at: Rollout) => Partial<Facts> = () => ({}),
  until = 60_000,
) {
  let at = rollout;
  let judged = 0;
  const weights: string[] = [];
  for (let now = 0; now <= until; now += 100) {
    for (;;) {
      const told: Facts = { now, nodes: READY, window: WELL, judged, ...facts(now, at) };
      const step = advance(at, told);
      if (step.judged) judged = now;
      if (!step.next) break;
      if (step.next.weight !== at.weight || step.next.phase !== at.phase)
        weights.push(`${now} ${step.next.phase} ${step.next.weight}`);
      expect(step.next.sequence).toBeGreaterThan(at.sequence);
      at = step.next;
      expect(rolloutSchema.safeParse(at).success).toBe(true);
      const sum = sharesOf(at).reduce((all, { weight }) => all + weight, 0);
      expect(sum).toBe(100);
    }
  }
  return { at, weights };
}

describe("a mirror in a rollout", () => {
  const mirrored = (compared: number, differing = 0, failed = 0) => ({
    mirror: { compared, differing, failed, examples: differing > 0 ? ["greet: its answer to call 7"] : [] },
  });
  const steps: Step[] = [{ mirror: true }, { pause: 2_000 }, { weight: 5 }, { pause: 1_000 }];
  const at = (change: Partial<Rollout>, facts: Partial<Facts>, until = 60_000) =>
    simulated(begun(steps, change), () => facts, until).at;

  test("is in its plan until the next weight, and answers nothing", () => {
    const early = at({ analysis: BOUNDS }, mirrored(100), 1_900);
    expect([mirrorOf(early), sharesOf(early)[1]]).toEqual(["2.0.0", { version: "2.0.0", weight: 0 }]);
    const later = at({ analysis: BOUNDS }, mirrored(100), 2_500);
    expect([mirrorOf(later), later.weight]).toEqual([undefined, 5]);
    expect(later.events.at(-1)!.text).toBe("2.0.0 gets 5 %; as a mirror, 0 of 100 answers differed");
    expect(at({ analysis: BOUNDS }, mirrored(100)).phase).toBe("promoted");
    // Nobody asked for more than its answers' being compared.
    expect(at({}, mirrored(100, 50)).phase).toBe("promoted");
  });

  test("aborts where answers differ, or more of them than may, and where it fails", () => {
    const differing = { abortOn: [{ metric: "differing", above: 0.02 }], interval: 1_000 } as const;
    expect(at({ analysis: BOUNDS }, mirrored(10, 1)).why).toBe(
      "as a mirror, 1 of 10 answers differed (greet: its answer to call 7), and at most 0 % may (differing)",
    );
    expect(at({ analysis: differing }, mirrored(100, 2)).phase).toBe("promoted");
    expect(at({ analysis: differing }, mirrored(100, 3)).why).toContain("at most 2 % may (differing)");
    expect(at({ analysis: differing }, mirrored(49, 3)).why).toContain("too few calls");
    expect(at({ analysis: differing }, mirrored(100, 0, 1)).why).toBe(
      "as a mirror, 0 of 100 answers differed, and it failed once",
    );
  });
});

describe("a rollout", () => {
  test("makes its steps in time, keeps the old version for a while, and lets it go", () => {
    const steps: Step[] = [
      { weight: 5 },
      { pause: 30_000 },
      { weight: 50 },
      { pause: 1_000 },
      { weight: 100 },
    ];
    const { at, weights } = simulated(begun(steps, { analysis: BOUNDS }));
    expect(weights).toEqual([
      "0 running 0",
      "0 running 5",
      "30000 running 50",
      "31000 running 100",
      "31000 promoted 100",
    ]);
    expect([at.phase, at.warm, sharesOf(at)]).toEqual([
      "promoted",
      false,
      [{ version: "2.0.0", weight: 100 }],
    ]);
    const warm = simulated(begun(steps), undefined, 32_000).at;
    expect(sharesOf(warm)).toEqual([
      { version: "2.0.0", weight: 100 },
      { version: "1.0.0", weight: 0 },
    ]);
  });

  test("begins when the nodes that host the plugin serve the version", () => {
    const at = (nodes: Facts["nodes"], until: number) =>
      simulated(begun([{ weight: 50 }, { pause: true }]), () => ({ nodes }), until).at;
    expect(at({ all: 2, serving: 1, failed: [] }, 9_900).phase).toBe("preparing");
    expect(at({ all: 2, serving: 1, failed: [] }, 10_000).phase).toBe("paused");
    expect(at({ all: 2, serving: 1, failed: ["x"] }, 0).phase).toBe("paused");
    expect(at({ all: 0, serving: 0, failed: [] }, 10_000)).toMatchObject({
      phase: "aborted",
      why: "no node serves it after 10000 ms",
    });
    expect(at({ all: 2, serving: 0, failed: ["a", "b"] }, 0)).toMatchObject({
      phase: "aborted",
      why: "no node could load it: a",
    });
  });

  test("is aborted by a version that does badly, at the first measurement", () => {
    const { at, weights } = simulated(
      begun([{ weight: 20 }, { pause: 60_000 }], { analysis: BOUNDS }),
      () => ({
        window: BADLY,
      }),
    );
    expect(weights.at(-1)).toBe("1000 aborted 20");
    expect(at.why).toBe("its error rate is 30 % of 100 calls, and at most 5 % may be");
    expect(sharesOf(at)).toEqual([{ version: "1.0.0", weight: 100 }]);
  });

  test("puts up with as many failed measurements as it may, and counts anew at every weight", () => {
    const analysis = { ...BOUNDS, failureLimit: 2 };
    const steps: Step[] = [{ weight: 20 }, { pause: 2_500 }, { weight: 40 }, { pause: 10_000 }];
    const { weights } = simulated(begun(steps, { analysis }), (now) => ({
      window: now < 2_400 ? BADLY : WELL,
    }));
    // Two failed, and none went well: it cannot say that it did.
    expect(weights.at(-1)).toBe("2500 paused 20");
    const { weights: never } = simulated(begun(steps.with(1, { pause: 3_500 }), { analysis }), () => ({
      window: BADLY,
    }));
    expect(never.at(-1)).toBe("3000 aborted 20");
  });

  test("pauses where too few calls came to say anything, and goes on when somebody promotes it", () => {
    const steps: Step[] = [{ weight: 5 }, { pause: 3_000 }, { weight: 50 }, { pause: true }, { weight: 80 }];
    const { at } = simulated(begun(steps, { analysis: BOUNDS }), () => ({ window: QUIET }));
    expect(at).toMatchObject({
      phase: "paused",
      weight: 5,
      why: "inconclusive: there were too few calls to measure",
    });
    const { at: next } = simulated(goOn(at, 0, false), () => ({ window: QUIET }));
    expect(next).toMatchObject({ phase: "paused", weight: 50, why: "until somebody promotes it" });
    expect(simulated(goOn(next, 0, false)).at).toMatchObject({ phase: "promoted", weight: 100 });
    expect(goOn(at, 0, true)).toMatchObject({ phase: "promoted", weight: 100 });
  });

  test("is measured while it pauses, too", () => {
    const { at } = simulated(begun([{ weight: 5 }, { pause: true }], { analysis: BOUNDS }), (now) => ({
      window: now < 20_000 ? WELL : BADLY,
    }));
    expect(at.phase).toBe("aborted");
  });

  test("waits in an analysis until the version did well often enough, or for so long", () => {
    const steps: Step[] = [
      { weight: 5 },
      { analysis: { ...BOUNDS, count: 3, within: 8_000 } },
      { weight: 50 },
    ];
    expect(simulated(begun(steps)).weights.slice(2)).toEqual(["3000 running 50", "3000 promoted 100"]);
    const { at } = simulated(begun(steps), () => ({ window: QUIET }));
    expect(at).toMatchObject({ phase: "paused", why: "inconclusive: it did well 0 of 3 times" });
    expect(simulated(begun(steps), () => ({ window: BADLY })).at.phase).toBe("aborted");
  });

  test("that was aborted, promoted or superseded moves no more", () => {
    for (const phase of ["aborted", "promoted", "superseded"] as const) {
      const over = to(begun([{ weight: 50 }]), phase, 0, {});
      expect([isOpen(over), simulated(over).at]).toEqual([false, over]);
    }
  });

  test("ends well or badly whatever happens, and never goes back by itself but to 100 percent of the old version", () => {
    const step = fc.oneof(
      fc.record({ weight: fc.integer({ min: 0, max: 100 }) }),
      fc.record({ pause: fc.oneof(fc.integer({ min: 0, max: 5_000 }), fc.constant(true as const)) }),
      fc.constant({ analysis: BOUNDS }),
    );
    const worlds = fc.array(fc.constantFrom(WELL, BADLY, QUIET), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 6 }), worlds, (steps, windows) => {
        const { at } = simulated(begun(steps, { analysis: BOUNDS }), (now) => ({
          window: windows[Math.floor(now / 5_000) % windows.length]!,
        }));
        if (at.phase === "aborted") expect(sharesOf(at)).toEqual([{ version: "1.0.0", weight: 100 }]);
        else expect(["paused", "promoted"]).toContain(at.phase);
        expect(at.events.length).toBeLessThanOrEqual(48);
      }),
      { numRuns: 60 },
    );
  });
});

describe("an analysis", () => {
  const relative: Analysis = {
    abortOn: [
      { metric: "errorRate", timesStable: 2 },
      { metric: "latencyP99", timesStable: 1.5 },
    ],
  };

  test("compares with the stable version in the same time", () => {
    const stable = calls(100, 10, 20);
    expect(judge(relative, { fresh: calls(100, 19, 25), stable }).outcome).toBe("success");
    expect(judge(relative, { fresh: calls(100, 21, 25), stable }).why).toBe(
      "its error rate is 21 % of 100 calls, and at most 20 % may be, 2 times that of the stable version",
    );
    expect(judge(relative, { fresh: calls(100, 10, 40), stable }).why).toMatch(
      /^its latency \(p99\) is [\d.]+ ms of 100 calls, and at most [\d.]+ ms may be, 1.5 times that of the stable version$/,
    );
    expect(judge(relative, { fresh: calls(100), stable: calls(49) })).toEqual({
      outcome: "inconclusive",
      why: "the stable version had 49 calls, and 50 are needed",
    });
    // One error of a hundred is no reason where the stable version had none by chance.
    expect(judge(relative, { fresh: calls(100, 1), stable: calls(100) }).outcome).toBe("success");
  });

  test("fails by one bound though another says nothing yet", () => {
    const both: Analysis = {
      abortOn: [
        { metric: "latencyP99", timesStable: 2 },
        { metric: "errorRate", above: 0.1 },
      ],
    };
    expect(judge(both, { fresh: calls(50, 20), stable: calls(0) }).outcome).toBe("failure");
    expect(judge(both, { fresh: calls(49, 49), stable: calls(0) }).outcome).toBe("inconclusive");
  });

  test("ignores errors that are answers", () => {
    const fresh = new Measures();
    for (let i = 0; i < 100; i++) fresh.record(1, new PluginError("guest-error", "no"));
    const window = { fresh, stable: calls(0) };
    expect(judge(BOUNDS, window).outcome).toBe("failure");
    expect(judge({ ...BOUNDS, ignore: ["guest-error"] }, window).outcome).toBe("success");
  });
});
