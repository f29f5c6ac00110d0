import { expect, it } from "vitest";
import { z } from "zod";
import { capability, contract, load } from "../../../host/mod.ts";
import { mirror } from "../../../host/swap/mirror.ts";
import { versions } from "../../versions.ts";
import { type Arrange, deferred, FakePlugin } from "./fake.ts";

const Account = contract("test:bank/account@1", {
  add: { params: [z.uint32()], returns: z.uint64() },
  book: { params: [z.uint32()], returns: z.uint32() },
  addAll: { params: [z.array(z.uint32())], returns: z.uint64() },
});
const version = versions(new URL("../../guests/probation/", import.meta.url));

async function opened(name = "v1") {
  const asked = { rate: 0, booked: [] as number[], notes: 0 };
  const ledger = capability(
    "test:bank/ledger@1",
    {
      rate: { params: [], returns: z.uint32(), kind: "read" },
      book: { params: [z.uint32()], returns: z.uint32() },
      note: { params: [z.string()], kind: "post" },
    },
    () => ({
      rate: () => ++asked.rate,
      book: (amount) => asked.booked.push(amount),
      note: () => void asked.notes++,
    }),
  );
  const plugin = await load(Account, await version(name), { grant: [ledger] });
  return { plugin, asked, call: plugin.call };
}

it("sees every call from a copy of the state on, and answers alike where it is alike", async () => {
  const { plugin, call, asked } = await opened();
  await call.add(10);
  const mirror = await plugin.mirror(await version("traps"));
  await call.add(1);
  await call.book(5);
  await call.addAll([1, 2, 3]);
  expect(await mirror.report()).toEqual({ calls: 3, compared: 3, differing: 0 });
  expect(asked).toEqual({ rate: 2, booked: [5], notes: 2 });
  mirror.close();
  expect(plugin.generation).toBe(1);
});

it("says which answers differ, and lets nobody see it", async () => {
  const { plugin, call } = await opened();
  const mirror = await plugin.mirror(await version("differs"));
  const answers = [await call.addAll([1]), await call.addAll([1]), await call.book(1)];
  expect(answers).toEqual([1n, 2n, 1]);
  expect(await mirror.report()).toEqual({
    calls: 3,
    compared: 3,
    differing: 2,
    first: { call: 1, name: "add-all" },
  });
});

it("runs all calls, and compares the share that it was told to", async () => {
  const { plugin, call } = await opened();
  const mirror = await plugin.mirror(await version("differs"), { sample: 0.25 });
  for (let i = 0; i < 8; i++) await call.addAll([1]);
  expect(await mirror.report()).toMatchObject({ calls: 8, compared: 2, differing: 2 });
});

it("ends when it traps, and callers notice nothing", async () => {
  const { plugin, call } = await opened();
  const mirror = await plugin.mirror(await version("traps"));
  expect(await call.add(13)).toBe(13n);
  expect(await mirror.report()).toMatchObject({ calls: 0, ended: expect.stringContaining("unlucky") });
  expect(await call.add(1)).toBe(15n);
});

it("never performs an effect that the incumbent did not ask for", async () => {
  const { plugin, call, asked } = await opened("unbooked");
  const mirror = await plugin.mirror(await version("v1"), { approve: () => true });
  await call.book(5);
  const { ended } = await mirror.report();
  expect(ended).toContain("book has an effect that was not recorded");
  expect(asked.booked).toEqual([]);
});

it("ends when another version serves, and gives way to nobody else's journal", async () => {
  const { plugin } = await opened();
  const mirror = await plugin.mirror(await version("differs"));
  await expect(plugin.mirror(await version("differs"))).rejects.toMatchObject({
    code: "busy",
    message: "[busy] could not mirror account: another mirror runs".replace("account", plugin.name),
  });
  await plugin.swap(await version("traps"), { probation: {} });
  expect(await mirror.report()).toMatchObject({ ended: "another version serves now" });
  await expect(plugin.mirror(await version("differs"))).rejects.toMatchObject({ code: "probation" });
});

