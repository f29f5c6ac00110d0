import { expect, it } from "vitest";
import { StatusMachine } from "../../../host/swap/status.ts";

it("runs what waits when nothing is under way, in order, and what one of them begins comes before the others", async () => {
  const status = new StatusMachine();
  const ran: string[] = [];
  const first = status.begin("swap");
  let second: { end(): void } | undefined;
  status.whenIdle(() => {
    ran.push("restart");
    second = status.begin("restart");
  });
  status.whenIdle(() => ran.push("accept"));
  await Promise.resolve();
  expect(ran).toEqual([]);
  first.end();
  expect(ran).toEqual([]);
  // Whoever asks as soon as a promise says so comes after it.
  await Promise.resolve();
  expect([ran, status.status]).toEqual([["restart"], "restarting"]);
  second?.end();
  await status.idle();
  expect([ran, status.status]).toEqual([["restart", "accept"], "idle"]);
});

it("runs at once what waits for nothing, but not in the caller's stack", async () => {
  const status = new StatusMachine();
  const ran: string[] = [];
  status.whenIdle(() => ran.push("now"));
  ran.push("caller");
  await Promise.resolve();
  expect(ran).toEqual(["caller", "now"]);
});

it("is busy until the last of several returns has ended", async () => {
  const status = new StatusMachine();
  const ran: string[] = [];
  const [waits, inner] = [status.begin("return"), status.begin("return")];
  status.whenIdle(() => ran.push("idle"));
  inner.end();
  inner.end();
  await Promise.resolve();
  expect([status.status, ran]).toEqual(["returning", []]);
  waits.end();
  await Promise.resolve();
  expect([status.status, ran]).toEqual(["idle", ["idle"]]);
});
