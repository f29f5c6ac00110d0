import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readSnapshot } from "../../abi/container.ts";
import { directory } from "../../host/node/mod.ts";
import { Account, account, Bank, version } from "./account.ts";

const folder = () => mkdtempSync(join(tmpdir(), "moult-store-"));

describe("a plugin with a directory", () => {
  it("comes back with every call when it was not closed", async () => {
    const path = folder();
    const bank = new Bank();
    // Nothing is closed: what a killed process leaves behind, but for its lock.
    const first = await account(bank, { store: directory(path) });
    expect(first.recovered).toBeUndefined();
    expect(await first.call.add(5)).toBe(5n);
    expect(first.callSync.add(6)).toBe(11n);
    expect(await first.call.exchange(10)).toBe(21n);
    expect(await first.call.book(9)).toBe(1);
    await expect(first.call.take(1_000)).rejects.toMatchObject({ code: "guest", payload: "not enough" });
    await expect(first.call.add(-1)).rejects.toMatchObject({ code: "argument" });
    leave(path);

    const second = await account(bank, { store: directory(path) });
    expect(second.recovered).toEqual({
      calls: 4,
      divergences: 0,
      torn: 0,
      interrupted: { name: "take", outcome: "resumed" },
    });
    expect([await second.call.sum(), await second.call.calls()]).toEqual([30n, 5]);
    expect([bank.rate, bank.amounts, bank.notes]).toEqual([1, [9], 1]);
    await second.close();
  });

  it("has nothing to run again when it was closed", async () => {
    const path = folder();
    const bank = new Bank();
    const first = await account(bank, { store: directory(path) });
    await first.call.add(5);
    await first.close();
    expect(readdirSync(path).sort()).toEqual(["0000000002.avro", "0000000002.journal"]);
    const { plugin, version } = await readSnapshot(readFileSync(join(path, "0000000002.avro")));
    expect({ plugin, version }).toEqual({ plugin: "account", version: "1.0.0" });
    const second = await account(bank, { store: directory(path) });
    expect(second.recovered).toEqual({ calls: 0, divergences: 0, torn: 0 });
    expect(await second.call.sum()).toBe(5n);
    await second.close();
  });
});

/** Ends the first holder, as a kill does. */
function leave(path: string): void {
  const lock = JSON.parse(readFileSync(join(path, "LOCK"), "utf8"));
  writeFileSync(join(path, "LOCK"), JSON.stringify({ ...lock, started: "another time" }));
}
void Account;
void version;
