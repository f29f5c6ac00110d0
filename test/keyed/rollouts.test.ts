/** Rollouts of a plugin that has an instance for each key, in every fabric that joins processes, and in one process. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Fabric } from "../../host/fabric/fabric.ts";
import { callKeyed, hostKeyed, type KeyedHost, ownerOf } from "../../host/keyed/mod.ts";
import { natsFabric } from "../../host/nats/mod.ts";
import {
  controlRollouts,
  nodesIn,
  pick,
  planIn,
  promoteRollout,
  publish,
  type Rollout,
  rollBack,
  rolloutIn,
  type Step,
  startRollout,
} from "../../host/release/mod.ts";
import { http, httpFabric, memoryFabric, serveFabric } from "../../host/remote/mod.ts";
import { ABSENT, type NatsServer, natsServer } from "../fabric/nats-server.ts";
import { eventually } from "../fabric/seen.ts";
import { NAME, opened, Room, room, Talk } from "./room.ts";

const KEYS = Array.from({ length: 8 }, (_, i) => `room-${i}`);
const OFTEN = { interval: 100 };

type Open = () => Promise<{ join(): Promise<Fabric>; close(): Promise<void> }>;

/** Two nodes, a caller and a controller, each with a fabric of its own. */
async function world(open: Open) {
  const cluster = await open();
  const fabric = await cluster.join();
  await opened(fabric);
  const hosts: KeyedHost[] = [];
  for (let i = 0; i < 2; i++) hosts.push(await hostKeyed(await cluster.join(), NAME, OFTEN));
  for (const host of hosts) host.on("fault", () => {});
  const rooms = await callKeyed(await cluster.join(), Room, NAME, { ...OFTEN, timeout: 20_000 });
  const controller = await controlRollouts(await cluster.join(), { interval: 20 });
  controller.on("fault", () => {});
  const close = async () => {
    for (const each of [rooms, controller, ...hosts, cluster]) await each.close();
  };
  return { fabric, rooms, close };
}

const over = (fabric: Fabric, is: (rollout: Rollout) => boolean) =>
  eventually(async () => {
    const rollout = await rolloutIn(fabric, NAME);
    return rollout && is(rollout) && rollout;
  });
const at = async (fabric: Fabric, version: string) => {
  const owners = await Promise.all(KEYS.map((key) => ownerOf(fabric, NAME, key)));
  return KEYS.filter((_, i) => owners[i]?.version === version);
};

function rollouts(name: string, open: Open): void {
  describe(`a rollout of keyed instances in ${name}`, () => {
    test("takes keys to the new version with their states, by its steps, and back", async () => {
      const { fabric, rooms, close } = await world(open);
      try {
        // Its state is the same, so that there is a way back.
        await publish(fabric, await room("first", "2.0.0"));
        const talk = new Talk(rooms, KEYS, 2);
        await eventually(async () => talk.answered > 2 * KEYS.length);
        const steps: Step[] = [{ weight: 50 }, { pause: true }, { weight: 100 }];
        await startRollout(fabric, NAME, { to: "2.0.0", steps, keep: 0 });
        await over(fabric, ({ phase }) => phase === "paused");
        expect((await nodesIn(fabric)).map(({ hosted }) => hosted.map((each) => each.status))).toEqual([
          ["serving", "serving"],
          ["serving", "serving"],
        ]);
        const plan = (await planIn(fabric, NAME))!;
        const half = KEYS.filter((key) => pick(plan, key) === "2.0.0");
        await eventually(async () => String(await at(fabric, "2.0.0")) === String(half));
        expect(half.length).toBeGreaterThan(0);
        await promoteRollout(fabric, NAME);
        await over(fabric, ({ phase, warm }) => phase === "promoted" && !warm);
        await eventually(async () => (await at(fabric, "2.0.0")).length === KEYS.length);
        await rollBack(fabric, NAME);
        await eventually(async () => (await at(fabric, "1.0.0")).length === KEYS.length);
        await talk.stop();
        expect(talk.errors).toEqual([]);
        expect(await talk.wrong()).toEqual([]);
      } finally {
        await close();
      }
    });

    test("is aborted where states do not cross, and every key has its state", async () => {
      const { fabric, rooms, close } = await world(open);
      try {
        await publish(fabric, await room("picky", "3.0.0"));
        const talk = new Talk(rooms, KEYS, 2);
        await eventually(async () => talk.answered > 2 * KEYS.length);
        const analysis = {
          abortOn: [{ metric: "errorRate", above: 0.1 }],
          minSamples: 5,
          interval: 50,
        } as const;
        await startRollout(fabric, NAME, {
          ...{ to: "3.0.0", analysis },
          steps: [{ weight: 50 }, { pause: 600_000 }],
        });
        const { why } = await over(fabric, ({ phase }) => phase === "aborted");
        expect(why).toMatch(/^its error rate is \d+(\.\d)? % of \d+ calls, and at most 10 % may be$/);
        await talk.stop();
        expect(talk.errors).toEqual([]);
        expect(await talk.wrong()).toEqual([]);
        expect(await at(fabric, "1.0.0")).toEqual(KEYS);
      } finally {
        await close();
      }
    });
  });
}

rollouts("a fabric in memory", async () => {
  const fabric = memoryFabric();
  return { join: async () => fabric, close: () => fabric.close() };
});

rollouts("a fabric over HTTP", async () => {
  const kept = memoryFabric();
  const hub = await serveFabric(kept, http());
  const joined: Fabric[] = [];
  const join = async () => {
    const fabric = await httpFabric(hub.url);
    joined.push(fabric);
    return fabric;
  };
  const close = async () => {
    await Promise.all(joined.map((each) => each.close()));
    await hub.close();
    await kept.close();
  };
  return { join, close };
});

if (ABSENT) test.skip(`rollouts of keyed instances on NATS (${ABSENT})`);

describe.skipIf(ABSENT !== undefined)("with a server of NATS", () => {
  let server: NatsServer;
  let clusters = 0;
  beforeAll(async () => {
    server = await natsServer();
  });
  afterAll(() => server?.close());

  rollouts("a fabric on NATS", async () => {
    const name = `keyed-${++clusters}`;
    const joined: Fabric[] = [];
    const join = async () => {
      const fabric = await natsFabric(server.url, { name });
      joined.push(fabric);
      return fabric;
    };
    return { join, close: async () => void (await Promise.all(joined.map((each) => each.close()))) };
  });
});
