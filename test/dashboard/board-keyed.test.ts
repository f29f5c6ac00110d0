/** A dashboard of keyed instances, and of several splits with a fabric, without a browser: what it tells of them. */
import { afterEach, expect, test } from "vitest";
import type { BoardLive, KeyedLine } from "../../host/dashboard/board.ts";
import { serveDashboard } from "../../host/dashboard/mod.ts";
import { callKeyed, hostKeyed, keyedNodesIn, placeOf } from "../../host/keyed/mod.ts";
import { load } from "../../host/mod.ts";
import { split } from "../../host/release/mod.ts";
import { http, memoryFabric } from "../../host/remote/mod.ts";
import { eventually } from "../fabric/seen.ts";
import { NAME, opened, Room } from "../keyed/room.ts";
import { Greeter, greeter } from "../release/greeter.ts";

const OFTEN = { interval: 50 };
const KEYS = Array.from({ length: 24 }, (_, i) => `room-${i}`);

const open: { close(): unknown }[] = [];
const keep = <T extends { close(): unknown }>(one: T): T => {
  open.push(one);
  return one;
};
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

async function shown(of: Parameters<typeof serveDashboard>[0]) {
  const { url } = keep(await serveDashboard(of, http({ port: 0 }), { open: true }));
  return async (query = ""): Promise<BoardLive> => (await fetch(`${url}live${query}`)).json();
}
const sum = (nodes: readonly KeyedLine[], of: (node: KeyedLine) => number) =>
  nodes.reduce((all, each) => all + of(each), 0);
const keysOf = ({ keys }: Pick<KeyedLine, "keys">) =>
  Object.values(keys).reduce((all, each) => all + each, 0);

test("it tells which node has how many keys, what was handed over, and what their calls came to", async () => {
  const fabric = keep(memoryFabric());
  await opened(fabric);
  const live = await shown(fabric);
  const host = async () => {
    const own = keep(await hostKeyed(fabric, NAME, OFTEN));
    own.on("fault", () => {});
    return own;
  };
  const first = await host();
  const rooms = keep(await callKeyed(fabric, Room, NAME, OFTEN));
  await eventually(async () => (await live()).plugin?.keyed?.nodes.length === 1);
  for (const key of KEYS) await rooms.of(key).call.say(1);
  await rooms
    .of("room-0")
    .call.fall()
    .catch(() => {});
  const alone = await eventually(async () => {
    const [line] = (await live()).plugin!.keyed!.nodes;
    return line?.calls === 25 && line;
  });
  expect(alone).toMatchObject({
    ...{ node: first.node, gone: false, left: false, keys: { "1.0.0": 24 } },
    ...{ came: 0, went: 0, taken: 0, epochs: 24, recent: { failed: 1 } },
  });

  const second = await host();
  const both = await eventually(async () => {
    const { nodes } = (await live()).plugin!.keyed!;
    // They move a few at a time: all of them have.
    const own = KEYS.filter((key) => placeOf([first.node, second.node], key) === second.node).length;
    const settled =
      own > 0 && sum(nodes, keysOf) === 24 && keysOf(nodes[1]!) === own && second.keys.length === own;
    return settled && nodes[1]!.came === nodes[0]!.went && nodes;
  });
  expect(both.map(keysOf)).toEqual([first.keys.length, second.keys.length]);
  expect(both.map(({ came, taken }) => [came, taken])).toEqual([
    [0, 0],
    [second.keys.length, 0],
  ]);
  // Where they were, over the time: what went from the one came to the other.
  expect(both[0]!.past!.map(keysOf)).toContain(24);
  expect(both[1]!.past!.map(keysOf)[0]).toBe(0);

  await first.close();
  for (const key of KEYS) await rooms.of(key).call.say(2);
  const after = await eventually(async () => {
    const { plugin, nodes } = await live();
    const counted = plugin!.versions.reduce((all, { calls }) => all + calls, 0);
    return counted === 49 && nodes.live === 1 && plugin!.keyed!.nodes[0]!.left && plugin;
  });
  expect(after.keyed!.nodes.map(keysOf)).toEqual([0, 24]);
  const [told] = await keyedNodesIn(fabric, NAME);
  expect(told).toMatchObject({ node: second.node, name: NAME, keys: { "1.0.0": 24 } });
  expect(await keyedNodesIn(fabric, "another")).toEqual([]);
});

test("what somebody wrote that is no sign of a node is told, and a node speaks for itself alone", async () => {
  const fabric = keep(memoryFabric());
  await opened(fabric);
  const live = await shown(fabric);
  const put = (key: string, value: object) =>
    fabric.kv.put(key, new TextEncoder().encode(JSON.stringify(value)));
  const sign = { node: "other", name: NAME, at: 0, interval: 1_000, came: 0, went: 0, taken: 0, epochs: 0 };
  await put(`now.beat.${NAME}.one`, { ...sign, keys: { "1.0.0": 3 }, versions: {} });
  const { plugin } = await live();
  expect(plugin!.keyed!.nodes.map(({ node, keys }) => [node, keys])).toEqual([["one", { "1.0.0": 3 }]]);
  expect(await keyedNodesIn(fabric)).toEqual([]);
  await put(`now.beat.${NAME}.two`, { ...sign, keys: { "1.0.0": -3 }, versions: {} });
  expect((await live()).fault).toMatch(/^\[bad-peer\] could not read the record now\.beat\.room\.two/);
  await expect(keyedNodesIn(fabric)).rejects.toThrow("could not read the record now.beat.room.two");
});

test("splits are shown beside a fabric and without one, and nobody changes them there", async () => {
  const one = keep(await load(Greeter, await greeter("good", "1.0.0")));
  const two = keep(await load(Greeter, await greeter("good", "2.0.0")));
  const variants = { "1.0.0": one, "2.0.0": two };
  const named = (name: string) => split(Greeter, { "1.0.0": 75, "2.0.0": 25 }, variants, { name });
  const fabric = keep(memoryFabric());
  await opened(fabric);
  const [near, other] = [named("near"), named("other")];
  const live = await shown([near, fabric, other]);
  const lines = (await live()).plugins.map(({ name, here }) => [name, here]);
  expect(lines).toEqual([
    ["near", true],
    ["other", true],
    [NAME, undefined],
  ]);
  expect((await live(`?plugin=${NAME}`)).plugin).toMatchObject({ name: NAME, order: ["1.0.0"] });
  near.replan({ "1.0.0": 50, "2.0.0": 50 });
  for (let i = 0; i < 40; i++) await near.by(`user-${i}`).call.greet(i);
  const found = await eventually(async () => {
    const { plugin } = await live("?plugin=near");
    return plugin!.versions.reduce((all, { calls }) => all + calls, 0) === 40 && plugin;
  });
  expect(found!.shares.map((each) => each.split.map(({ weight }) => weight))).toEqual([
    [75, 25],
    [50, 50],
  ]);
  expect((await (await shown([near, other]))()).plugins).toHaveLength(2);
  const refused = (of: never) => expect(serveDashboard(of, http({ port: 0 }), { open: true })).rejects;
  await refused([] as never).toThrow("a list of those with one fabric at most");
  await refused([fabric, fabric] as never).toThrow("one fabric at most");
  await refused([near, named("near")] as never).toThrow("a name of its own: split(…, { name })");
});
