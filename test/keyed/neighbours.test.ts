/** Nodes that look at their neighbours: who is gone is found, who lives is not, and nobody looks at many. */
import { afterEach, expect, test } from "vitest";
import { beatKey, memberKey } from "../../host/keyed/address.ts";
import { Members } from "../../host/keyed/members.ts";
import { Neighbours } from "../../host/keyed/neighbours.ts";
import { recordBytes } from "../../host/release/record.ts";
import { memoryFabric } from "../../host/remote/mod.ts";
import { Clock } from "../scale/clock.ts";

const NAME = "room";
const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

interface Node {
  readonly name: string;
  readonly neighbours: Neighbours;
  lives: boolean;
}

/** Nodes that have joined; those that live renew their records and look, once each round. */
async function ring(count: number, interval = 1_000) {
  const fabric = memoryFabric();
  const clock = new Clock();
  open.push(fabric);
  let reads = 0;
  const { get } = fabric.kv;
  fabric.kv.get = (key) => {
    reads++;
    return get.call(fabric.kv, key);
  };
  const members = await Members.watch(fabric, NAME, { onFault: (error) => expect.fail(String(error)) });
  open.push({ close: () => members.stop() });
  const nodes: Node[] = [];
  for (let i = 0; i < count; i++) {
    const name = `node${String(i).padStart(5, "0")}`;
    const neighbours = new Neighbours(fabric, members, { name: NAME, node: name, interval, timers: clock });
    nodes.push({ name, neighbours, lives: true });
    await fabric.kv.put(beatKey(NAME, name), recordBytes({}));
    const member = { node: name, interval, leaving: false };
    await fabric.kv.put(memberKey(NAME, name), recordBytes(member));
  }
  const round = async (milliseconds = interval) => {
    await clock.run(clock.pause(milliseconds), milliseconds);
    const living = nodes.filter(({ lives }) => lives);
    for (const { name } of living) await fabric.kv.put(beatKey(NAME, name), recordBytes({}));
    for (const { neighbours } of living) await neighbours.look();
  };
  /** How many rounds it takes until those that live are those that are there. */
  const rounds = async (most: number) => {
    for (let i = 1; i <= most; i++) {
      await round();
      const living = nodes.filter(({ lives }) => lives).map(({ name }) => name);
      if (living.every((name, at) => members.all[at] === name) && members.all.length === living.length)
        return i;
    }
    return undefined;
  };
  return { fabric, members, nodes, round, rounds, reads: () => reads };
}

test("nodes that live stay, and each is looked at by few", async () => {
  const { members, nodes, round, reads } = await ring(50);
  for (let i = 0; i < 20; i++) await round();
  expect(members.nodes).toEqual(nodes.map(({ name }) => name));
  expect(reads()).toBe(20 * 50 * 3);
});

test("a node that ends is found after four rounds, whichever it is", async () => {
  const { nodes, rounds, round } = await ring(8);
  await round();
  for (const node of nodes.slice(0, 7)) {
    node.lives = false;
    expect(await rounds(20)).toBeLessThanOrEqual(4);
  }
});

test("nodes that end together are found soon, though one is left that looks", async () => {
  const { nodes, rounds } = await ring(500);
  for (const node of nodes) node.lives = node.name === "node00123";
  expect(await rounds(40)).toBeLessThanOrEqual(20);
});

test("a node that looks seldom is waited for, and one that was taken for gone comes back", async () => {
  const { fabric, members, nodes, round } = await ring(2);
  const slow = { node: nodes[1]!.name, interval: 5_000, leaving: false };
  await fabric.kv.put(memberKey(NAME, slow.node), recordBytes(slow));
  nodes[1]!.lives = false;
  for (let i = 0; i < 15; i++) await round();
  expect(members.of(slow.node)).toBeDefined();
  for (let i = 0; i < 2; i++) await round();
  expect(members.of(slow.node)).toBeUndefined();
  expect(members.isGone(slow.node)).toBe(true);
  await fabric.kv.put(memberKey(NAME, slow.node), recordBytes(slow));
  await Promise.resolve();
  expect([members.isGone(slow.node), members.nodes.includes(slow.node)]).toEqual([false, true]);
});

test("who is late itself does not take others for gone", async () => {
  const { members, nodes, round } = await ring(2);
  nodes[1]!.lives = false;
  for (let i = 0; i < 10; i++) await round(2_500);
  expect(members.of(nodes[1]!.name)).toBeDefined();
  for (let i = 0; i < 4; i++) await round();
  expect(members.of(nodes[1]!.name)).toBeUndefined();
});

test("who could not look says nothing of others", async () => {
  const { fabric, members, nodes, round } = await ring(2);
  await round();
  nodes[1]!.lives = false;
  const { get } = fabric.kv;
  for (let i = 0; i < 6; i++) {
    await round();
    fabric.kv.get = async () => Promise.reject(new Error("away"));
    await expect(nodes[0]!.neighbours.look()).rejects.toThrow("away");
    fabric.kv.get = get.bind(fabric.kv);
  }
  expect(members.of(nodes[1]!.name)).toBeDefined();
});
