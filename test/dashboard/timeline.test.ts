/** What many reports come to, second after second. */
import { expect, test } from "vitest";
import { Timeline } from "../../host/dashboard/timeline.ts";
import { PluginError } from "../../host/mod.ts";
import { Histogram } from "../../host/remote/histogram.ts";
import { Measures } from "../../host/remote/measures.ts";

const BEGAN = 1_000_000;
const at = (seconds: number) => BEGAN + seconds * 1_000;

/** @param failed of so many calls @param took milliseconds of each */
function counted(version: string, calls: number, failed = 0, took = 2) {
  const measures = new Measures();
  for (let i = 0; i < calls; i++)
    measures.record(took, i < failed ? new PluginError("trapped", "it trapped") : undefined);
  return { versions: { [version]: measures.tally }, interval: 1_000 };
}
const calls = (timeline: Timeline, now: number, since = 0) =>
  timeline.samples(since, now).map(({ parts }) => parts.reduce((sum, part) => sum + part.calls, 0));

test("what was counted before it was looked at counts for nothing", () => {
  const timeline = new Timeline(at(0));
  timeline.take("a", counted("1.0.0", 500), at(0));
  timeline.take("a", counted("1.0.0", 530), at(1));
  expect(timeline.tallies).toMatchObject([{ version: "1.0.0", calls: 30 }]);
  expect(calls(timeline, at(1))).toEqual([30]);
});

test("calls between two reports are spread over the time between them, with their errors and latencies", () => {
  const timeline = new Timeline(at(0));
  timeline.take("a", counted("1.0.0", 0), at(0.5));
  timeline.take("a", counted("1.0.0", 40, 10, 8), at(2.5));
  const samples = timeline.samples(0, at(3));
  expect(samples.map(({ from, to }) => [from, to])).toEqual([
    [at(0), at(1)],
    [at(1), at(2)],
  ]);
  expect(samples.map(({ parts }) => [parts[0]!.calls, parts[0]!.failed])).toEqual([
    [10, 2.5],
    [20, 5],
  ]);
  const p99 = new Histogram().add(samples[0]!.parts[0]!.latency).quantile(0.99)!;
  expect(Math.abs(p99 - 8)).toBeLessThan(0.5);
});

test("a second is told when everybody has reported of it, and one that is silent is not waited for", () => {
  const timeline = new Timeline(at(0));
  for (const id of ["a", "b"]) timeline.take(id, counted("1.0.0", 0), at(0));
  timeline.take("a", counted("1.0.0", 20), at(2));
  expect(calls(timeline, at(2))).toEqual([]);
  timeline.take("b", counted("1.0.0", 10), at(2));
  expect(calls(timeline, at(2))).toEqual([15, 15]);
  for (let second = 3; second <= 6; second++) timeline.take("a", counted("1.0.0", 20), at(second));
  expect(calls(timeline, at(6))).toEqual([15, 15, 0, 0, 0, 0]);
  expect(timeline.reporters(at(6))).toBe(1);
  expect(calls(timeline, at(6), at(4))).toEqual([0, 0]);
});

test("a part of a call has a latency, too", () => {
  const half = new Histogram().add(counted("1.0.0", 1, 0, 8).versions["1.0.0"]!.latency, 0.5);
  expect(Math.abs(half.quantile(0.99)! - 8)).toBeLessThan(0.5);
});

test("what is kept is bounded, in seconds and in versions, whatever is reported", () => {
  const timeline = new Timeline(at(0));
  timeline.take("a", counted("0", 0), at(0));
  for (let i = 1; i <= 300; i++) {
    const { versions, interval } = counted(`1.0.${i}`, 1);
    timeline.take("a", { versions, interval }, at(i));
  }
  expect(timeline.tallies.length).toBe(32);
  expect(timeline.samples(0, at(300)).length).toBe(90);
});
