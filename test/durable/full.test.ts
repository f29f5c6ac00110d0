import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { directoryOn } from "../../host/node/directory.ts";
import { disk } from "../../host/node/disk.ts";
import { directoryStore } from "../../host/node/mod.ts";
import { account, Bank, version } from "./account.ts";
import { folder, leave } from "./folder.ts";

const errors = {
  ENOSPC: "ENOSPC: no space left on device, write",
  EIO: "EIO: i/o error, fdatasync",
} as const;
const failing = (code: keyof typeof errors) => Object.assign(new Error(errors[code]), { code });

/**
 * Real files on a disk that is full when the test says so, and then takes only the first bytes of a write. One that is `frugal`
 * gives what was freed to the next write.
 */
function fullable(path: string) {
  const at = { full: false, frugal: false, unsafe: false, stuck: false };
  let most = 0;
  const store = directoryOn(path, {
    disk: {
      ...disk,
      open(name) {
        const file = disk.open(name);
        return {
          ...file,
          write(bytes, position) {
            const end = position + bytes.length;
            if (!at.full || (at.frugal && end <= most)) {
              most = end;
              return file.write(bytes, position);
            }
            file.write(bytes.subarray(0, 7), position);
            throw failing("ENOSPC");
          },
          truncate(length) {
            if (at.stuck) throw failing("EIO");
            file.truncate(length);
          },
          sync() {
            if (at.unsafe) throw failing("EIO");
            file.sync();
          },
        };
      },
    },
  });
  return { at, store };
}

