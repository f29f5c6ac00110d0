/** What is counted of the calls. */
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { PluginError } from "../../host/mod.ts";
import { Histogram } from "../../host/remote/histogram.ts";
import { Measures, tallySchema } from "../../host/remote/measures.ts";

test("a quantile is within a sixteenth of the true one", () => {
  const times = fc.array(fc.double({ min: 0, max: 3e6, noNaN: true }), { minLength: 1, maxLength: 300 });
  fc.assert(
    fc.property(times, fc.constantFrom(0.5, 0.9, 0.99, 1), (times, part) => {
      const histogram = new Histogram();
      for (const each of times) histogram.record(each);
      const sorted = [...times].sort((a, b) => a - b);
      const wanted = Math.min(sorted[Math.max(0, Math.ceil(part * times.length) - 1)]!, (2 ** 31 - 1) / 1000);
      expect(Math.abs(histogram.quantile(part)! - wanted)).toBeLessThanOrEqual(wanted / 16 + 0.001);
    }),
  );
  expect(new Histogram().quantile(0.5)).toBe(undefined);
});

test("what was counted before is taken off what was counted since", () => {
  const measures = new Measures();
  for (const each of [1, 2, 3]) measures.record(each);
  measures.record(4, new PluginError("trapped", "it trapped"));
  const before = measures.tally;
  for (const each of [100, 100]) measures.record(each, new PluginError("guest-error", "no"));
  measures.record(100, new RangeError("other"));
  const since = new Measures().add(measures.tally).add(before, -1);
  expect(since.measured).toMatchObject({ calls: 3, errors: { "guest-error": 2, other: 1 } });
  expect(since.quantile(0)).toBeGreaterThan(90);
  expect([since.failed(), since.failed(["guest-error"])]).toEqual([3, 1]);
});

test("calls that never came to the plugin are not counted", () => {
  const measures = new Measures();
  measures.record(1, new PluginError("argument", "not called"));
  measures.record(1, new PluginError("aborted", "not called"));
  expect(measures.measured).toEqual({ calls: 0, errors: {}, p50: undefined, p99: undefined });
});

test("a tally of another process is checked, and its own kinds are others", () => {
  const tally = { calls: 2, errors: { "no-such-code": 2 }, latency: [0, 1, 99_999, 1] };
  expect(new Measures().add(tallySchema.parse(tally)).measured.errors).toEqual({ other: 2 });
  for (const bad of [
    { ...tally, calls: -1 },
    { ...tally, latency: [Number.NaN] },
    { ...tally, latency: new Array(10_000).fill(1) },
    { ...tally, errors: { a: "2" } },
    { ...tally, errors: Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`e${i}`, 1])) },
  ])
    expect(tallySchema.safeParse(bad).success).toBe(false);
});
