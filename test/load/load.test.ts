/** All that `npm run load` does, once around and at a rate that a busy machine sustains. */
import { expect, test } from "vitest";
import { ABSENT } from "../fabric/nats-server.ts";
import type { Engine } from "./cluster.ts";
import { PARTS, type PartName } from "./parts.ts";
import { failures, table } from "./table.ts";

const RATE = 50;

async function kept(name: PartName, engine: Engine): Promise<void> {
  const row = { name, ...(await PARTS[name].run({ rate: RATE, seconds: 0, engine })) };
  expect(failures(row)).toEqual([]);
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
