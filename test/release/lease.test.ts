/** One of several does what one is enough for. */
import { expect, test } from "vitest";
import { LEASE, Lease } from "../../host/release/lease.ts";
import { memoryFabric } from "../../host/remote/mod.ts";
import { Clock } from "../scale/clock.ts";

function several(count: number) {
  const fabric = memoryFabric();
  const clock = new Clock();
  const all = Array.from({ length: count }, () => new Lease(fabric, "lease", clock));
  /** Each looks so many times: who has it after each time, by its number. */
  const looked = async (who: readonly Lease[], times: number) => {
    const found: number[][] = [];
    for (let i = 0; i < times; i++) {
      const own: number[] = [];
      for (const each of who) if (await each.look()) own.push(all.indexOf(each));
      found.push(own);
      await clock.run(clock.pause(LEASE), 2 * LEASE);
    }
    return found;
  };
  return { fabric, clock, all, looked };
}

test("a lease is one's as long as that one renews it, and another's soon after", async () => {
  const { all, looked } = several(3);
  expect(await looked(all, 20)).toEqual(Array(20).fill([0]));
  expect(await looked(all.slice(1), 6)).toEqual([[], [], [1], [1], [1], [1]]);
});

test("a lease that was taken from one who was frozen is not its own any more", async () => {
  const { all, looked } = several(2);
  await looked(all, 2);
  await looked(all.slice(1), 5);
  expect(await looked(all, 8)).toEqual(Array(8).fill([1]));
});

test("a lease that is let go of is the next one's at once", async () => {
  const { all, looked } = several(2);
  await looked(all, 2);
  await all[0]!.end();
  expect(await looked(all.slice(1), 2)).toEqual([[1], [1]]);
  // What another one took is not let go of.
  await all[0]!.end();
  expect(await looked(all.slice(1), 1)).toEqual([[1]]);
});

test("a lease that could not be renewed for a while stays one's own, where nobody took it", async () => {
  const { fabric, all, looked, clock } = several(1);
  await looked(all, 1);
  const { update } = fabric.kv;
  fabric.kv.update = async () => Promise.reject(new Error("away"));
  await expect(all[0]!.look()).rejects.toThrow("away");
  fabric.kv.update = update.bind(fabric.kv);
  await clock.run(clock.pause(LEASE), 2 * LEASE);
  expect(await looked(all, 1)).toEqual([[0]]);
});
