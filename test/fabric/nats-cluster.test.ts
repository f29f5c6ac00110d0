/** The fabric on a cluster of three NATS servers, of which one is killed. */
import { jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Fabric } from "../../host/fabric/fabric.ts";
import { Line } from "../../host/nats/line.ts";
import { natsFabric } from "../../host/nats/mod.ts";
import { isRacy } from "../../host/nats/race.ts";
import { callReleases, changePlan, hostReleases, planIn, publish } from "../../host/release/mod.ts";
import { Greeter, greeter, hosts, KEYS, NAME } from "../release/greeter.ts";
import { conformance } from "./conformance.ts";
import { ABSENT, type NatsServer, natsCluster } from "./nats-server.ts";
import { bytes, eventually, text } from "./seen.ts";

/** What depends on how servers keep values together, and a call. */
const ESSENTIAL =
  /are made once|by one of those who change|deleted by those|watcher as they are|by their digest|share their messages|has answered what it took/;

if (ABSENT) test.skip(`the fabric on a cluster of NATS (${ABSENT})`);

test("servers that let two of those win who change a key at once are known by their versions", () => {
  const racy = (version: string, cluster: string | undefined = "own") => isRacy({ version, cluster });
  for (const version of ["2.9.0", "2.9.10", "2.9.20", "2.9.20-beta.1"])
    expect(racy(version), version).toBe(true);
  for (const version of ["2.9.21", "2.9.25", "2.10.0", "2.12.1-RC.2", "3.0.0"])
    expect(racy(version), version).toBe(false);
  expect(isRacy({ version: "2.9.10" })).toBe(false);
});

describe.skipIf(ABSENT !== undefined)("with three servers", () => {
  let servers: readonly NatsServer[];
  let clusters = 0;
  const urls = () => servers.map(({ url }) => url);
  const join = (name: string) => natsFabric(urls(), { name, replicas: 3, timeout: 2_000 });
  beforeAll(async () => {
    servers = await natsCluster(3);
    // They elect who leads them.
    await eventually(async () => (await join("first").catch(() => undefined))?.close().then(() => true));
  });
  afterAll(() => Promise.all((servers ?? []).map((each) => each.close())));

  const open = async () => {
    const name = `cluster-${++clusters}`;
    const joined: Fabric[] = [];
    return {
      join: async () => {
        const fabric = await join(name);
        joined.push(fabric);
        return fabric;
      },
      close: async () => {
        await Promise.all(joined.map((each) => each.close()));
      },
    };
  };
  conformance("a fabric on a cluster of NATS", open, ESSENTIAL);

  /** Which of them leads the values of a fabric, and on how many they are. */
  async function led(name: string): Promise<{ leader: NatsServer; kept: number }> {
    const nc = await connect({ servers: urls() });
    const { cluster, config } = await (await jetstreamManager(nc)).streams.info(`KV_${name}`);
    await nc.close();
    return { leader: servers[Number(cluster!.leader!.slice(1)) - 1]!, kept: config.num_replicas };
  }

  // Servers elect for some seconds, and longer where they have no time.
  const slow = { timeout: 300_000 };
  test(
    "one is killed: calls and plans go on with the others, and what was acknowledged is there",
    slow,
    async () => {
      const name = "killed";
      const [one, other, third] = [await join(name), await join(name), await join(name)];
      const node = await hostReleases(one, { load: { isolation: "none" } });
      node.on("fault", () => {});
      for (const [kind, version] of [
        ["good", "1.0.0"],
        ["good", "2.0.0"],
      ] as const)
        await publish(one, await greeter(kind, version));
      await changePlan(one, NAME, () => ({ "1.0.0": 100 }));
      const caller = await callReleases(other, Greeter, NAME, { timeout: 10_000, idempotent: ["greet"] });
      caller.on("fault", () => {});
      await third.kv.put("sum", bytes("0"));
      let [acknowledged, unknown, ended] = [0, 0, false];
      const counting = [one, other].map(async ({ kv }) => {
        while (!ended) {
          const last = await kv.get("sum").catch(() => undefined);
          if (!last) continue;
          await kv.update("sum", bytes(String(Number(text(last)) + 1)), last.revision).then(
            (revision) => (acknowledged += revision === undefined ? 0 : 1),
            () => unknown++,
          );
        }
      });
      try {
        const { leader, kept } = await led(name);
        expect(kept).toBe(3);
        await leader.kill();
        const before = acknowledged;
        const change = () => changePlan(third, NAME, () => ({ "2.0.0": 100 }));
        await eventually(() =>
          change().then(
            () => true,
            () => false,
          ),
        );
        await eventually(async () => caller.plan.split[0]!.version === "2.0.0");
        expect((await planIn(third, NAME))?.split).toEqual([{ version: "2.0.0", weight: 100 }]);
        await hosts(node, { "2.0.0": "serving" });
        const answers = await Promise.all(KEYS.map((key, i) => caller.by(key).call.greet(i)));
        expect(answers).toHaveLength(KEYS.length);
        await eventually(async () => acknowledged > before + 20);
      } finally {
        ended = true;
        await Promise.all(counting);
      }
      const sum = Number(text(await eventually(() => third.kv.get("sum").catch(() => undefined))));
      expect(sum).toBeGreaterThanOrEqual(acknowledged);
      expect(sum).toBeLessThanOrEqual(acknowledged + unknown);
      await caller.close();
      await node.close();
      await Promise.all([one, other, third].map((each) => each.close()));
    },
  );

  test("one is gone, and who is connected to another hears at once that watches may be lost with it", async () => {
    const nc = await connect({ servers: urls() });
    let lost = 0;
    new Line(nc, "the cluster").onLoss(() => lost++);
    const own = nc.getServer();
    const beside = await eventually(async () => nc.info?.connect_urls?.find((each) => each !== own));
    const other = servers.find(({ url }) => url.endsWith(beside))!;
    await other.kill();
    await eventually(async () => lost > 0);
    await other.start();
    await eventually(async () => nc.info?.connect_urls?.includes(beside));
    expect([lost, nc.getServer()]).toEqual([1, own]);
    await nc.close();
  });
});
