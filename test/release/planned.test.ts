/** The plan that a rollout wants, where several write it. */
import { expect, test } from "vitest";
import {
  abortRollout,
  changePlan,
  planIn,
  publish,
  type Rollout,
  rolloutIn,
  startRollout,
} from "../../host/release/mod.ts";
import { keepPlan } from "../../host/release/planned.ts";
import { memoryFabric } from "../../host/remote/mod.ts";
import { greeter, NAME } from "./greeter.ts";

async function begun() {
  const fabric = memoryFabric();
  await publish(fabric, await greeter("good", "1.0.0"));
  await publish(fabric, await greeter("good", "2.0.0"));
  await changePlan(fabric, NAME, () => ({ "1.0.0": 100 }));
  const rollout = await startRollout(fabric, NAME, { to: "2.0.0", steps: [{ weight: 10 }] });
  const at = (sequence: number, weight: number): Rollout => ({
    ...rollout,
    phase: "running",
    sequence,
    weight,
  });
  const weight = async () => (await planIn(fabric, NAME))!.split[1]?.weight;
  return { fabric, at, weight };
}

test("a plan is not written by one that knows an earlier rollout", async () => {
  const { fabric, at, weight } = await begun();
  expect(await keepPlan(fabric, NAME, at(1, 10))).toBe("so");
  expect(await keepPlan(fabric, NAME, at(2, 50))).toBe("so");
  expect(await keepPlan(fabric, NAME, at(1, 10))).toBe("later");
  expect(await weight()).toBe(50);
});

test("a plan that somebody else wrote stays, and one whose rules alone changed is the rollout's still", async () => {
  const { fabric, at, weight } = await begun();
  await keepPlan(fabric, NAME, at(1, 10));
  const rules = [{ version: "2.0.0", keys: ["ann"] }];
  await changePlan(fabric, NAME, (plan) => ({ ...plan!, rules }));
  expect(await keepPlan(fabric, NAME, at(2, 50))).toBe("so");
  expect(await planIn(fabric, NAME)).toMatchObject({ rules, split: [{ weight: 50 }, { weight: 50 }] });
  await changePlan(fabric, NAME, () => ({ "1.0.0": 70, "2.0.0": 30 }));
  expect(await keepPlan(fabric, NAME, at(3, 90))).toBe("another");
  expect(await weight()).toBe(30);
});

test("an abort holds without a controller", async () => {
  const { fabric } = await begun();
  const begin = (await rolloutIn(fabric, NAME))!;
  await keepPlan(fabric, NAME, begin);
  expect((await planIn(fabric, NAME))!.split).toHaveLength(2);
  await abortRollout(fabric, NAME);
  expect((await planIn(fabric, NAME))!.split).toEqual([{ version: "1.0.0", weight: 100 }]);
});
