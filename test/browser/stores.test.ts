/** Stores of browsers: a page that is killed at any write comes back with every acknowledged call. */
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { CHROMIUM, FIREFOX } from "../vite/browser.ts";
import { kill, profile } from "./ending.ts";
import type { Damage } from "./pages/damage.ts";
import type { Life } from "./pages/life.ts";
import { StoreSite } from "./site.ts";
import { endWorker, livesUpTo, tell, visited, type Where } from "./told.ts";

/** What the account is after so many calls; its own count of them is the index. */
const SUMS = [0, 1, 31, 1_031, 1_333, 1_335, 1_356, 1_860];
/** Every so many writes, a page ends at one: all of them where the environment says so. */
const EACH = process.env.MOULT_EVERY_CRASH ? 1 : 31;

/** Milliseconds for all of them. */
const LONG = 3_600_000;

const KINDS = ["opfs", "indexed-db"] as const;
type Kind = (typeof KINDS)[number];
const NAMES: Record<Kind, string> = { opfs: "OPFS", "indexed-db": "IndexedDB" };

type Damaged = readonly [damage: Omit<Damage, keyof Life>, message: RegExp];

/** What is damaged, how, and what is said of it. The journal in force is `b`'s: `a` is written to first by the next. */
const DAMAGES: Record<Kind, readonly Damaged[]> = {
  opfs: [
    [
      { how: "turn", file: "b.journal", at: 100 },
      /\[bad-store\] could not read the OPFS store "\S+": b\.journal cannot be used: its first record is damaged; nothing of it was changed/,
    ],
    [{ how: "empty", file: "b.journal" }, /\[bad-store\] .*: found b\.avro and no journal/],
    [
      { how: "turn", file: "b.avro", at: 30 },
      /\[bad-store\] .*: b\.avro is not the snapshot that b\.journal begins with/,
    ],
    [
      { how: "stranger", file: "notes.txt" },
      /\[bad-store\] .*: found notes\.txt, which no store of moult has/,
    ],
  ],
  "indexed-db": [
    [
      { how: "turn", file: "1", at: 30 },
      /\[bad-store\] could not read the IndexedDB store "\S+": its record 1 is damaged; nothing of it was changed/,
    ],
    [{ how: "empty", file: "1" }, /\[bad-store\] .*: its record 1 is gone/],
    [{ how: "empty", file: "begun" }, /\[bad-store\] .*: found a journal and no snapshot/],
    [
      { how: "turn", file: "begun", at: 30 },
      /\[bad-store\] .*: its snapshot is not the one that its journal begins with/,
    ],
  ],
};

let site: StoreSite;
let lives = 0;
beforeAll(async () => {
  site = await StoreSite.serve();
});
afterAll(() => site?.close());

const lifeIn = (kind: Kind): Life => ({ kind, name: `life-${lives++}` });

/** Looks whether what another page finds is what was acknowledged, or one call more; and works on. */
async function comesBack(page: Page, where: Where, life: Life, at: string): Promise<void> {
  const found = (await tell(page, where, "found", life)) as { sum: number; calls: number; next: number };
  const { acknowledged, booked } = site.life(life.name);
  const { length } = acknowledged;
  const states = [length, length + 1].map((calls) => ({ calls, sum: SUMS[calls] }));
  expect(states, at).toContainEqual({ calls: found.calls, sum: found.sum });
  expect(found.next, at).toBe(found.sum + 3);
  expect([...booked.values()], at).toEqual([1_000, 5, 5].slice(0, booked.size));
}

