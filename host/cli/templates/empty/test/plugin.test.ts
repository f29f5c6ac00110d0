import { expectReleased, expectUpgrade, loadPlugin } from "moult/testing";
import { expect, it } from "vitest";
import { Counter } from "./contract.js";

it("counts", async () => {
  const { call } = await loadPlugin("../plugin.ts", { contract: Counter });
  await call.add(2);
  expect(await call.add(3)).toBe(5n);
  expect(await call.total()).toBe(5n);
});

it("takes over what version 1 counted", async () => {
  const upgrade = expectUpgrade("../plugin-v1.ts", "../plugin.ts", {
    contract: Counter,
    drive: (call) => call.add(7),
    observe: (call) => call.total(),
  });
  await upgrade.keeps();
});

it("reads the state of every released version", async () => {
  await expectReleased("../plugin.ts", {
    contract: Counter,
    drive: (call) => call.add(7),
    observe: (call) => call.total(),
  });
});
