/** A plugin that is granted to others: their calls go to the version that serves. */
import { expect, test } from "vitest";
import { z } from "zod";
import { capability, contract, load } from "../../host/mod.ts";
import { refused } from "../faults/guest.ts";
import { Adding, Base, Below, Failing, guest, Top } from "./guest.ts";

/** All that a dependent has to serve. */
const Leaf = contract("test:dependencies/middle@1", { add: { params: [z.uint32()], returns: z.uint32() } });

async function pair() {
  const base = await load(Adding, await guest("base"));
  const grant = await base.grant({ reads: ["total", "sum"] });
  const middle = await load(Below, await guest("middle"), { grant: [grant] });
  const total = () => base.as(Base).call.total();
  return { base, middle, grant, total };
}

test("a plugin calls another one", async () => {
  const { middle, total } = await pair();
  expect(await middle.call.add(3)).toBe(3);
  expect(middle.callSync.add(4)).toBe(7);
  expect([await total(), await middle.call.below(), await middle.call.sumBelow()]).toEqual([7, 7, 7]);
});

test("an err of the provider's is a value", async () => {
  const { middle } = await pair();
  expect([await middle.call.half(4), await middle.call.half(3)]).toEqual(["2", "err: an odd number"]);
});

test("a swap of the provider is seen by the dependent at once, and one of the dependent by its callers", async () => {
  const { base, middle } = await pair();
  await middle.call.add(1);
  await base.swap(await guest("base-wider", { version: "1.1.0" }));
  expect([await middle.call.add(2), await middle.call.below(), await middle.call.sumBelow()]).toEqual([
    3, 3, 3,
  ]);
  await middle.swap(await guest("middle", { version: "1.1.0" }));
  expect([await middle.call.add(2), await middle.call.sumBelow(), base.version]).toEqual([5, 5, "1.1.0"]);
});

test("a provider may answer more than its dependent was built for", async () => {
  const base = await load(Base, await guest("base-wider"));
  const middle = await load(Below, await guest("middle"), { grant: [await base.grant()] });
  await middle.call.add(2);
  expect(await middle.call.sumBelow()).toBe(2);
});

test("a swap that would break a dependent is refused by name, rehearsed too, before any of its code runs", async () => {
  const { base, middle } = await pair();
  const narrow = await guest("base-narrow", { version: "2.0.0" });
  const why =
    "[broken-dependency] could not swap base 1.0.0: base 2.0.0 does not serve what middle 1.0.0 uses: " +
    "sum: wanted () -> record { total: u32 }, found no such function; " +
    "version 1.0.0 still serves";
  expect(await refused(base.swap(narrow))).toBe(why);
  expect(await refused(base.swap(narrow, { dryRun: true }))).toBe(why);
  expect(await middle.call.add(2)).toBe(2);
});

test("what a dependent does not use any more binds its provider no longer", async () => {
  const { base, middle } = await pair();
  const narrow = await guest("base-narrow", { version: "2.0.0" });
  const leaf = await load(Leaf, await guest("leaf", { name: "middle" }), { grant: [await base.grant()] });
  await middle.close();
  await base.swap(narrow);
  expect(await leaf.call.add(2)).toBe(2);
  expect(await refused(leaf.swap(await guest("middle", { version: "2.0.0" }), { approve: () => true }))).toBe(
    "[broken-dependency] could not swap middle 1.0.0: base 2.0.0 does not serve what middle 2.0.0 uses: " +
      "sum: wanted () -> record { total: u32 }, found no such function; " +
      "version 1.0.0 still serves",
  );
  await leaf.close();
  await base.close();
});

test("a version that a rollback of the provider's returns to counts, as one that a rollback of the dependent's does", async () => {
  const base = await load(Adding, await guest("base-narrow"));
  const grant = await base.grant();
  await base.swap(await guest("base", { version: "1.1.0" }), { probation: { calls: 100 } });
  expect(await refused(load(Below, await guest("middle"), { grant: [grant] }))).toBe(
    "[broken-dependency] could not load middle: base 1.0.0 does not serve what middle 1.0.0 uses: " +
      "sum: wanted () -> record { total: u32 }, found no such function",
  );
  base.accept();
  const middle = await load(Leaf, await guest("middle"), { grant: [grant] });
  await middle.swap(await guest("leaf", { name: "middle", version: "1.1.0" }), {
    reset: true,
    probation: { calls: 100 },
  });
  expect(await refused(base.swap(await guest("base-narrow", { version: "2.0.0" })))).toContain(
    "what middle 1.0.0 uses",
  );
  await middle.rollback();
  expect(await middle.call.add(1)).toBe(1);
});

test("a failure of the provider is no answer of its", async () => {
  const { middle } = await pair();
  expect(await refused(middle.call.failBelow())).toBe(
    "[grant-failed] could not call middle.failBelow: the grant test:dependencies/base@1.0.0#fail failed in the plugin that " +
      "serves it: could not call base.fail: version 1.0.0 trapped: unreachable; it is not called again until it is swapped " +
      'or rolled back; with a store, or afterTrap: "restart", it would come back by itself; now it is not called again until ' +
      "it is swapped or rolled back",
  );
});

test("a provider that comes back by itself serves its dependents again", async () => {
  const base = await load(Base, await guest("base"), { afterTrap: "restart" });
  const grant = [await base.grant({ reads: ["total"] })];
  const middle = await load(Below, await guest("middle"), { grant, afterTrap: "restart" });
  await middle.call.add(2);
  expect(await refused(middle.call.failBelow())).toContain("[grant-failed]");
  expect([await middle.call.add(2), await middle.call.below()]).toEqual([4, 4]);
});