describe("a call on a full disk", () => {
  it("is not run and not acknowledged; what was is there, and calls work again when there is room", async () => {
    const path = folder();
    const { at, store } = fullable(path);
    const bank = new Bank();
    const { call, callSync, snapshot } = await opened(bank, store);
    await call.add(5);
    at.full = true;
    const refused = {
      code: "store-failed",
      message: `[store-failed] could not call account.add: it could not be logged: ${errors.ENOSPC}; it was not called`,
    };
    for (let n = 0; n < 3; n++) await expect(call.add(1)).rejects.toMatchObject(refused);
    expect(() => callSync.add(1)).toThrow(refused.message);
    await expect(call.book(1)).rejects.toMatchObject({ code: "store-failed" });
    expect(bank.amounts).toEqual([]);
    expect((await snapshot()).length).toBeGreaterThan(100);
    at.full = false;
    expect(await call.add(1)).toBe(6n);
    leave(path);
    const again = await account(bank, { store: directoryStore(path) });
    expect([await again.call.sum(), await again.call.calls()]).toEqual([6n, 2]);
    await again.close();
  });

  it("that has asked its host is undone, when the answers cannot be logged", async () => {
    const path = folder();
    const { at, store } = fullable(path);
    const bank = new Bank();
    const { call, plugin } = await opened(bank, store);
    await call.add(5);
    await call.book(1);
    bank.onRate = () => {
      at.full = true;
    };
    await expect(call.exchange(1_000)).rejects.toMatchObject({
      code: "store-failed",
      message: `[store-failed] could not call account.exchange: what the host answered it could not be logged: ${errors.ENOSPC}; the call is undone`,
    });
    at.full = false;
    expect([await call.sum(), await call.calls()]).toEqual([6n, 2]);
    expect(plugin.history()).toMatchObject([{ outcome: "restarted", cause: { code: "store-failed" } }]);
    leave(path);
    const again = await account(bank, { store: directoryStore(path) });
    expect([await again.call.sum(), bank.amounts]).toEqual([6n, [1]]);
    await again.close();
  });

  it("that is undone is in no state that a swap takes over which is under way", async () => {
    const { call, plugin, verify } = await undoing();
    await expect(plugin.swap(await version("wider"), { verify })).rejects.toMatchObject({
      code: "store-failed",
      message: `[store-failed] could not swap account 1.0.0: could not call account.exchange: what the host answered it could not be logged: ${errors.ENOSPC}; the call is undone; version 1.0.0 has to be restarted`,
    });
    expect([await call.sum(), await call.calls()]).toEqual([5n, 1]);
    expect(plugin.history().map(({ outcome }) => outcome)).toEqual(["refused", "restarted"]);
    await plugin.close();
  });

  it("that is undone ends its version: one that began without its state has nowhere to go back to", async () => {
    const { call, plugin, verify } = await undoing();
    await plugin.swap(await version("wider"), { verify, reset: true, probation: {} });
    const { version: serves } = plugin;
    await expect(plugin.rollback()).rejects.toMatchObject({
      code: "store-failed",
      message: `[store-failed] could not roll back account: version 1.0.0 had ended before: could not call account.exchange: what the host answered it could not be logged: ${errors.ENOSPC}; the call is undone; version ${serves} still serves`,
    });
    expect(await call.add(2)).toBe(2n);
    await plugin.close();
  });

  it("that is undone does not come back when the plugin is closed at once", async () => {
    const path = folder();
    const { at, store } = fullable(path);
    const bank = new Bank();
    const { call, plugin } = await opened(bank, store);
    await call.add(5);
    bank.onRate = () => {
      at.full = true;
    };
    const undone = expect(call.exchange(1_000)).rejects.toMatchObject({ code: "store-failed" });
    at.full = false;
    await plugin.close();
    await undone;
    const again = await account(bank, { store: directoryStore(path) });
    expect([await again.call.sum(), await again.call.calls()]).toEqual([5n, 1]);
    await again.close();
  });

  describe.each([
    ["takes what finds room in the place of other", true],
    ["takes nothing at all", false],
  ] as const)("that %s, and stays full", (_, frugal) => {
    describe.each(["is closed", "is killed"] as const)("until the process %s", (how) => {
      /** @param calls are undone while the disk is full. @returns what the next process finds */
      async function found(calls: (made: Awaited<ReturnType<typeof opened>>, bank: Bank) => Promise<void>) {
        const path = folder();
        const { at, store } = fullable(path);
        const bank = new Bank();
        const made = await opened(bank, store);
        made.plugin.on("error", () => {});
        await made.call.add(5);
        await made.call.book(7);
        at.frugal = frugal;
        bank.onRate = bank.onBook = () => {
          at.full = true;
        };
        await calls(made, bank);
        expect([await made.call.sum().catch((error) => error.code), at.full]).toEqual(["store-failed", true]);
        if (how === "is closed") await made.plugin.close();
        else leave(path);
        at.full = false;
        bank.onRate = bank.onBook = () => {};
        const again = await account(bank, { store: directoryStore(path) });
        // An effect that had the name of another one would not be done.
        await again.call.book(1);
        const told = [await again.call.sum(), await again.call.calls(), bank.amounts.at(-1) === 1];
        await again.close();
        return told;
      }

      it("a call whose answers cannot be logged does not come back", async () => {
        const calls = async ({ call }: Awaited<ReturnType<typeof opened>>) => {
          await expect(call.exchange(1_000)).rejects.toMatchObject({ code: "store-failed" });
        };
        expect(await found(calls)).toEqual([13n, 3, true]);
      });

      it("a call that was not run, after one that was undone, is nowhere", async () => {
        const calls = async ({ call }: Awaited<ReturnType<typeof opened>>) => {
          await expect(call.exchange(1_000)).rejects.toMatchObject({ code: "store-failed" });
          await expect(call.add(1_000)).rejects.toMatchObject({ code: "store-failed" });
        };
        expect(await found(calls)).toEqual([13n, 3, true]);
      });

      it("a call whose trap cannot be written down does not come back, whatever it would be answered then", async () => {
        const calls = async ({ call }: Awaited<ReturnType<typeof opened>>, bank: Bank) => {
          bank.onRate = () => {
            throw new Error("no rate today");
          };
          const disk = bank.onBook;
          const refused = call.exchange(1_000);
          disk();
          await expect(refused).rejects.toMatchObject({ code: "grant-failed" });
        };
        expect(await found(calls)).toEqual([13n, 3, true]);
      });

      it("a call whose effect cannot be logged does not come back, and no other has its name", async () => {
        const calls = async ({ call }: Awaited<ReturnType<typeof opened>>) => {
          await expect(call.book(1_000)).rejects.toMatchObject({ code: "store-failed" });
        };
        expect(await found(calls)).toEqual([13n, 3, true]);
      });
    });
  });

  it("whose effect cannot be logged is undone, though the effect is done: its answer reached nobody", async () => {
    const path = folder();
    const { at, store } = fullable(path);
    const bank = new Bank();
    const { call } = await opened(bank, store);
    await call.add(5);
    bank.onBook = () => {
      at.full = true;
    };
    await expect(call.book(9)).rejects.toMatchObject({ code: "store-failed" });
    at.full = false;
    expect([await call.sum(), bank.amounts]).toEqual([5n, [9]]);
    leave(path);
    const again = await account(bank, { store: directoryStore(path) });
    expect([await again.call.sum(), bank.amounts]).toEqual([5n, [9]]);
    await again.close();
  });

  it("that cannot take a snapshot is answered, and the plugin tells of it", async () => {
    const path = folder();
    const { at, store } = fullable(path);
    const { call, plugin } = await opened(new Bank(), Object.assign(store, { checkpoint: { calls: 3 } }));
    const told: unknown[] = [];
    plugin.on("error", ({ error }) => told.push(error));
    const begin = store.begin.bind(store);
    store.begin = (...args) => {
      at.full = true;
      try {
        return begin(...args);
      } finally {
        at.full = false;
      }
    };
    for (let n = 1; n <= 5; n++) expect(await call.add(1)).toBe(BigInt(n));
    expect(told).toMatchObject([
      {
        code: "store-failed",
        message: `[store-failed] could not write a snapshot to the directory ${path}: ${errors.ENOSPC}`,
      },
    ]);
    store.begin = begin;
    for (let n = 6; n <= 7; n++) expect(await call.add(1)).toBe(BigInt(n));
    expect(readdirSync(path).filter((name) => name.endsWith(".avro"))).toEqual(["0000000002.avro"]);
  });
});

