/** A plugin with a store that is closed while a call is inside, and is not waited for. */
import { cpSync, lstatSync } from "node:fs";
import { expect, it } from "vitest";
import { z } from "zod";
import { StoreKeep } from "../../host/durable/store-keep.ts";
import type { Generation, State } from "../../host/generation/generation.ts";
import { capability, load } from "../../host/mod.ts";
import { directoryStore } from "../../host/node/mod.ts";
import { deferred } from "../host/swap/fake.ts";
import { Account, account, Bank, version } from "./account.ts";
import { folder, leave } from "./folder.ts";
import { later } from "./later.ts";

interface Answers {
  readonly rate: () => number | Promise<number>;
  readonly book: (amount: number) => number | Promise<number>;
}

/** A bank that answers later, where the engine can wait for it. */
function bank({ rate, book }: Answers) {
  const number = z.uint32();
  const functions = {
    rate: { params: [], returns: number, kind: "read", async: true },
    book: { params: [number], returns: number, async: true },
    note: { params: [z.string()], kind: "post" },
  } as const;
  return capability("test:bank/ledger@1", functions, () => ({
    rate: async () => rate(),
    book: async (amount) => book(amount),
    note: () => {},
  }));
}

/** The same without a wait: a plugin that is never suspended. */
function plain() {
  const number = z.uint32();
  const functions = {
    rate: { params: [], returns: number, kind: "read" },
    book: { params: [number], returns: number, kind: "read" },
    note: { params: [z.string()], kind: "post" },
  } as const;
  return capability("test:bank/ledger@1", functions, () => ({
    rate: () => 1,
    book: () => 1,
    note: () => {},
  }));
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

async function reopened(path: string, grant = plain()) {
  await using plugin = await load(Account, await version("account"), {
    grant: [grant],
    store: directoryStore(path),
  });
  return [await plugin.call.sum(), await plugin.call.calls()];
}

it("as a kill does: the call is gone on with, or left out when a grant fails it then", async () => {
  const [path, ...copies] = [folder(), folder(), folder()];
  const bank = new Bank();
  bank.onRate = () => {
    for (const copy of copies) cpSync(path, copy, { recursive: true, filter: isFile });
  };
  const plugin = await account(bank, { store: directoryStore(path) }, "checked");
  await plugin.call.exchange(2);
  await plugin.close();
  const found = [];
  for (const [i, copy] of copies.entries()) {
    leave(copy);
    bank.onRate = () => {
      if (i === 1) throw new Error("no rate today");
    };
    const again = await account(bank, { store: directoryStore(copy) }, "checked");
    found.push([again.recovered?.interrupted?.outcome, await again.call.sum(), await again.call.calls()]);
    await again.close();
  }
  expect(found).toEqual([
    ["resumed", 4n, 1],
    ["dropped", 0n, 0],
  ]);
});

/** Not the socket of a lock, which cannot be copied. */
function isFile(name: string): boolean {
  return !lstatSync(name).isSocket();
}

it("ends the store after the write that is under way, and not before it", async () => {
  const path = folder();
  const [writing, written] = [deferred(), deferred()];
  let held = false;
  const store = later(directoryStore(path), async (write) => {
    if (!held || write !== "append") return;
    writing.resolve();
    await written.promise;
  });
  const plugin = await load(Account, await version("account"), { grant: [plain()], store });
  const told: unknown[] = [];
  plugin.on("error", ({ error }) => told.push(error));
  await plugin.call.add(5);
  held = true;
  const answer = plugin.call.add(2);
  await writing.promise;
  const closed = plugin.close({ drain: 0 });
  await expect(answer).rejects.toMatchObject({ code: "closed" });
  held = false;
  written.resolve();
  await closed;
  // It was written ahead, and its caller was told nothing of it: it is done when the plugin comes back.
  expect(await reopened(path)).toEqual([7n, 2]);
  expect(told).toEqual([]);
});

it("writes nothing of a call that goes on when the store is closed, and tells of no error", async () => {
  const path = folder();
  let open = true;
  const [writing, written] = [deferred(), deferred()];
  const late: string[] = [];
  const slow = later(directoryStore(path), async (write) => {
    if (!open) late.push(write);
    if (write === "append") writing.resolve();
    if (write === "append") await written.promise;
  });
  const store = Object.assign(slow, { checkpoint: { calls: 1 } });
  const plugin = await load(Account, await version("account"), { grant: [plain()], store });
  const told: unknown[] = [];
  plugin.on("error", ({ error }) => told.push(error));
  const answer = plugin.call.exchange(2);
  await writing.promise;
  const closed = plugin.close({ drain: 0 });
  await expect(answer).rejects.toMatchObject({ code: "closed" });
  written.resolve();
  await closed;
  open = false;
  for (let i = 0; i < 20; i++) await turn();
  expect([late, told]).toEqual([[], []]);
  expect(await reopened(path)).toEqual([2n, 1]);
});

it("tells of no error when it overtakes the save of a checkpoint in a thread, whenever it comes", async () => {
  const told: unknown[] = [];
  const found: unknown[] = [];
  for (let turns = 0; turns < 12; turns++) {
    const path = folder();
    const store = Object.assign(later(directoryStore(path)), { checkpoint: { calls: 1 } });
    const plugin = await load(Account, await version("account"), {
      grant: [plain()],
      isolation: "worker",
      store,
    });
    plugin.on("error", ({ error }) => told.push(error));
    const answer = plugin.call.add(5).catch((error) => error.code);
    for (let i = 0; i < turns; i++) await turn();
    await plugin.close({ drain: 0 });
    for (let i = 0; i < 20; i++) await turn();
    const [sum] = await reopened(path);
    // The answer is not lost; of a call that was closed over, it is unknown whether it was written ahead.
    found.push([await answer, sum].join());
  }
  expect(told).toEqual([]);
  expect(["5,5", "closed,0", "closed,5"]).toEqual(expect.arrayContaining(found));
});

it("writes no checkpoint whose state was saved when the store was closed already", async () => {
  const writes: string[] = [];
  const inner = later(directoryStore(folder()), (write) => writes.push(write));
  const keep = new StoreKeep("account", inner);
  await keep.open();
  const saved = deferred<State>();
  const build = { manifest: { name: "account", version: "1" } };
  const generation = { save: () => saved.promise, forget() {}, build };
  const checkpoint = keep.checkpoint(generation as unknown as Generation);
  await keep.close(undefined);
  saved.resolve({ datum: new Uint8Array() });
  await checkpoint;
  expect(writes).toEqual([]);
});

it("saves what has not served yet where it is, so that no caller waits for a copy", async () => {
  const fingerprint = "3f2b87a9fe7cc9b13835598c3981cd45e3e355309e5090aa0933d7becb6fba45";
  const state = { schema: "int", fingerprint };
  const generation = {
    save: () => Promise.reject(new Error("it was copied")),
    saveInPlace: () => Promise.resolve({ datum: new Uint8Array(1) }),
    forget() {},
    build: { manifest: { name: "account", version: "1", state } },
  } as unknown as Generation;
  const keep = new StoreKeep("account", directoryStore(folder()));
  await keep.open();
  await expect(keep.checkpoint(generation)).rejects.toThrow("it was copied");
  await keep.checkpoint(generation, true);
  expect((await keep.recall()).state?.datum).toHaveLength(1);
  await keep.close(undefined);
});

it.runIf("Suspending" in WebAssembly)("keeps no half of a call that hangs in a grant", async () => {
  const path = folder();
  const grant = bank({ rate: () => new Promise(() => {}), book: () => 1 });
  const plugin = await load(Account, await version("account"), {
    grant: [grant],
    store: directoryStore(path),
  });
  await plugin.call.add(5);
  const hangs = plugin.call.exchange(1);
  const closed = plugin.close({ drain: 0 });
  await expect(hangs).rejects.toMatchObject({ code: "closed" });
  await closed;
  // Written ahead, and gone on with: as if the process had ended in the middle of it.
  expect(await reopened(path, bank({ rate: () => 10, book: () => 1 }))).toEqual([15n, 2]);
});
