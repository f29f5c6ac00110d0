/** All that `npm run load` does, once around and at a rate that a busy machine sustains. */
import { expect, test } from "vitest";
import { ABSENT } from "../fabric/nats-server.ts";
import type { Engine } from "./cluster.ts";
import { Kills } from "./kills.ts";
import type { Failure } from "./load.ts";
import { PARTS, type PartName } from "./parts.ts";
import { failures, table } from "./table.ts";

const RATE = 50;

async function kept(name: PartName, engine: Engine): Promise<void> {
  const row = { name, ...(await PARTS[name].run({ rate: RATE, seconds: 0, engine })) };
  expect(failures(row).join("\n")).toBe("");
  expect(row.calls).toBeGreaterThan(RATE / 4);
  expect(row.changes).toBeGreaterThan(0);
}

test.each(Object.entries(PARTS))("%s: no call is lost or made twice, and none fails for it", async (name) => {
  await kept(name as PartName, "http");
});

for (const name of ["nodes", "killed"] as const) {
  const title = `${name}, on NATS`;
  if (ABSENT) test.skip(`${title} (${ABSENT})`);
  else test(title, () => kept(name, "nats"));
}

test("a kill explains the failures of calls that were under way, and no others", async () => {
  const failures: Failure[] = [];
  const kills = new Kills(failures);
  const fail = (sent: number, code = "unavailable", why = "it may have been called") => {
    const error = Object.assign(new Error(why), { code });
    failures.push({ id: failures.length, error, sent, ended: performance.now() });
  };
  const explained = async (count: number) => {
    expect(kills.unexplained().join("\n")).toBe("");
    expect(failures.splice(0)).toHaveLength(count);
  };
  const began = performance.now();
  await kills.by(async () => fail(began));
  fail(began, "deadline");
  await explained(2);

  // Told late: what was sent until then may have been lost with it.
  await kills.by(async () => {});
  const late = performance.now();
  fail(late);
  fail(late);
  await explained(2);
  await kills.by(async () => {});
  fail(performance.now(), "deadline");
  expect(kills.unexplained()).toEqual([
    expect.stringMatching(/^no kill explains call 0: sent .*, .*, \d+ and failed/),
  ]);
  failures.splice(0);
  fail(began);
  fail(performance.now());
  expect(kills.unexplained()).toHaveLength(1);
  failures.splice(0);
  fail(began, "unavailable", "it was not called");
  expect(kills.unexplained()).toEqual([
    expect.stringContaining("it is not said whether it was called: call 0"),
  ]);
});

test("what was not kept is told", async () => {
  const latency = { calls: 9, p50: 0.5, p99: 12, max: 1234.5 };
  const row = {
    name: "moves",
    calls: 9,
    failed: 1,
    lost: 2,
    doubled: 3,
    untrue: 4,
    changes: 5,
    most: 6,
  } as const;
  const whole = {
    ...row,
    latency,
    errors: { "closed: it was not called": 1 },
    wrong: ["a node ended with 1"],
  };
  expect(failures(whole)).toEqual([
    "moves: a node ended with 1",
    'moves: 1 calls failed: {"closed: it was not called":1}',
    "moves: 2 answered calls were lost",
    "moves: 3 calls were made twice",
    "moves: 4 calls were made, and their callers were told that they were not",
  ]);
  expect(failures({ ...whole, name: "killed" })).toHaveLength(4);
  expect(table([whole], "here")).toContain("| 5 | 9 | 1 | 2 | 3 | 4 | 0.50 | 12 | 1,235 | 6 |");
});