it("refuses every call after an fsync that failed, or a write that could not be taken back, until it is opened again", async () => {
  for (const harm of ["unsafe", "stuck"] as const) {
    const path = folder();
    const { at, store } = fullable(path);
    const { call, plugin } = await opened(new Bank(), store);
    await call.add(5);
    at[harm] = true;
    at.full = harm === "stuck";
    await expect(call.add(1)).rejects.toMatchObject({ code: "store-failed" });
    Object.assign(at, { full: false, unsafe: false, stuck: false });
    await expect(call.add(1)).rejects.toMatchObject({ code: "store-failed" });
    await plugin.close();
    const again = await account(new Bank(), { store: directoryStore(path) });
    expect(await again.call.sum()).toBe(5n);
    await again.close();
  }
});

describe("a real file system", () => {
  const mounted: string[] = [];
  /** A disk of 256 KiB in memory; where nobody may mount one, the test has nothing to say. */
  function tiny(): string | undefined {
    const path = folder();
    try {
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=256k", "tmpfs", path], { stdio: "ignore" });
    } catch {
      return undefined;
    }
    mounted.push(path);
    return path;
  }
  afterEach(() => {
    for (const path of mounted.splice(0)) execFileSync("umount", ["-l", path]);
  });

  it("that is full refuses calls and loses none, and serves again when there is room", async ({ skip }) => {
    const path = tiny();
    if (!path) return skip();
    const store = join(path, "store");
    const first = await account(new Bank(), { store: directoryStore(store) });
    let acknowledged = 0n;
    let failed: unknown;
    for (let n = 0; n < 10_000 && !failed; n++) {
      try {
        acknowledged = first.callSync.add(1);
      } catch (error) {
        failed = error;
      }
    }
    expect(failed).toMatchObject({
      code: "store-failed",
      message:
        "[store-failed] could not call account.add: it could not be logged: ENOSPC: no space left on device, write; it was not called",
    });
    expect(acknowledged).toBeGreaterThan(1_000n);
    leave(store);
    execFileSync("mount", ["-o", "remount,size=1m", path]);
    expect(await first.call.add(1)).toBe(acknowledged + 1n);
    leave(store);
    const second = await account(new Bank(), { store: directoryStore(store) });
    expect(await second.call.sum()).toBe(acknowledged + 1n);
    await second.close();
  });

  it("that is read-only is refused by name", async ({ skip }) => {
    const path = tiny();
    if (!path) return skip();
    const store = join(path, "store");
    mkdirSync(store);
    execFileSync("mount", ["-o", "remount,ro", path]);
    await expect(account(new Bank(), { store: directoryStore(store) })).rejects.toMatchObject({
      code: "store-failed",
      message: expect.stringMatching(
        new RegExp(`^\\[store-failed\\] could not open the directory ${store}: EROFS: read-only file system`),
      ),
    });
  });

  it("whose path is a file is refused by name", async () => {
    const path = join(folder(), "file");
    writeFileSync(path, "");
    await expect(account(new Bank(), { store: directoryStore(path) })).rejects.toMatchObject({
      code: "store-failed",
      message: expect.stringMatching(/^\[store-failed\] could not open the directory .*file: EEXIST/),
    });
  });
});

/** A plugin with one call, and a `verify` in which another one is undone, because the disk is full. */
async function undoing() {
  const { at, store } = fullable(folder());
  const bank = new Bank();
  const { call, plugin } = await opened(bank, store);
  await call.add(5);
  bank.onRate = () => {
    at.full = true;
  };
  const verify = async () => {
    await expect(call.exchange(1_000)).rejects.toMatchObject({ code: "store-failed" });
    at.full = false;
  };
  return { call, plugin, verify };
}

async function opened(bank: Bank, store: ReturnType<typeof directoryStore>) {
  const plugin = await account(bank, { store });
  return { plugin, call: plugin.call, callSync: plugin.callSync, snapshot: () => plugin.snapshot() };
}
