import { appendFileSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readSnapshot } from "../../abi/state/container.ts";
import { directoryOn } from "../../host/node/directory.ts";
import { directoryStore } from "../../host/node/mod.ts";
import { account, Bank, version } from "./account.ts";
import { flip, folder, leave, withoutModules } from "./folder.ts";

const FIRST = "0000000001.journal";

describe("a plugin with a directory", () => {
  it("comes back with every call when it was not closed", async () => {
    const path = folder();
    const bank = new Bank();
    const first = await account(bank, { store: directoryStore(path) });
    expect(first.recovered).toBeUndefined();
    expect(await first.call.add(5)).toBe(5n);
    expect(first.callSync.add(6)).toBe(11n);
    expect(await first.call.exchange(10)).toBe(21n);
    expect(await first.call.book(9)).toBe(1);
    await expect(first.call.take(1_000)).rejects.toMatchObject({
      code: "guest-error",
      payload: "not enough",
    });
    await expect(first.call.add(-1)).rejects.toMatchObject({ code: "argument" });
    leave(path);
    const second = await account(bank, { store: directoryStore(path) });
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

  it("has nothing to run again when it was closed, and its snapshot is a file for any Avro tool", async () => {
    const path = folder();
    const bank = new Bank();
    const first = await account(bank, { store: directoryStore(path) });
    await first.call.add(5);
    await first.close();
    expect(withoutModules(path)).toEqual(["0000000002.avro", "0000000002.journal"]);
    const { plugin, version } = await readSnapshot(readFileSync(join(path, "0000000002.avro")));
    expect({ plugin, version }).toEqual({ plugin: "account", version: "1.0.0" });
    const second = await account(bank, { store: directoryStore(path) });
    expect(second.recovered).toEqual({ calls: 0, divergences: 0, torn: 0 });
    expect(await second.call.sum()).toBe(5n);
    await second.close();
  });

  it("takes a snapshot when the journal is past its bound", async () => {
    const path = folder();
    const plugin = await account(new Bank(), { store: directoryStore(path, { checkpoint: { calls: 10 } }) });
    for (let n = 0; n < 25; n++) plugin.callSync.add(1);
    expect(withoutModules(path)).toEqual(["0000000003.avro", "0000000003.journal", "LOCK"]);
    leave(path);
    const again = await account(new Bank(), { store: directoryStore(path) });
    expect(again.recovered?.calls).toBe(4);
    expect(await again.call.sum()).toBe(25n);
    await again.close();
  });

  it("leaves out a call that trapped, and comes back without it", async () => {
    const path = folder();
    const bank = new Bank();
    const first = await account(bank, { store: directoryStore(path) });
    await first.call.add(5);
    await expect(first.call.bookAndTrap(3)).rejects.toMatchObject({ code: "trapped" });
    await expect(first.call.add(5)).rejects.toMatchObject({ code: "trapped" });
    await first.close();
    const second = await account(bank, { store: directoryStore(path) });
    expect(second.recovered).toMatchObject({ calls: 1, divergences: 0 });
    expect([await second.call.sum(), bank.amounts]).toEqual([5n, [3]]);
    await second.close();
  });

  it("leaves out a call that trapped, also where the host that it trapped by would answer now", async () => {
    const path = folder();
    const bank = new Bank();
    const first = await account(bank, { store: directoryStore(path) });
    await first.call.add(5);
    bank.onRate = () => {
      throw new Error("closed today");
    };
    await expect(first.call.exchange(1)).rejects.toMatchObject({ code: "grant-failed" });
    // As if the process had ended right after that answer.
    const then = readFileSync(join(path, FIRST));
    bank.onRate = () => {};
    expect(await first.call.calls()).toBe(1);
    leave(path);
    writeFileSync(join(path, FIRST), then);
    const second = await account(bank, { store: directoryStore(path) });
    expect(second.recovered).toMatchObject({ calls: 1, divergences: 0, torn: 0 });
    expect([await second.call.sum(), await second.call.calls()]).toEqual([5n, 1]);
    await second.close();
  });

  it("closes quietly after a trap, and writes of that what it could not write before", async () => {
    const path = folder();
    const store = directoryStore(path);
    const { append } = store;
    let left = Number.POSITIVE_INFINITY;
    store.append = (records) => {
      if (left-- <= 0) throw new Error("no space left");
      return append.call(store, records);
    };
    const first = await account(new Bank(), { store });
    const told: unknown[] = [];
    first.on("error", ({ error }) => told.push(error));
    await first.call.add(5);
    // The call is written, and its trap is not.
    left = 1;
    await expect(first.call.trap()).rejects.toMatchObject({ code: "trapped" });
    left = Number.POSITIVE_INFINITY;
    await first.close();
    expect(told).toEqual([]);
    const second = await account(new Bank(), { store: directoryStore(path) });
    expect(second.recovered).toEqual({ calls: 1, divergences: 0, torn: 0 });
    expect(await second.call.sum()).toBe(5n);
    await second.close();
  });

  it("leaves a call out whose trap it had no time to write down", async () => {
    const path = folder();
    const bank = new Bank();
    const store = directoryStore(path);
    const { append } = store;
    let before: Buffer | undefined;
    store.append = (records) => {
      before = readFileSync(join(path, FIRST));
      return append.call(store, records);
    };
    const first = await account(bank, { store });
    await first.call.add(5);
    await expect(first.call.bookAndTrap(3)).rejects.toMatchObject({ code: "trapped" });
    leave(path);
    writeFileSync(join(path, FIRST), before!);
    const second = await account(bank, { store: directoryStore(path) });
    expect(second.recovered?.interrupted).toEqual({ name: "book-and-trap", outcome: "dropped" });
    expect([await second.call.sum(), bank.amounts]).toEqual([5n, [3]]);
    await second.close();
  });

  it("restarts after a trap from its files", async () => {
    const path = folder();
    const bank = new Bank();
    const plugin = await account(bank, { store: directoryStore(path), afterTrap: { restart: {} } });
    await plugin.call.book(5);
    await expect(plugin.call.bookAndTrap(3)).rejects.toMatchObject({ code: "trapped" });
    expect([await plugin.call.sum(), bank.amounts]).toEqual([5n, [5, 3]]);
    expect(plugin.history()).toMatchObject([{ outcome: "restarted", replayed: { calls: 1 } }]);
    await plugin.call.add(1);
    leave(path);
    const again = await account(bank, { store: directoryStore(path) });
    expect(await again.call.sum()).toBe(6n);
    expect(again.recovered?.calls).toBe(2);
    await again.close();
  });

  it("gives an effect that is asked for again after a crash the name that it had", async () => {
    const path = folder();
    const bank = new Bank();
    const first = await account(bank, { store: directoryStore(path) });
    await first.call.add(1);
    // The process ends when the second booking is made, and before its answer is written.
    bank.onBook = () => {
      if (bank.booked.length === 2) throw new Error("as if the process had ended");
    };
    const before = () => readFileSync(join(path, FIRST));
    let torn: Buffer | undefined;
    const unbroken = bank.onBook;
    bank.onBook = () => {
      torn = before();
      unbroken();
    };
    await expect(first.call.bookTwice(5)).rejects.toMatchObject({ code: "grant-failed" });
    // It has come back by itself by then, and writes no more.
    expect(await first.call.sum()).toBe(1n);
    leave(path);
    writeFileSync(join(path, FIRST), torn!);
    bank.onBook = () => {};
    const second = await account(bank, { store: directoryStore(path) });
    expect(second.recovered?.interrupted).toEqual({ name: "book-twice", outcome: "resumed" });
    expect(bank.amounts).toEqual([5, 5]);
    // The first was written before the plugin saw it, so it is not asked for again.
    expect(bank.asked).toBe(3);
    const [a, b] = bank.booked.map(({ id }) => id);
    expect(a).toMatch(/^account\/[0-9a-f-]{36}\/2\/0$/);
    expect(b).toBe(`${a!.slice(0, -1)}1`);
    // Booking 1 was written, booking 2 was asked for again, and the bank knew its name.
    expect(await second.call.sum()).toBe(1n + 1n + 200n);
    await second.close();
  });

  it("gives up a call that ends the process each time it is run again", async () => {
    const path = folder();
    const first = await account(new Bank(), { store: directoryStore(path) });
    await first.call.add(5);
    await first.call.add(6);
    for (let n = 0; n < 3; n++) {
      leave(path);
      const store = directoryStore(path);
      const { append } = store;
      // What is in the files when it stops in the middle of the call.
      let torn: Buffer | undefined;
      store.append = (records) => {
        append.call(store, records);
        torn ??= readFileSync(join(path, FIRST));
      };
      const before = readFileSync(join(path, FIRST)).length;
      const plugin = await account(new Bank(), { store });
      expect(plugin.recovered?.interrupted?.outcome).toBe("resumed");
      expect(torn!.length).toBeGreaterThan(before);
      writeFileSync(join(path, FIRST), torn!);
    }
    leave(path);
    const last = await account(new Bank(), { store: directoryStore(path) });
    expect(last.recovered?.interrupted).toEqual({ name: "add", outcome: "dropped" });
    expect(await last.call.sum()).toBe(5n);
    await last.close();
  });

  it("keeps a call that was acknowledged through any number of starts that end before the next one", async () => {
    const path = folder();
    const first = await account(new Bank(), { store: directoryStore(path) });
    expect(await first.call.add(5)).toBe(5n);
    const outcomes = [];
    for (let n = 0; n < 6; n++) {
      leave(path);
      const next = await account(new Bank(), { store: directoryStore(path) });
      outcomes.push(next.recovered?.interrupted?.outcome);
    }
    // Gone on with once, and written down as answered then.
    expect(outcomes).toEqual(["resumed", ...Array(5).fill(undefined)]);
    leave(path);
    const last = await account(new Bank(), { store: directoryStore(path) });
    expect(await last.call.sum()).toBe(5n);
    await last.close();
  });

  it("runs calls again that no view of this process has", async () => {
    const path = folder();
    const first = await account(new Bank(), { store: directoryStore(path) });
    await first.call.add(5);
    await first.call.add(6);
    leave(path);
    const { contract, load } = await import("../../host/mod.ts");
    const { z } = await import("zod");
    const Narrow = contract("test:bank/account@1", { sum: { params: [], returns: z.uint64() } });
    const store = directoryStore(path);
    const narrow = await load(Narrow, await version("account"), { store, grant: [new Bank().grant] });
    expect(await narrow.call.sum()).toBe(11n);
    await narrow.close();
  });
});

describe("a swap of a durable plugin", () => {
  it("F30, F37: writes the new version's snapshot ahead: a crash after it brings that version back", async () => {
    const path = folder();
    const plugin = await account(new Bank(), { store: directoryStore(path) });
    await plugin.call.add(5);
    await plugin.swap(await version("wider"), { probation: {} });
    await plugin.call.add(6);
    leave(path);
    // The way back would lose a field.
    const digest = /[0-9a-f]{64}/;
    await expect(account(new Bank(), { store: directoryStore(path) })).rejects.toMatchObject({
      code: "incompatible-state",
      message: expect.stringMatching(
        new RegExp(
          `^\\[incompatible-state\\] could not load account 1\\.0\\.0 from the directory ${path}: 1 calls in its journal were answered by version 1\\.0\\.0 \\(SHA-256 ${digest.source}\\), whose place this one cannot take: .* since: the new version has no such field.*; nothing is lost: load that version and swap later, or mend this one`,
        ),
      ),
    });
    const wider = await account(new Bank(), { store: directoryStore(path) }, "wider");
    expect(await wider.call.sum()).toBe(11n);
    await wider.close();
  });

  it("F37: and a rollback writes the old one's, with the calls that were run again", async () => {
    const path = folder();
    const plugin = await account(new Bank(), { store: directoryStore(path) });
    await plugin.call.add(5);
    await plugin.swap(await version("wider"), { probation: {} });
    await plugin.call.add(6);
    await plugin.rollback();
    await plugin.call.add(7);
    leave(path);
    const again = await account(new Bank(), { store: directoryStore(path) });
    expect(again.recovered?.calls).toBe(0);
    expect(await again.call.sum()).toBe(18n);
    await again.close();
  });

  it("F37: so does a rollback that drops the calls since: after a crash they are not back", async () => {
    const path = folder();
    const plugin = await account(new Bank(), { store: directoryStore(path) });
    await plugin.call.add(5);
    await plugin.swap(await version("wider"), { probation: {} });
    await plugin.call.add(6);
    await plugin.rollback({ discard: true });
    leave(path);
    const again = await account(new Bank(), { store: directoryStore(path) });
    expect([again.recovered?.calls, await again.call.sum()]).toEqual([0, 5n]);
    await again.close();
  });

  it("is refused when its snapshot cannot be written, and the old one's files are as they were", async () => {
    const path = folder();
    const { disk } = await import("../../host/node/disk.ts");
    let full = false;
    const store = directoryOn(path, {
      disk: {
        ...disk,
        rename(from, to) {
          if (full && to.endsWith(".journal"))
            throw Object.assign(new Error("ENOSPC: no space left"), { code: "ENOSPC" });
          disk.rename(from, to);
        },
      },
    });
    const plugin = await account(new Bank(), { store });
    await plugin.call.add(5);
    full = true;
    await expect(plugin.swap(await version("wider"))).rejects.toMatchObject({
      code: "store-failed",
      phase: "commit",
      message: `[store-failed] could not swap account 1.0.0: could not write a snapshot to the directory ${path}: ENOSPC: no space left; version 1.0.0 still serves`,
    });
    expect(await plugin.call.add(6)).toBe(11n);
    expect(withoutModules(path)).toEqual(["0000000001.avro", FIRST, "LOCK"]);
    leave(path);
    const again = await account(new Bank(), { store: directoryStore(path) });
    expect(await again.call.sum()).toBe(11n);
    await again.close();
  });

  it("of another process: a closed directory is taken over by a version that its state leads to", async () => {
    const path = folder();
    const first = await account(new Bank(), { store: directoryStore(path) });
    await first.call.add(5);
    await first.close();
    const wider = await account(new Bank(), { store: directoryStore(path) }, "wider");
    expect(await wider.call.add(1)).toBe(6n);
    await wider.close();
    // The way back would lose a field.
    await expect(account(new Bank(), { store: directoryStore(path) })).rejects.toMatchObject({
      code: "incompatible-state",
      message: expect.stringContaining("; its files are as they were"),
    });
    const again = await account(new Bank(), { store: directoryStore(path) }, "wider");
    expect(await again.call.sum()).toBe(6n);
    await again.close();
  });
});

describe("a directory is refused", () => {
  it("while another has it open", async () => {
    const path = folder();
    const first = await account(new Bank(), { store: directoryStore(path) });
    await expect(account(new Bank(), { store: directoryStore(path) })).rejects.toMatchObject({
      code: "store-locked",
      message: expect.stringMatching(
        new RegExp(
          `^\\[store-locked\\] could not open the directory ${path}: process ${process.pid} on .* has it; if that is gone for good, remove the file LOCK$`,
        ),
      ),
    });
    await first.close();
    await (await account(new Bank(), { store: directoryStore(path) })).close();
  });

  it("with files of somebody else in it, by name", async () => {
    const path = folder();
    writeFileSync(join(path, "diary.txt"), "dear");
    await expect(account(new Bank(), { store: directoryStore(path) })).rejects.toMatchObject({
      code: "bad-store",
      message: `[bad-store] could not open the directory ${path}: found diary.txt, which no store of moult has; give it a directory of its own`,
    });
    expect(withoutModules(path)).toEqual(["diary.txt"]);
  });

  it("with another plugin's state, and with a state beside the one that it has", async () => {
    const path = folder();
    const first = await account(new Bank(), { store: directoryStore(path) });
    const state = await first.snapshot();
    await first.close();
    await expect(account(new Bank(), { store: directoryStore(path), state })).rejects.toMatchObject({
      code: "bad-store",
      message: `[bad-store] could not load account 1.0.0 from the directory ${path}: it has a state already; leave out the one that was given, or give an empty store`,
    });
    const { load } = await import("../../host/mod.ts");
    const { versions } = await import("../versions.ts");
    const counter = await versions(new URL("../../wasm-plugins/counter/", import.meta.url))("v1");
    await expect(load(counter, { store: directoryStore(path) })).rejects.toMatchObject({
      code: "bad-store",
      message: expect.stringMatching(/: it holds the state of the plugin account$/),
    });
  });

  it("for a plugin without state", async () => {
    const { load } = await import("../../host/mod.ts");
    const { versions } = await import("../versions.ts");
    const stateless = await versions(new URL("../guests/faults/", import.meta.url))("stateless");
    const path = folder();
    await expect(load(stateless, { store: directoryStore(path) })).rejects.toMatchObject({
      code: "no-state",
      message: expect.stringMatching(/ from the directory .*: it has no state to keep$/),
    });
  });
});

describe("a damaged directory", () => {
  /** A directory with five calls in its journal, left behind. */
  async function damaged(harm: (path: string) => void) {
    const path = folder();
    const plugin = await account(new Bank(), { store: directoryStore(path) });
    for (let n = 0; n < 5; n++) await plugin.call.add(1);
    leave(path);
    harm(path);
    const before = withoutModules(path);
    const opened = account(new Bank(), { store: directoryStore(path) });
    return { path, before, opened };
  }

  it("whose last record was cut off is cut to the one before, and says so", async () => {
    for (const bytes of [1, 20, 60]) {
      const { opened } = await damaged((path) => {
        const file = join(path, FIRST);
        truncateSync(file, readFileSync(file).length - bytes);
      });
      const plugin = await opened;
      expect(plugin.recovered?.torn).toBeGreaterThan(0);
      // The last call's answer is not written when it is given, so what is cut is the call itself.
      expect(await plugin.call.sum()).toBe(4n);
      await plugin.close();
    }
  });

  it("with zeros or noise behind its end is cut there", async () => {
    for (const tail of [new Uint8Array(5_000), Uint8Array.from({ length: 333 }, (_, i) => i * 37)]) {
      const { opened } = await damaged((path) => appendFileSync(join(path, FIRST), tail));
      const plugin = await opened;
      expect([plugin.recovered?.torn, await plugin.call.sum()]).toEqual([tail.length, 5n]);
      await plugin.close();
    }
  });

  const faults: readonly (readonly [string, (path: string) => void, RegExp])[] = [
    [
      "in the middle",
      (path) => flip(join(path, FIRST), 300),
      /0000000001\.journal cannot be used: it is damaged at byte \d+, and a whole record follows at byte \d+: so this is not an interrupted write/,
    ],
    [
      "in the journal's magic",
      (path) => flip(join(path, FIRST), 0),
      /0000000001\.journal cannot be used: it does not begin as a journal of moult/,
    ],
    [
      "in the journal's header",
      (path) => flip(join(path, FIRST), 15),
      /0000000001\.journal cannot be used: its header is damaged/,
    ],
    [
      "in a journal's first and only record",
      (path) => truncateSync(join(path, FIRST), 100),
      /0000000001\.journal cannot be used: its first record is damaged/,
    ],
    [
      "in the snapshot",
      (path) => flip(join(path, "0000000001.avro"), -20),
      /0000000001\.avro is not the snapshot that 0000000001\.journal begins with: it is damaged, or of another time/,
    ],
    [
      "a journal without its snapshot",
      (path) => rmSync(join(path, "0000000001.avro")),
      /found 0000000001\.journal and no 0000000001\.avro, where it begins/,
    ],
    [
      "a snapshot without its journal",
      (path) => {
        rmSync(join(path, FIRST));
        renameSync(join(path, "0000000001.avro"), join(path, "0000000007.avro"));
      },
      /found 0000000007\.avro and no journal/,
    ],
  ];
  it.each(faults)("%s is refused, and nothing of it is changed", async (_, harm, message) => {
    const { path, before, opened } = await damaged(harm);
    const error = await opened.then(
      () => undefined,
      (error) => error,
    );
    expect(error).toMatchObject({ code: "bad-store", message: expect.stringMatching(message) });
    expect(error.message).toMatch(
      /^\[bad-store\] could not read the directory .*; nothing of it was changed$/,
    );
    expect(withoutModules(path)).toEqual(before.filter((name) => name !== "LOCK"));
  });

  it("of a later version of the format says which", async () => {
    const { crc32 } = await import("node:zlib");
    const { opened } = await damaged((path) => {
      const file = join(path, FIRST);
      const bytes = readFileSync(file);
      bytes.writeUInt32LE(3, 8);
      bytes.writeUInt32LE(crc32(bytes.subarray(0, 20)), 20);
      writeFileSync(file, bytes);
    });
    await expect(opened).rejects.toMatchObject({
      code: "bad-store",
      message: expect.stringContaining(
        "it is of version 3 of the format, and this host knows 1 and 2; update the host",
      ),
    });
  });
});
