import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { PluginError } from "../../host/mod.ts";
import { directoryOn } from "../../host/node/directory.ts";
import { directoryStore } from "../../host/node/mod.ts";
import { account, Bank, IMPOSSIBLE, version } from "./account.ts";
import { crashed, recordedDisk, type Write } from "./recorded-disk.ts";

/** A write, and what was true before it happened. */
interface Moment {
  readonly write: Write;
  /** Calls that were acknowledged. */
  readonly acknowledged: number;
  /** Bookings that the bank had made. */
  readonly booked: number;
}

interface Story {
  readonly moments: readonly Moment[];
  /** What the account was after so many calls: its sum, and its own count. */
  readonly states: readonly (readonly [bigint, number])[];
  readonly booked: Bank["booked"];
  /** Writes until the load had come back: before, there is no plugin. */
  readonly loaded: number;
}

type Fsync = "always" | "interval" | "never";

/**
 * Calls of every kind, snapshots between them, swaps, a rollback that was asked for and one that was not, and the end.
 *
 * @param brief three calls, and one snapshot between them
 */
async function story(fsync: Fsync, brief = false): Promise<Story> {
  const folder = mkdtempSync(join(tmpdir(), "moult-crash-"));
  const moments: Moment[] = [];
  const states: [bigint, number][] = [[0n, 0]];
  const bank = new Bank();
  bank.fixedRate = 3;
  const tell = (write: Write) =>
    moments.push({ write, acknowledged: states.length - 1, booked: bank.booked.length });
  const store = directoryOn(folder, {
    fsync,
    disk: recordedDisk(tell),
    checkpoint: { calls: brief ? 2 : 5 },
  });
  const plugin = await account(bank, { store });
  const loaded = moments.length;
  const { call } = plugin;
  let sum = 0n;
  const done = (next: bigint) => {
    sum = next;
    states.push([sum, states.length]);
  };
  const each = async () => {
    done(await call.add(1));
    done(await call.exchange(10));
    await call.book(1_000);
    done(sum + 1_000n);
    done(await call.bookTwice(5));
    await expect(call.take(4_000_000)).rejects.toMatchObject({ code: "guest-error" });
    done(sum);
  };
  const end = async () => {
    expect([await call.sum(), await call.calls()]).toEqual(states.at(-1));
    await plugin.close();
    rmSync(folder, { recursive: true });
    return { moments, states, booked: bank.booked, loaded };
  };
  if (brief) {
    done(await call.exchange(10));
    done(await call.add(1));
    done(await call.add(2));
    return end();
  }
  await each();
  await each();
  await plugin.swap(await version("wider"), { probation: {} });
  done(await call.add(2));
  await plugin.rollback();
  done(await call.exchange(7));
  await plugin.swap(await version("wider"), { probation: {} });
  done(await call.add(4));
  // The version on probation traps and goes back by itself, and the one before answers.
  bank.nextRate = IMPOSSIBLE;
  done(await call.exchange(8));
  expect(plugin.history().at(-1)).toMatchObject({ outcome: "rolled-back", replayed: { calls: 1 } });
  done(await call.add(1));
  // Its calls mean something else: run again by the version before, they would show.
  await plugin.swap(await version("generous"));
  await each();
  return end();
}

/** Crashes at a moment, recovers, and looks whether every acknowledged call is there. */
async function recovers(
  { moments, states, booked, loaded }: Story,
  at: number,
  how: { readonly cut?: number; readonly power?: boolean },
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "moult-crash-"));
  const writes = moments.slice(0, how.cut === undefined ? at : at + 1).map(({ write }) => write);
  crashed(folder, writes, how);
  const now = moments[at] ?? { acknowledged: states.length - 1, booked: booked.length };
  const bank = new Bank();
  bank.fixedRate = 3;
  bank.booked.push(...booked.slice(0, now.booked));
  const open = (name: string) => account(bank, { store: directoryStore(folder, { fsync: "never" }) }, name);
  const another = (name: string) => (error: unknown) => {
    if (error instanceof PluginError && ["bad-store", "incompatible-state"].includes(error.code))
      return open(name);
    throw error;
  };
  const plugin = await open("account").catch(another("generous")).catch(another("wider"));
  const found = [await plugin.call.sum(), await plugin.call.calls()] as const;
  const next = states[now.acknowledged + 1];
  const where = `write ${at} (${moments[at]?.write.op} ${moments[at]?.write.path}), ${JSON.stringify(how)}`;
  expect([states[now.acknowledged], ...(next ? [next] : [])], where).toContainEqual(found);
  if (at < loaded) expect(found[1]).toBe(0);
  // The bank made no booking twice, because an effect that is asked for again has the same name.
  const ids = bank.booked.map(({ id }) => id);
  expect(new Set(ids).size, where).toBe(ids.length);
  expect(bank.amounts, where).toEqual(booked.slice(0, ids.length).map(({ amount }) => amount));
  // It works on.
  expect(await plugin.call.exchange(1), where).toBe(found[0] + 3n);
  await plugin.close();
  rmSync(folder, { recursive: true });
}

/**
 * Crashes at every write, and within every one.
 *
 * @param places where a write of so many bytes is cut
 * @returns how many crashes that were
 */
async function recoversAnywhere(told: Story, places: (length: number) => number[]): Promise<number> {
  let crashes = 0;
  for (const [at, { write }] of told.moments.entries()) {
    await recovers(told, at, {});
    crashes++;
    if (write.op !== "write") continue;
    const { length } = write.bytes;
    for (const cut of new Set(places(length))) {
      if (cut >= length) continue;
      await recovers(told, at, { cut });
      crashes++;
    }
  }
  await recovers(told, told.moments.length, {});
  return crashes;
}

it("recovers from every prefix, and from every torn write, of a short life", async () => {
  await recoversAnywhere(await story("never", true), (length) => [length >> 1, length - 1]);
});

it("recovers from a power cut at every write of a short life", async () => {
  const told = await story("always", true);
  for (const at of told.moments.keys()) await recovers(told, at, { power: true });
});

it("F30, F33: recovers every acknowledged call from every prefix of what was written, and from every torn write", async () => {
  const places = (length: number) => [1, 4, 11, 12, 13, length >> 1, length - 1];
  expect(await recoversAnywhere(await story("never"), places)).toBeGreaterThan(300);
});

it("F31, F33: recovers every acknowledged call after a power cut at every write, with fsync always", async () => {
  const told = await story("always");
  for (const at of told.moments.keys()) await recovers(told, at, { power: true });
});
