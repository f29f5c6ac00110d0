/** Keyed instances on nodes that share a fabric in memory. */
import { afterEach, describe, expect, test } from "vitest";
import type { Fabric } from "../../host/fabric/fabric.ts";
import { nodeSubject } from "../../host/keyed/address.ts";
import {
  callKeyed,
  hostKeyed,
  type KeyedCallerOptions,
  type KeyedHost,
  type KeyedHostOptions,
  keyedNodesIn,
  ownerOf,
  placeOf,
} from "../../host/keyed/mod.ts";
import { parcel, readParcel } from "../../host/keyed/parcel.ts";
import { saidSchema } from "../../host/keyed/said.ts";
import { type FunctionsOf, PluginError } from "../../host/mod.ts";
import { changePlan, publish } from "../../host/release/mod.ts";
import { memoryFabric } from "../../host/remote/mod.ts";
import { changed } from "../fabric/changed.ts";
import { eventually, thrown } from "../fabric/seen.ts";
import { NAME, opened, Room, room, Talk } from "./room.ts";

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});
const kept = <T extends { close(): unknown }>(one: T): T => {
  open.push(one);
  return one;
};

const fabricWithRooms = async () => {
  const fabric = kept(memoryFabric());
  await opened(fabric);
  return fabric;
};
const hosting = async (fabric: Fabric, options: KeyedHostOptions = {}) => {
  const host = kept(await hostKeyed(fabric, NAME, { interval: 500, ...options }));
  const faults: unknown[] = [];
  host.on("fault", (fault) => faults.push(fault));
  return Object.assign(host, { faults });
};
const calling = async (fabric: Fabric, options: KeyedCallerOptions<FunctionsOf<typeof Room>> = {}) =>
  kept(await callKeyed(fabric, Room, NAME, { timeout: 10_000, ...options }));
/** Asks a node to take a key from one that does not have it. */
async function claim(fabric: Fabric, key: string, node: string) {
  const bytes = parcel({ do: "take", key, from: "nobody", epoch: 0 });
  const answer = await fabric.call(nodeSubject(NAME, node), { bytes }, { timeout: 10_000 });
  return readParcel(saidSchema, answer.bytes, "what it said").head.is;
}

/** The same fabric for one who can be frozen: what is to be written waits. */
function freezing(fabric: Fabric) {
  let thawed = Promise.resolve();
  let thaw = () => {};
  const update: Fabric["kv"]["update"] = (...args) => thawed.then(() => fabric.kv.update(...args));
  const put: Fabric["kv"]["put"] = (...args) => thawed.then(() => fabric.kv.put(...args));
  return {
    fabric: changed(fabric, { kv: changed(fabric.kv, { update, put }) }),
    freeze: () => {
      thawed = new Promise((resolve) => {
        thaw = resolve;
      });
    },
    thaw: () => thaw(),
  };
}
const KEYS = Array.from({ length: 24 }, (_, i) => `room-${i}`);
const hasAll = (host: KeyedHost, keys: readonly string[]) =>
  eventually(async () => keys.every((key) => host.keys.includes(key)));

