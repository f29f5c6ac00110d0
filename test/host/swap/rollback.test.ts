import { describe, expect, it } from "vitest";
import { z } from "zod";
import { capability, contract, load, type Transition, wit } from "../../../host/mod.ts";
import { versions } from "../../versions.ts";

const Account = contract("test:bank/account@1", {
  add: { params: [z.uint32()], returns: z.uint64() },
  book: { params: [z.uint32()], returns: z.uint32() },
  addAll: { params: [z.array(z.uint32())], returns: z.uint64() },
  take: { params: [z.uint32()], returns: wit.result(z.uint64(), z.string()) },
});
const version = versions(new URL("../../guests/probation/", import.meta.url));

/** A plugin with a ledger that counts what it is asked, and answers something new each time. */
async function opened() {
  const asked = { rate: 0, booked: [] as number[], notes: 0 };
  const ledger = capability(
    "test:bank/ledger@1",
    {
      rate: { params: [], returns: z.uint32(), kind: "read" },
      book: { params: [z.uint32()], returns: z.uint32(), kind: "effect" },
      note: { params: [z.string()], kind: "post" },
    },
    () => ({
      rate: () => ++asked.rate,
      book: (amount) => asked.booked.push(amount),
      note: () => void asked.notes++,
    }),
  );
  const plugin = await load(Account, await version("v1"), { grant: [ledger] });
  const records: Transition[] = [];
  plugin.on("transition", (record) => records.push(record));
  return { plugin, asked, records, call: plugin.call };
}

/** On probation without an end, after one call to the incumbent. */
async function onProbation(name: string, probation: object = {}) {
  const at = await opened();
  expect(await at.call.add(5)).toBe(5n);
  await at.plugin.swap(await version(name), { probation });
  return at;
}

describe("a version that traps on probation", () => {
  it("goes back by itself, with every acknowledged call, and the call that trapped is answered once", async () => {
    const { call, plugin, records, asked } = await onProbation("traps");
    expect(await call.add(1)).toBe(7n);
    expect(await call.addAll([1, 2])).toBe(10n);
    // The successor never reached its ledger in this call; the incumbent does, live.
    expect(await call.add(13)).toBe(10n + 13n * 3n);
    expect(plugin.generation).toBe(1);
    expect(records.at(-1)).toMatchObject({
      outcome: "rolled-back",
      from: { generation: 2 },
      to: { generation: 1 },
      replayed: { calls: 2, divergences: 0 },
      cause: { code: "trapped" },
    });
    expect(asked).toEqual({ rate: 3, booked: [], notes: 3 });
  });

  it("does so for callSync too, and for calls that wait", async () => {
    const { call, plugin } = await onProbation("traps");
    const answers = [call.add(1), call.add(13), call.add(1)];
    expect(await Promise.all(answers)).toEqual([7n, 7n + 39n, 46n + 4n]);
    expect(plugin.callSync.addAll([50])).toBe(100n);
    expect(plugin.history().map((record) => record.outcome)).toEqual(["swapped", "rolled-back"]);
  });

  it("does what it recorded of effects and reads, and does neither again", async () => {
    const { call, asked } = await onProbation("traps");
    expect(await call.book(7)).toBe(1);
    expect(await call.book(8)).toBe(2);
    await call.add(13);
    expect(asked.booked).toEqual([7, 8]);
  });

  it("keeps the arguments as they were when it was called", async () => {
    const { call } = await onProbation("traps");
    const amounts = [1, 2, 3];
    await call.addAll(amounts);
    amounts.fill(1_000);
    await call.add(13);
    expect(await call.addAll([])).toBe(5n + 6n + 26n);
  });
});

describe("a rollback that the caller asks for", () => {
  it("runs the calls since the cutover again", async () => {
    const { plugin, call } = await onProbation("traps");
    await call.addAll([10]);
    await expect(call.take(1_000)).rejects.toMatchObject({ code: "guest-error", payload: "not enough" });
    await call.take(3);
    const record = await plugin.rollback();
    expect(record).toMatchObject({ outcome: "rolled-back", replayed: { calls: 3, divergences: 0 } });
    expect(await call.addAll([])).toBe(12n);
  });

  it("counts answers that differ, and shows the first", async () => {
    const { plugin, call } = await onProbation("differs");
    await call.book(1);
    await call.addAll([1]);
    await call.addAll([1]);
    const { replayed } = await plugin.rollback();
    expect(replayed).toEqual({ calls: 3, divergences: 2, first: { call: 2, name: "add-all" } });
    expect(await call.addAll([])).toBe(8n);
  });

  it("stops where it would have to perform an effect, and changes nothing", async () => {
    const { plugin, call, asked } = await onProbation("unbooked");
    await call.addAll([1]);
    await call.book(2);
    await expect(plugin.rollback()).rejects.toMatchObject({
      code: "unreplayable",
      message: expect.stringContaining("call 2 of 2 since the cutover, book, could not be run again"),
    });
    expect(asked.booked).toEqual([]);
    expect(plugin.generation).toBe(2);
    expect(await call.addAll([])).toBe(8n);
    await plugin.rollback({ discard: true });
    expect(await call.addAll([])).toBe(5n);
  });

  it("is not possible once the version is accepted", async () => {
    const { plugin } = await onProbation("traps");
    expect(plugin.accept()).toMatchObject({ outcome: "permanent" });
    await expect(plugin.rollback()).rejects.toMatchObject({ code: "not-on-probation" });
  });
});

