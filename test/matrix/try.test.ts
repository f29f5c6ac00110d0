import { test } from "vitest";
import { near } from "./driver.ts";
import { Stage } from "./stage.ts";

test.each([10_000, 1_000_000])("x %i", async (size) => {
  const stage = await Stage.open(near, { size });
  await stage.swap("ledger");
  await stage.push();
  await stage.swap("migrating", {}, "3.0.0");
  await stage.push();
  await stage.end();
  const hand = await Stage.open(near, { kind: "by-hand", size });
  await hand.swap();
  await hand.push();
  await hand.end();
  const r = await Stage.open(near, { size });
  await r.refused("lossy");
  await r.swap("ledger", { probation: {} });
  await r.push();
  await r.plugin.rollback();
  await r.push();
  await r.end();
});
