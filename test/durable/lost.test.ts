/** Plugins whose directory is lost while they run: what they acknowledge is in it, or they say so. */
import { renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { load, type Store } from "../../host/mod.ts";
import { directoryStore } from "../../host/node/mod.ts";
import { build } from "../kept/build.ts";
import { account, Bank, version } from "./account.ts";
import { folder, leave, withoutModules } from "./folder.ts";

describe("a plugin whose directory", () => {
  // Every look at it is an old one by the next.
  let now = 0;
  beforeEach(() => {
    vi.spyOn(performance, "now").mockImplementation(() => ++now * 2);
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });

  async function opened() {
    const path = folder();
    const bank = new Bank();
    const plugin = await account(bank, { store: directoryStore(path) });
    await plugin.call.add(5);
    return { path, bank, plugin, call: plugin.call };
  }

  it("another process took acknowledges nothing more: calls, swaps and its end say [store-locked]", async () => {
    const { path, bank, plugin, call } = await opened();
    leave(path);
    const other = await account(bank, { store: directoryStore(path) });
    const took = /process \d+ on .* took it, so it may be another process's now/;
    await expect(call.add(1)).rejects.toMatchObject({
      code: "store-locked",
      message: expect.stringMatching(
        new RegExp(
          `^\\[store-locked\\] could not call account\\.add: it could not be logged: could not write to the directory ${path}: ${took.source}; it was not called$`,
        ),
      ),
    });
    expect(() => plugin.callSync.add(1)).toThrow(took);
    await expect(call.book(9)).rejects.toMatchObject({ code: "store-locked" });
    expect(bank.amounts).toEqual([]);
    await expect(plugin.swap(await version("wider"))).rejects.toMatchObject({
      code: "store-locked",
      message: expect.stringMatching(/; version 1\.0\.0 still serves$/),
    });
    // What it has is not lost to the one that asks for it.
    expect((await plugin.snapshot()).length).toBeGreaterThan(100);
    expect(await other.call.add(2)).toBe(7n);
    const told: unknown[] = [];
    plugin.on("error", ({ error }) => told.push(error));
    await plugin.close();
    expect(told).toMatchObject([{ code: "store-locked" }]);
    expect(await other.call.add(2)).toBe(9n);
    await other.close();
    const last = await account(bank, { store: directoryStore(path) });
    expect([await last.call.sum(), await last.call.calls()]).toEqual([9n, 3]);
    await last.close();
  });

  it("is taken within a call that asks its host: that one is not acknowledged either", async () => {
    const { path, bank, call } = await opened();
    bank.onBook = () => rmSync(join(path, "LOCK"));
    await expect(call.book(9)).rejects.toMatchObject({
      code: "store-locked",
      message: expect.stringMatching(
        /what the host answered it could not be logged: .*; the call is undone$/,
      ),
    });
    bank.onBook = () => {};
    // Whoever has it now runs it again, under the same name.
    const other = await account(bank, { store: directoryStore(path) });
    expect(other.recovered?.interrupted).toEqual({ name: "book", outcome: "resumed" });
    expect([await other.call.sum(), bank.amounts]).toEqual([14n, [9]]);
    await other.close();
  });

  it("was removed or moved acknowledges nothing more: [store-failed]", async () => {
    for (const harm of [
      (path: string) => rmSync(path, { recursive: true }),
      (path: string) => renameSync(path, `${path}-2`),
    ]) {
      const { path, call } = await opened();
      harm(path);
      const error = {
        code: "store-failed",
        message: `[store-failed] could not call account.add: it could not be logged: could not write to the directory ${path}: it was removed or moved; it was not called`,
      };
      for (let n = 0; n < 3; n++) await expect(call.add(1)).rejects.toMatchObject(error);
    }
  });
});

it("does not join a snapshot and a log of different versions, whatever the store", async () => {
  const path = folder();
  const first = await account(new Bank(), { store: directoryStore(path) });
  await first.call.add(5);
  const later = await build(new URL("../guests/durable/wider.ts", import.meta.url), { version: "2.0.0" });
  const second = await load(later.wasm, { grant: [new Bank().grant] });
  const snapshot = await second.snapshot();
  const mixed: Store = { ...bare(directoryStore(folder())), read: () => ({ ...kept, snapshot }) };
  await first.close();
  const own = directoryStore(path);
  await own.open();
  const kept = (await own.read())!;
  await expect(account(new Bank(), { store: mixed })).rejects.toMatchObject({
    code: "bad-store",
    message:
      "[bad-store] could not read a mixed store: its snapshot and its log are of different versions; nothing of it was changed",
  });
  await own.close();
  expect(withoutModules(path)).toEqual(["0000000002.avro", "0000000002.journal"]);
  writeFileSync(join(path, "0000000002.avro"), snapshot);
  await expect(account(new Bank(), { store: directoryStore(path) })).rejects.toMatchObject({
    code: "bad-store",
    message: `[bad-store] could not read the directory ${path}: 0000000002.avro is not the snapshot that 0000000002.journal begins with: it is damaged, or of another time; nothing of it was changed`,
  });
});

/** A store's methods as plain functions. */
function bare(store: Store): Store {
  return {
    name: "a mixed store",
    synchronous: true,
    open: () => store.open(),
    read: () => store.read(),
    append: (records) => store.append(records),
    begin: (...all) => store.begin(...all),
    close: () => store.close(),
  };
}