it("that comes while a swap is in its pause finds the gate shut, and loses no call", async () => {
  const plugin = new FakePlugin();
  const restore = deferred();
  const reached = deferred();
  const arrange: Arrange = (generation, role) => {
    if (role !== "successor") return;
    generation.steps.restore = () => {
      reached.resolve();
      return restore.promise;
    };
  };
  // Because of this call the state crosses in the pause.
  const swapped = plugin.swap("v2", arrange, { verify: () => void plugin.call(1) });
  await reached.promise;
  await expect(mirror(plugin.lifecycle, new Uint8Array(0))).rejects.toMatchObject({ code: "busy" });
  const calls = [2, 3].map((n) => plugin.call(n));
  restore.resolve();
  await swapped;
  expect(await Promise.all(calls)).toEqual(["2 by v2", "3 by v2"]);
  expect(plugin.current.known).toEqual([1, 2, 3]);
});

it("looks a second time, when its source has come: a swap that began meanwhile is not disturbed", async () => {
  const plugin = new FakePlugin();
  const source = deferred();
  plugin.fetching = source.promise;
  const mirrored = mirror(plugin.lifecycle, new Uint8Array(0));
  plugin.fetching = undefined;
  const verify = deferred();
  const verifying = deferred();
  const look = () => {
    verifying.resolve();
    return verify.promise;
  };
  const swapped = plugin.swap("v2", () => {}, { verify: look });
  await verifying.promise;
  source.resolve();
  await expect(mirrored).rejects.toMatchObject({ code: "busy" });
  expect(plugin.log).not.toContain("v1: observed");
  verify.resolve();
  await swapped;
});

it("costs calls nothing once it has ended", async () => {
  const plugin = new FakePlugin();
  const running = await mirror(plugin.lifecycle, new Uint8Array(0));
  expect(plugin.current.observer).toBeDefined();
  running.close();
  expect(plugin.current.observer).toBeUndefined();
  running.close();
  await plugin.swap("v2");
  expect(plugin.current.observer).toBeUndefined();
});

it("ends when it falls behind, and says so", async () => {
  const { plugin } = await opened();
  const running = await plugin.mirror(await version("v1"), { lag: 2 });
  for (let i = 0; i < 3; i++) plugin.callSync.add(1);
  expect(await running.report()).toMatchObject({ ended: "it fell more than 2 calls behind" });
});

it("is one at a time, from the moment that it hears of calls", async () => {
  const plugin = new FakePlugin();
  const [one, other] = [1, 2].map(() => mirror(plugin.lifecycle, new Uint8Array(0)));
  const running = await one!;
  await expect(other!).rejects.toMatchObject({
    code: "busy",
    message: "[busy] could not mirror fake: another mirror runs",
  });
  running.close();
  expect(plugin.current.observer).toBeUndefined();
});

it("is refused when another version begins to serve before it runs", async () => {
  const plugin = new FakePlugin();
  const [restoring, restore] = [deferred(), deferred()];
  let slow = false;
  const arrange: Arrange = (generation) => {
    if (!slow) return;
    generation.steps.restore = () => {
      restoring.resolve();
      return restore.promise;
    };
  };
  await plugin.swap("v2", arrange);
  slow = true;
  const mirrored = mirror(plugin.lifecycle, new Uint8Array(0));
  await restoring.promise;
  await plugin.swap("v3");
  restore.resolve();
  await expect(mirrored).rejects.toMatchObject({
    code: "busy",
    message: "[busy] could not mirror fake: another version serves now",
  });
  expect(plugin.log).toContain("v2 twin: discarded");
  expect([plugin.current.observer, plugin.lifecycle.mirror]).toEqual([undefined, undefined]);
});

it("is told that the plugin was closed, and not that its user gave up", async () => {
  const { plugin } = await opened();
  const slow = new Response(new ReadableStream());
  const mirrored = plugin.mirror(slow);
  await plugin.close();
  await expect(mirrored).rejects.toMatchObject({
    code: "closed",
    message: `[closed] could not mirror ${plugin.name}: it was closed`,
  });
});

it("is not left behind by a close that overtakes the save of its state", async () => {
  const plugin = new FakePlugin();
  const { lifecycle } = plugin;
  const [saving, save] = [deferred(), deferred()];
  plugin.current.steps.save = () => {
    saving.resolve();
    return save.promise;
  };
  const mirrored = mirror(lifecycle, new Uint8Array(0));
  await saving.promise;
  lifecycle.close();
  // A plugin that closes ends the mirror that is there; none is yet.
  expect(lifecycle.mirror).toBe(undefined);
  save.resolve();
  await expect(mirrored).rejects.toMatchObject({ code: "closed" });
  expect(lifecycle.mirror).toBe(undefined);
  expect(plugin.log.filter((line) => line.includes("twin"))).toEqual([]);
});
