/** Keyed instances on nodes that are processes of their own, joined by a hub: killed, and frozen. */
import type { ChildProcess } from "node:child_process";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Fabric } from "../../host/fabric/fabric.ts";
import { callKeyed, ownerOf } from "../../host/keyed/mod.ts";
import { http, httpFabric, memoryFabric, serveFabric } from "../../host/remote/mod.ts";
import { linesOf, started } from "../fabric/child.ts";
import { eventually } from "../fabric/seen.ts";
import { NAME, opened, Room, type Rooms, Talk } from "./room.ts";

const token = "rooms-rooms-rooms-rooms";
const KEYS = Array.from({ length: 16 }, (_, i) => `room-${i}`);
const LANES = 6;

interface Node {
  readonly child: ChildProcess;
  readonly name: string;
  /** Keys that it has no more. */
  readonly ended: Set<string>;
}

let kept: Fabric;
let nodes: Node[];
let rooms: Rooms;
let url: string;
const open: { close(): unknown }[] = [];

beforeEach(async () => {
  kept = memoryFabric();
  open.push(kept);
  await opened(kept);
  const hub = await serveFabric(kept, http({ token }));
  open.push(hub);
  url = hub.url;
  nodes = await Promise.all([node(), node()]);
  const joined = await httpFabric(hub.url, { token });
  open.push(joined);
  rooms = await callKeyed(joined, Room, NAME, { timeout: 5_000 });
  open.push(rooms);
});
afterEach(async () => {
  for (const { child } of nodes) child.kill("SIGKILL");
  for (const each of open.splice(0).reverse()) await each.close();
});

async function node(): Promise<Node> {
  const child = started("../keyed/node-child.mjs", url, token);
  const ended = new Set<string>();
  const name = await new Promise<string>((resolve) => {
    void (async () => {
      for await (const line of linesOf(child)) {
        const { node, end } = JSON.parse(line);
        if (node) resolve(node);
        if (end) ended.add(end);
      }
    })();
  });
  return { child, name, ended };
}

const owners = () => Promise.all(KEYS.map(async (key) => (await ownerOf(kept, NAME, key))?.node));
/** Both nodes have keys, and all keys are somewhere. */
const spread = () =>
  eventually(async () => {
    const found = await owners();
    return nodes.every(({ name }) => found.includes(name)) && !found.includes(undefined);
  });
const allAt = ({ name }: Node) => eventually(async () => (await owners()).every((each) => each === name));

describe("a node", () => {
  test("that is killed under load costs the calls that it had, and nothing that was acknowledged", async () => {
    const talk = new Talk(rooms, KEYS, LANES);
    await spread();
    const [killed, left] = nodes as [Node, Node];
    killed.child.kill("SIGKILL");
    await allAt(left);
    const sum = talk.answered;
    await eventually(async () => talk.answered > sum + KEYS.length);
    await talk.stop();
    // A lane may send one more to it, before it is known to be gone.
    expect(talk.errors.length).toBeLessThanOrEqual(2 * LANES);
    for (const { message } of talk.errors) expect(message).toContain("it may have been called");
    expect(await talk.wrong()).toEqual([]);
  });

  test("that was frozen is fenced: what it does then changes nothing, and nothing is lost", async () => {
    const talk = new Talk(rooms, KEYS, LANES);
    await spread();
    const [frozen, left] = nodes as [Node, Node];
    frozen.child.kill("SIGSTOP");
    await allAt(left);
    const failed = talk.errors.length;
    const sum = talk.answered;
    await eventually(async () => talk.answered > sum + 2 * KEYS.length);
    frozen.child.kill("SIGCONT");
    // It hears of itself again, and gets its keys back: from their states as the other one left them.
    await eventually(async () => (await owners()).includes(frozen.name));
    await talk.stop();
    expect(failed).toBeLessThanOrEqual(2 * LANES);
    expect(await talk.wrong()).toEqual([]);
  });

  test("that comes under load gets keys, and no call is lost, doubled or failed", async () => {
    const talk = new Talk(rooms, KEYS, LANES);
    await spread();
    nodes.push(await node());
    await spread();
    await talk.stop();
    expect(talk.errors).toEqual([]);
    expect(await talk.wrong()).toEqual([]);
  });
});