describe("a key", () => {
  test("has one instance with a state of its own, on the node that it belongs to", async () => {
    const fabric = await fabricWithRooms();
    const nodes = [await hosting(fabric), await hosting(fabric), await hosting(fabric)];
    const rooms = await calling(fabric);
    for (const key of KEYS) expect(await rooms.of(key).call.say(1)).toBe(1);
    for (const key of KEYS) expect(await rooms.of(key).call.say(2)).toBe(2);
    const names = nodes.map(({ node }) => node);
    for (const key of KEYS) {
      const owner = await ownerOf(fabric, NAME, key);
      expect(owner).toMatchObject({ node: placeOf(names, key), epoch: 1, version: "1.0.0" });
      expect(nodes.filter(({ keys }) => keys.includes(key)).map(({ node }) => node)).toEqual([owner!.node]);
    }
    expect(await ownerOf(fabric, NAME, "never called")).toBeUndefined();
  });

  test("may be any text, and no two are one", async () => {
    const fabric = await fabricWithRooms();
    await hosting(fabric);
    const rooms = await calling(fabric);
    const odd = [
      "",
      ".",
      "..",
      "_",
      "a.b",
      "a_2eb",
      "../../x",
      "é",
      "e\u0301",
      "💬",
      "\0",
      "\n",
      "a b",
      "*",
      ">",
    ];
    odd.push("x".repeat(1024), "💬".repeat(512), `${"x".repeat(1023)}y`, "_x", "__proto__", "constructor");
    for (const [i, key] of odd.entries()) expect(await rooms.of(key).call.say(i)).toBe(1);
    for (const [i, key] of odd.entries()) expect(await rooms.of(key).call.said()).toEqual([i]);
    for (const key of ["x".repeat(1025), "\ud800", 7, undefined])
      expect(await thrown((async () => rooms.of(key as string))())).toMatchObject({ code: "argument" });
  });

  test("that nodes claim at once is claimed by one of them", async () => {
    const fabric = await fabricWithRooms();
    const nodes = await Promise.all([hosting(fabric), hosting(fabric), hosting(fabric)]);
    for (const key of KEYS.slice(0, 8)) {
      const said = await Promise.all(nodes.map(({ node }) => claim(fabric, key, node)));
      expect(said.toSorted()).toEqual(["refused", "refused", "taken"]);
      const { node } = (await ownerOf(fabric, NAME, key))!;
      expect(nodes[said.indexOf("taken")]!.node).toBe(node);
    }
  });

  test("that nobody calls is closed, and comes back with its state", async () => {
    const fabric = await fabricWithRooms();
    const host = await hosting(fabric, { maxInstances: 3 });
    const rooms = await calling(fabric);
    for (const [i, key] of KEYS.entries()) await rooms.of(key).call.say(i);
    expect(host.keys.length).toBeLessThanOrEqual(3);
    for (const [i, key] of KEYS.entries()) expect(await rooms.of(key).call.said()).toEqual([i]);
    const brief = await hosting(fabric, { idle: 0 });
    await host.close();
    await rooms.of("room-1").call.say(7);
    await eventually(async () => brief.keys.length === 0);
    expect((await ownerOf(fabric, NAME, "room-1"))!.node).toBeUndefined();
    expect(await rooms.of("room-1").call.said()).toEqual([1, 7]);
  });

  test("keeps what was acknowledged before a call that traps", async () => {
    const fabric = await fabricWithRooms();
    await hosting(fabric);
    const one = (await calling(fabric)).of("a").call;
    const calls = [one.say(1), one.fall(), one.say(2)];
    expect((await Promise.allSettled(calls)).map(({ status }) => status)).toEqual([
      "fulfilled",
      "rejected",
      "fulfilled",
    ]);
    expect(await one.said()).toEqual([1, 2]);
  });

  test("whose state is too large for the fabric is as it was before the call", async () => {
    const fabric = await fabricWithRooms();
    await hosting(fabric);
    const one = (await calling(fabric)).of("a").call;
    await one.say(1);
    const error = await thrown(one.swell(2_000_000));
    expect(error).toMatchObject({ code: "too-large" });
    expect(error.message).toContain("it was called, and nothing that it changed was kept");
    expect(await one.said()).toEqual([1]);
  });
});

describe("a node", () => {
  test("that comes gets its keys, and one that leaves gives them, with no call lost or doubled", async () => {
    const fabric = await fabricWithRooms();
    // Nobody is taken for gone, however busy the machine is.
    const calm = { interval: 3_000 };
    const first = await hosting(fabric, calm);
    const talk = new Talk(await calling(fabric), KEYS);
    await hasAll(first, KEYS);
    const second = await hosting(fabric, calm);
    const third = await hosting(fabric, calm);
    const nodes = [first, second, third].map(({ node }) => node);
    for (const each of [first, second, third])
      await hasAll(
        each,
        KEYS.filter((key) => placeOf(nodes, key) === each.node),
      );
    await first.close();
    const left = [second.node, third.node];
    for (const each of [second, third])
      await hasAll(
        each,
        KEYS.filter((key) => placeOf(left, key) === each.node),
      );
    await talk.stop();
    expect(talk.errors).toEqual([]);
    expect(talk.answered).toBeGreaterThan(KEYS.length);
    expect(await talk.wrong()).toEqual([]);
  });

  test("that cannot restore a key does not get it", async () => {
    const fabric = await fabricWithRooms();
    const first = await hosting(fabric);
    const rooms = await calling(fabric);
    for (const [i, key] of KEYS.entries()) await rooms.of(key).call.say(i);
    const load = () => {
      throw new Error("no room");
    };
    const second = await hosting(fabric, { load });
    await eventually(async () => first.faults.length > 0);
    for (const [i, key] of KEYS.entries()) expect(await rooms.of(key).call.said()).toEqual([i]);
    expect(second.keys).toEqual([]);
    expect(first.keys.length).toBe(KEYS.length);
  });
});