describe("a probation", () => {
  it("ends after the calls that it was given", async () => {
    const { plugin, call, records } = await onProbation("traps", { calls: 2 });
    await call.addAll([1]);
    await call.addAll([1]);
    await Promise.resolve();
    expect(records.at(-1)).toMatchObject({ outcome: "permanent" });
    await expect(call.add(13)).rejects.toMatchObject({ code: "trapped" });
    expect(plugin.generation).toBe(2);
  });

  it("goes back when too many calls are bad, by their err or by the caller's judgement", async () => {
    const bad = ({ answer }: { answer?: unknown }) => answer === 105n;
    const { plugin, call, records } = await onProbation("traps", { maxErrorRate: 0.4, minCalls: 4, bad });
    await call.addAll([1]);
    await expect(call.take(1_000)).rejects.toMatchObject({ code: "guest-error" });
    await call.addAll([0]);
    expect(plugin.generation).toBe(2);
    expect(await call.addAll([99])).toBe(105n);
    expect(plugin.generation).toBe(1);
    expect(records.at(-1)).toMatchObject({
      outcome: "rolled-back",
      cause: { code: "too-many-errors", message: "2 of 4 calls were bad, more than 40 %" },
    });
    expect(await call.addAll([])).toBe(105n);
  });

  it("is accepted when its journal is full, or goes back if that was asked for", async () => {
    const accepted = await onProbation("traps", { journal: { calls: 1 } });
    await accepted.call.addAll([1]);
    await Promise.resolve();
    expect(accepted.plugin.accept()).toBeUndefined();
    expect(accepted.plugin.generation).toBe(2);
    const back = await onProbation("traps", { journal: { calls: 1 }, whenFull: "rollback" });
    await back.call.addAll([1]);
    expect(back.plugin.generation).toBe(1);
    expect(back.records.at(-1)).toMatchObject({
      outcome: "rolled-back",
      cause: {
        code: "journal-full",
        message:
          "its journal is full: it holds 1 of 1 calls (probation.journal.calls) and 24 of 67,108,864 bytes (maxJournalBytes)",
      },
    });
    expect(await back.call.addAll([])).toBe(6n);
  });

  it("that cannot go back says so loudly, keeps both states, and fails closed after a trap", async () => {
    const { plugin, call, records } = await onProbation("unbooked", { maxErrorRate: 0, minCalls: 1 });
    await call.book(2);
    await expect(call.take(1_000)).rejects.toMatchObject({ code: "guest-error" });
    expect(records.at(-1)).toMatchObject({ outcome: "not-rolled-back", cause: { code: "unreplayable" } });
    expect(await call.addAll([])).toBe(7n);
    await plugin.rollback({ discard: true });
    expect(await call.addAll([])).toBe(5n);
  });
});

it("is refused with options that make no probation, and nothing has changed", async () => {
  const { plugin, call } = await opened();
  const probation = { journal: null as never };
  await expect(plugin.swap(await version("traps"), { probation })).rejects.toThrow("still serves");
  expect(plugin.generation).toBe(1);
  expect(await call.addAll([1])).toBe(1n);
});

describe("a dry run", () => {
  it("reports what a swap would do, and changes nothing", async () => {
    const { plugin, call, asked } = await opened();
    await call.add(5);
    const before = await plugin.snapshot();
    const record = await plugin.swap(await version("differs"), { dryRun: true });
    expect(record).toMatchObject({ outcome: "rehearsed", steps: ["Account"], from: { generation: 1 } });
    expect(record.stateBytes).toBeGreaterThan(0);
    expect(Object.keys(record.phases)).toEqual(["prepare", "save", "restore", "check"]);
    expect([plugin.generation, asked.notes]).toEqual([1, 1]);
    expect(await plugin.snapshot()).toEqual(before);
  });
});