test("a call of a dependent waits until its provider, which trapped, is there again", async () => {
  const base = await load(Base, await guest("base"), { afterTrap: "restart" });
  const middle = await load(Below, await guest("middle"), { grant: [await base.grant()] });
  const failed = refused(base.as(Failing).call.fail());
  const waiting = middle.call.add(2);
  expect([await failed, await waiting]).toEqual([
    expect.stringContaining("[trapped] could not call base.fail"),
    2,
  ]);
  expect([await base.call.total(), base.generation]).toEqual([2, 2]);
});

test("a provider on probation that traps in a dependent's call is rolled back, and the call is answered", async () => {
  const { base, middle, total } = await pair();
  await middle.call.add(1);
  await base.swap(await guest("base-trapping", { version: "2.0.0" }), { probation: { calls: 100 } });
  expect([await middle.call.add(2), await total(), base.version]).toEqual([3, 3, "1.0.0"]);
});

test("a dependent that is rolled back repeats nothing in its provider", async () => {
  const { middle, total } = await pair();
  await middle.swap(await guest("middle", { version: "2.0.0" }), { probation: { calls: 100 } });
  await middle.call.add(1);
  await middle.call.add(2);
  const { replayed } = await middle.rollback();
  expect([replayed, await middle.call.total(), await total()]).toEqual([{ calls: 2, divergences: 0 }, 3, 3]);
});

test("a twin of a dependent may read its provider, and changes nothing in it", async () => {
  const { middle, total } = await pair();
  await middle.call.add(1);
  const seen: unknown[] = [];
  await middle.swap(await guest("middle", { version: "2.0.0" }), {
    verify: async ({ call }) => {
      seen.push(await call.below());
      seen.push(await call.add(5).catch(({ message }: Error) => message));
    },
  });
  expect(seen[0]).toBe(1);
  expect(seen[1]).toContain(
    "test:dependencies/base@1.0.0#add has an effect, which is refused before the cutover",
  );
  expect(await total()).toBe(1);
});

test("a mirror of a dependent takes the provider's answers from the call that it repeats", async () => {
  const { middle, total } = await pair();
  const mirror = await middle.mirror(await guest("middle", { version: "2.0.0" }));
  await middle.call.add(1);
  await middle.call.add(2);
  expect(await mirror.report()).toEqual({ calls: 2, compared: 2, differing: 0 });
  mirror.close();
  expect(await total()).toBe(3);
});

test("a plugin that others call is closed after them", async () => {
  const { base, middle } = await pair();
  expect(await refused(base.close())).toBe(
    "[in-use] could not close base: middle 1.0.0 would have nothing to call; close what calls it first",
  );
  expect(await middle.call.add(1)).toBe(1);
  await middle.close();
  await base.close();
  expect(await refused(base.grant())).toBe("[closed] could not grant base: it was closed");
});

test("a grant of a plugin that was closed serves nothing", async () => {
  const base = await load(Base, await guest("base"));
  const grant = await base.grant();
  await base.close();
  expect(await refused(load(await guest("middle"), { grant: [grant] }))).toBe(
    "[closed] could not load middle: base, which it calls, was closed",
  );
});

test("a plugin that could not begin calls nothing", async () => {
  const base = await load(Base, await guest("base"));
  const grant = [await base.grant()];
  await refused(load(await guest("middle"), { grant, state: new Uint8Array(3) }));
  await refused(load(await guest("top"), { grant }));
  await base.close();
});

test("what calls back into the plugin that it serves is refused, and nothing waits for itself", async () => {
  const answers: Promise<string>[] = [];
  const base = await load(
    Base,
    await guest("middle", { name: "lower", interface: "test:dependencies/base@1.0.0" }),
    {
      grant: [
        capability(
          "test:dependencies/base@1.0.0",
          {
            add: { params: [z.uint32()], returns: z.uint32() },
            total: { params: [], returns: z.uint32() },
            sum: { params: [], returns: z.object({ total: z.uint32() }) },
            half: { params: [z.uint32()], returns: z.uint32(), fails: true },
            fail: { params: [], returns: z.uint32() },
          },
          () => ({
            add: (step) => {
              for (const call of [() => leaf.callSync.add(1), () => leaf.call.add(1)]) {
                answers.push(refused(call as () => unknown));
              }
              return step;
            },
            total: () => 0,
            sum: () => ({ total: 0 }),
            half: (step) => step,
            fail: () => 0,
          }),
        ),
      ],
    },
  );
  const leaf = await load(Leaf, await guest("leaf", { name: "middle" }), { grant: [await base.grant()] });
  expect(await leaf.call.add(1)).toBe(1);
  const why = "a grant of the same plugin is being called, and the plugin waits for it";
  expect(await Promise.all(answers)).toEqual(Array(2).fill(`[reentrant] could not call middle.add: ${why}`));
});

test("what cannot be granted is refused by name", async () => {
  const bare = await load(await guest("base", { interface: "test:dependencies/base@1.0.0" }));
  expect(await refused(bare.grant({ reads: ["tota"] }))).toContain("[argument] could not use reads: found");
  expect(await refused(bare.grant({ reads: "total" as never }))).toContain(
    "a list of functions that only look",
  );
  expect(await refused(bare.grant({ async: 1 as never }))).toContain("could not use async");
  expect(await refused(bare.grant(5 as never))).toContain("could not use the options of grant");
  const top = await load(Top, await guest("top"), { grant: [await bare.grant()] }).catch((error) => error);
  expect(top.message).toBe(
    "[missing-grant] could not load top 1.0.0: it asks for what it was not granted: test:dependencies/middle@1.0.0",
  );
});
