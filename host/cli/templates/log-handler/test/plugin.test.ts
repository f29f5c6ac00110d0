import { expectReleased, expectUpgrade, fakeClock, loadPlugin, recordedLog } from "moult/testing";
import { expect, it } from "vitest";
import { LogHandler, LogHandler2 } from "./contract.js";

it("counts lines and clients, and remembers when it saw them", async () => {
  const clock = fakeClock({ now: 1_700_000_000_000 });
  const log = recordedLog();
  const plugin = await loadPlugin("../plugin.ts", { contract: LogHandler, grant: [clock, log] });
  await plugin.call.handle("203.0.113.7 GET /");
  clock.advance(1_000);
  await plugin.call.handle("203.0.113.7 GET /about");
  await plugin.call.handle("198.51.100.9 GET /");

  expect(await plugin.call.report()).toEqual({ lines: 3n, clients: 2 });
  expect(await plugin.as(LogHandler2).call.lastSeen("203.0.113.7")).toBe(1_700_000_001_000n);
  expect(log.lines.map(({ message }) => message)).toEqual([
    "the first line of 203.0.113.7",
    "the first line of 198.51.100.9",
  ]);
});

it("takes no line without a client", async () => {
  const { call } = await loadPlugin("../plugin.ts", {
    contract: LogHandler,
    grant: [fakeClock(), recordedLog()],
  });
  expect(await call.handle("")).toBe(false);
  expect(await call.report()).toEqual({ lines: 0n, clients: 0 });
});

it("takes over what version 1 counted", async () => {
  const upgrade = expectUpgrade("../plugin-v1.ts", "../plugin.ts", {
    contract: LogHandler,
    grant: [fakeClock(), recordedLog()],
    drive: async (call) => {
      await call.handle("203.0.113.7 GET /");
      await call.handle("198.51.100.9 GET /");
    },
    observe: (call) => call.report(),
  });
  await upgrade.keeps();
});

it("reads the state of every released version", async () => {
  await expectReleased("../plugin.ts", {
    contract: LogHandler,
    grant: [fakeClock(), recordedLog()],
    drive: (call) => call.handle("203.0.113.7 GET /"),
    observe: (call) => call.report(),
  });
});