describe("a call that ran", () => {
  test("on a node that another one took over from is not answered as done", async () => {
    const fabric = await fabricWithRooms();
    const frozen = freezing(fabric);
    const first = await hosting(frozen.fabric, { interval: 50 });
    const rooms = await calling(fabric);
    await rooms.of("a").call.say(1);
    frozen.freeze();
    kept({ close: frozen.thaw });
    const late = thrown(rooms.of("a").call.say(2));
    const second = await hosting(fabric, { interval: 50 });
    // The first one is not heard of.
    await eventually(async () => (await claim(fabric, "a", second.node)) === "taken");
    await eventually(async () =>
      (await keyedNodesIn(fabric, NAME)).some(({ node, taken }) => node === second.node && taken === 1),
    );
    const ended = new Promise((resolve) => first.on("end", resolve));
    frozen.thaw();
    const error = await late;
    expect(error).toMatchObject({ code: "unavailable" });
    expect(error.message).toContain(
      "another node took it over; it was called, and nothing that it changed was kept",
    );
    await ended;
    expect(await rooms.of("a").call.say(3)).toBe(2);
    expect(await rooms.of("a").call.said()).toEqual([1, 3]);
  });

  test("and whose state may have been saved is not sent again", async () => {
    const fabric = await fabricWithRooms();
    let breaks = false;
    const update: Fabric["kv"]["update"] = async (...args) => {
      const revision = await fabric.kv.update(...args);
      if (!breaks) return revision;
      breaks = false;
      throw new PluginError("unavailable", "could not update: the connection broke off");
    };
    await hosting(changed(fabric, { kv: changed(fabric.kv, { update }) }));
    const one = (await calling(fabric)).of("a").call;
    await one.say(1);
    breaks = true;
    const error = await thrown(one.say(2));
    expect(error).toMatchObject({ code: "unavailable" });
    expect(error.message).toContain("it was called, and it may have been kept");
    expect(await one.say(3)).toBe(3);
    expect(await one.said()).toEqual([1, 2, 3]);
  });
});

describe("a call for which there was no room, or no answer, in all of its time", () => {
  test("says so, and not that nobody has the key", async () => {
    const fabric = await fabricWithRooms();
    const host = await hosting(fabric, { maxCalls: 0 });
    const full = await thrown((await calling(fabric, { timeout: 200 })).of("a").call.say(1));
    expect(full).toMatchObject({ code: "queue-full" });
    expect(full.message).toContain("at most 0 may be (maxCalls); it was not called");
    await host.close();

    const frozen = freezing(fabric);
    await hosting(frozen.fabric);
    await (await calling(fabric)).of("a").call.said();
    const again = await calling(fabric, { timeout: 800, idempotent: ["said"] });
    frozen.freeze();
    kept({ close: frozen.thaw });
    const late = await thrown(again.of("a").call.said());
    expect(late).toMatchObject({ code: "deadline" });
    expect(late.message).toContain("it may have been called");
  });
});

describe("a new version", () => {
  test("gets the states of all keys, of those that live and of those that do not", async () => {
    const fabric = await fabricWithRooms();
    await hosting(fabric, { maxInstances: 12 });
    const rooms = await calling(fabric);
    for (const [i, key] of KEYS.entries()) await rooms.of(key).call.say(i);
    await publish(fabric, await room("second", "2.0.0"));
    await changePlan(fabric, NAME, () => ({ "2.0.0": 100 }));
    for (const [i, key] of KEYS.entries()) expect(await rooms.of(key).call.said()).toEqual([i]);
    for (const key of KEYS)
      await eventually(async () => (await ownerOf(fabric, NAME, key))!.version === "2.0.0");
  });

  test("that cannot take a key's state leaves it with the old one", async () => {
    const fabric = await fabricWithRooms();
    const host = await hosting(fabric);
    const rooms = await calling(fabric);
    await rooms.of("a").call.say(1);
    await publish(fabric, await room("picky", "2.0.0"));
    await changePlan(fabric, NAME, () => ({ "2.0.0": 100 }));
    await eventually(async () => host.faults.length > 0);
    expect(await rooms.of("a").call.say(2)).toBe(2);
    expect(await ownerOf(fabric, NAME, "a")).toMatchObject({ version: "1.0.0" });
    // A key without a state begins with it.
    expect(await rooms.of("b").call.say(1)).toBe(1);
    expect(await ownerOf(fabric, NAME, "b")).toMatchObject({ version: "2.0.0" });
    await host.close();
    await hosting(fabric);
    expect(await rooms.of("a").call.said()).toEqual([1, 2]);
  });
});
