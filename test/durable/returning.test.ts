/** A rollback that waits for its turn, while the call that is inside ends the generation that it is to leave. */
import { expect, it } from "vitest";
import { z } from "zod";
import { capability, load } from "../../host/mod.ts";
import { directoryStore } from "../../host/node/mod.ts";
import { deferred } from "../host/swap/fake.ts";
import { Account, version } from "./account.ts";
import { folder } from "./folder.ts";
import { later } from "./later.ts";

/** Version 2 on probation, with a call in it that is being written ahead. */
async function waiting(options: Parameters<typeof load>[1] = {}) {
  const [writing, written] = [deferred(), deferred()];
  let held = false;
  const store = later(directoryStore(folder()), async (write) => {
    if (!held || write !== "append") return;
    held = false;
    writing.resolve();
    await written.promise;
  });
  const signals: AbortSignal[] = [];
  const number = z.uint32();
  const functions = {
    rate: { params: [], returns: number, kind: "read" },
    book: { params: [number], returns: number, kind: "read" },
    note: { params: [z.string()], kind: "post" },
  } as const;
  const grant = capability("test:bank/ledger@1", functions, ({ signal }) => {
    signals.push(signal);
    const rate = (): number => {
      throw new Error("no rate today");
    };
    return { rate, book: () => 1, note: () => {} };
  });
  const plugin = await load(Account, await version("account"), { grant: [grant], store, ...options });
  await plugin.call.add(5);
  await plugin.swap(await version("wider"), { probation: {} });
  await plugin.call.add(1);
  held = true;
  const inside = (call: () => Promise<unknown>) => {
    const answer = call().then(
      () => "answered",
      ({ code }) => code,
    );
    return writing.promise.then(() => answer);
  };
  const alive = () => signals.filter(({ aborted }) => !aborted).length;
  const outcomes = () =>
    plugin.history().map(({ outcome, from, to }) => [outcome, from.generation, to?.generation]);
  return { plugin, inside, end: () => written.resolve(), alive, outcomes };
}

it("leaves the fresh instance that took its place meanwhile", async () => {
  const { plugin, inside, end, alive, outcomes } = await waiting();
  const answer = inside(() => plugin.call.exchange(1));
  const back = plugin.rollback();
  end();
  expect([await answer, (await back).outcome]).toEqual(["grant-failed", "rolled-back"]);
  expect(outcomes()).toEqual([
    ["swapped", 1, 2],
    ["restarted", 2, 3],
    ["rolled-back", 3, 1],
  ]);
  // Nothing holds grants but what serves.
  expect([await plugin.call.sum(), alive()]).toEqual([6n, 1]);
  await plugin.close();
});

it("finds that it went back by itself, and a version that trapped then is not called", async () => {
  const { plugin, inside, end, outcomes } = await waiting();
  const answer = inside(() => plugin.call.trap());
  const back = plugin.rollback().catch(({ code }) => code);
  const busy = plugin.swap(await version("wider")).catch(({ code }) => code);
  end();
  expect([await answer, await back, await busy]).toEqual(["trapped", "not-on-probation", "busy"]);
  expect(outcomes().slice(1)).toEqual([
    ["rolled-back", 2, 1],
    ["not-rolled-back", 2, 1],
  ]);
  // The incumbent was asked for the same call, and trapped too.
  await expect(plugin.call.sum()).rejects.toMatchObject({ code: "trapped" });
  await plugin.close();
});