for (const { name, there, launch } of [CHROMIUM, FIREFOX]) {
  describe.skipIf(!there)(`in ${name}`, () => {
    let browser: Browser;
    beforeAll(async () => {
      browser = await launch();
    });
    afterAll(() => browser?.close());
    afterEach(async () => {
      for (const context of browser.contexts()) await context.close();
    });

    describe.each(KINDS)("a store in %s", (kind) => {
      it("brings a page back with every acknowledged call, wherever its worker ended", {
        timeout: LONG,
      }, async () => {
        const page = await visited(site, await browser.newContext());
        const whole = lifeIn(kind);
        await tell(page, "worker", "live", whole);
        const { writes, acknowledged } = site.life(whole.name);
        expect(acknowledged.length).toBe(SUMS.length - 1);
        await comesBack(page, "worker", whole, "its end");
        for (let write = EACH >> 1; write < writes.length; write += EACH) {
          const life = lifeIn(kind);
          const torn = writes[write] === "write";
          await livesUpTo({ site, page, where: "worker", life }, { write, torn });
          await endWorker(page);
          await comesBack(page, "worker", life, `write ${write} (${writes[write]})`);
        }
      });

      it("has one owner: another page is told who it is, or waits and comes after it with every call", async () => {
        const context = await browser.newContext();
        const [first, second] = [await visited(site, context), await visited(site, context)];
        const life = lifeIn(kind);
        await tell(first, "worker", "hold", life);
        expect(await tell(first, "worker", "add", 5, false)).toBe(5);
        await expect(tell(second, "worker", "hold", life)).rejects.toThrow(
          `[store-locked] could not open the ${NAMES[kind]} store "${life.name}": the worker ${site.url}worker.js (since 20`,
        );
        expect(await tell(second, "worker", "waitInVain", life)).toMatch(
          /^\[store-locked\] .*: the worker http\S+ \(since \S+\) has it, and the wait for it was given up$/,
        );
        const waited = tell(second, "worker", "hold", { ...life, wait: true });
        expect(await tell(first, "worker", "add", 6, false)).toBe(11);
        await first.close();
        expect(await waited).toBe(11);
        expect(await tell(second, "worker", "add", 1, false)).toBe(12);
        // And from a plugin that is closed, in the same page.
        await tell(second, "worker", "release", undefined, false);
        expect(await tell(second, "worker", "hold", life)).toBe(12);
      });

      it("acknowledges nothing once its lock was taken away", async () => {
        const context = await browser.newContext();
        const [first, second] = [await visited(site, context), await visited(site, context)];
        const life = lifeIn(kind);
        await tell(first, "worker", "hold", life);
        await tell(first, "worker", "add", 5, false);
        await tell(second, "page", "steal", life);
        await expect(tell(first, "worker", "add", 6, false)).rejects.toThrow(
          /^.*\[store-locked\] could not call account\.add: it could not be logged: could not write to the \w+ store "life-\d+": its lock was taken away/,
        );
      });

      it("is refused when it is damaged, and nothing of it is changed", async () => {
        const page = await visited(site, await browser.newContext());
        for (const [damage, message] of DAMAGES[kind]) {
          const life = { ...lifeIn(kind), calls: 100 };
          await tell(page, "worker", "hold", life);
          for (const n of [5, 6]) await tell(page, "worker", "add", n, false);
          await endWorker(page);
          await tell(page, "worker", "damage", { ...life, ...damage });
          await expect(tell(page, "worker", "hold", life)).rejects.toThrow(message);
          if (damage.how !== "turn") continue;
          await tell(page, "worker", "damage", { ...life, ...damage });
          expect(await tell(page, "worker", "hold", life)).toBe(11);
        }
      });
    });

    it("a store in OPFS answers at once, and is for workers", async () => {
      const page = await visited(site, await browser.newContext());
      const life = lifeIn("opfs");
      await tell(page, "worker", "hold", life);
      for (const sum of [2, 4, 6, 8]) expect(await tell(page, "worker", "addAtOnce", 2, false)).toBe(sum);
      await expect(tell(page, "page", "hold", lifeIn("opfs"))).rejects.toThrow(
        /\[store-failed\] could not open the OPFS store "life-\d+": only dedicated workers have FileSystemSyncAccessHandle; load the plugin in one, or keep it in indexedDbStore\(\)/,
      );
    });
  });
}

describe.skipIf(!CHROMIUM.there)(`in ${CHROMIUM.name}, whose processes are killed`, () => {
  const where = { opfs: "worker", "indexed-db": "page" } as const;
  const MIDST = { opfs: 40, "indexed-db": 24 } as const;

  it.each(KINDS)("a store in %s outlives its page's process", async (kind) => {
    const browser = await CHROMIUM.launch();
    try {
      const context = await browser.newContext();
      const keeper = await visited(site, context);
      const life = lifeIn(kind);
      const page = await visited(site, context);
      await livesUpTo({ site, page, where: where[kind], life }, { write: MIDST[kind], torn: false });
      await kill(browser, "renderer");
      await keeper.close();
      await comesBack(await visited(site, context), where[kind], life, "its end");
    } finally {
      await browser.close();
    }
  });

  it.each(KINDS)("a store in %s outlives its browser", async (kind) => {
    const { launch, remove } = profile();
    const life = { ...lifeIn(kind), durability: "relaxed" } as const;
    const first = await launch();
    const page = await visited(site, first);
    await livesUpTo({ site, page, where: where[kind], life }, { write: MIDST[kind], torn: false });
    const gone = new Promise<void>((resolve) => first.once("close", () => resolve()));
    await kill(first.browser()!, "browser");
    await gone;
    const second = await launch();
    await comesBack(await visited(site, second), where[kind], life, "its end");
    await second.close();
    remove();
  });

  it.each(KINDS)(
    "a store in %s says that there is no room, loses nothing, and works on when there is",
    async (kind) => {
      const browser = await CHROMIUM.launch();
      try {
        const page = await visited(site, await browser.newContext());
        const session = await page.context().newCDPSession(page);
        const { origin } = new URL(site.url);
        await session.send("Storage.overrideQuotaForOrigin", { origin, quotaSize: 6_000_000 });
        await tell(page, "worker", "begin", lifeIn(kind));
        expect(await tell(page, "worker", "appendMuch", undefined, false)).toMatch(
          /^the browser gives this site no more room/,
        );
        await session.send("Storage.overrideQuotaForOrigin", { origin });
        expect(await tell(page, "worker", "appendLittle", undefined, false)).toEqual([
          "head",
          "first",
          "last",
        ]);
      } finally {
        await browser.close();
      }
    },
  );
});
