/** Reports of those who call or host keyed instances, where plans come soon after each other. */
import { expect, test } from "vitest";
import { Reports } from "../../host/keyed/reports.ts";
import { ENGINE } from "../../host/release/intervals.ts";
import { planOf } from "../../host/release/plan.ts";
import { memoryFabric } from "../../host/remote/mod.ts";
import { changed } from "../fabric/changed.ts";
import { watched } from "../fabric/seen.ts";

const KEY = "caller.room.one";
const [one, several] = [planOf({ "1.0.0": 100 }), planOf({ "1.0.0": 50, "2.0.0": 50 })];

test("a plan of several versions is reported at once, though what was said of the one before is still being deleted", async () => {
  await using fabric = memoryFabric();
  let asked = () => {};
  let answer = () => {};
  const deleting = new Promise<void>((resolve) => {
    asked = resolve;
  });
  const answered = new Promise<void>((resolve) => {
    answer = resolve;
  });
  const slow = async (key: string) => {
    asked();
    await answered;
    return fabric.kv.delete(key);
  };
  const seen = await watched(fabric, KEY);
  const faults: unknown[] = [];
  // Nothing is said again by time.
  const options = {
    key: KEY,
    interval: 3_600_000,
    timers: ENGINE,
    onFault: (fault: unknown) => faults.push(fault),
  };
  const kv = changed(fabric.kv, { delete: slow });
  const reports = new Reports(changed(fabric, { kv }), { ...options, record: () => ({}) });
  reports.follow(several);
  await seen.until(`${KEY}={}`);
  reports.follow(one);
  await deleting;
  reports.follow(several);
  answer();
  await seen.until(`${KEY}={}`, `${KEY} gone`, `${KEY}={}`);
  reports.record("2.0.0", 1);
  expect(reports.measures.get("2.0.0")?.tally).toBeDefined();
  await reports.end();
  expect(seen.changes.at(-1)).toBe(`${KEY} gone`);
  expect(faults).toEqual([]);
});
