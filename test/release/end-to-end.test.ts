/** Releases in every fabric that is here. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Fabric } from "../../host/fabric/fabric.ts";
import { natsFabric } from "../../host/nats/mod.ts";
import { directoryFabric } from "../../host/node/mod.ts";
import { changePlan, publish } from "../../host/release/mod.ts";
import { memoryFabric } from "../../host/remote/mod.ts";
import { firstLine, started } from "../fabric/child.ts";
import { ABSENT, type NatsServer, natsServer } from "../fabric/nats-server.ts";
import { eventually } from "../fabric/seen.ts";
import { endToEnd, Load, World } from "./end-to-end.ts";
import { failed } from "./failed.ts";
import { greeter, hosts, NAME } from "./greeter.ts";

endToEnd("a fabric in memory", async () => {
  const fabric = memoryFabric();
  return { join: async () => fabric, close: () => fabric.close() };
});

endToEnd("a fabric in a directory", async () => {
  const folder = mkdtempSync(join(tmpdir(), "moult-release-"));
  const fabric = await directoryFabric(folder);
  return {
    join: async () => fabric,
    close: async () => {
      await fabric.close();
      rmSync(folder, { recursive: true });
    },
  };
});

if (ABSENT) test.skip(`releases on NATS (${ABSENT})`);

describe.skipIf(ABSENT !== undefined)("with a server of NATS", () => {
  let server: NatsServer;
  let clusters = 0;
  beforeAll(async () => {
    server = await natsServer();
  });
  afterAll(() => server?.close());

  const cluster = async (name = `releases-${++clusters}`) => {
    const joined: Fabric[] = [];
    const one = async () => {
      const fabric = await natsFabric(server.url, { name, timeout: 2_000 });
      joined.push(fabric);
      return fabric;
    };
    return {
      join: one,
      close: async () => void (await Promise.all(joined.map((each) => each.close()))),
    };
  };

  endToEnd("a fabric on NATS", () => cluster());

  test("a node that is killed costs calls that say so, and the others go on", async () => {
    const name = `releases-${++clusters}`;
    const world = new World(await cluster(name));
    const fabric = await world.join();
    await publish(fabric, await greeter("good", "1.0.0"));
    await changePlan(fabric, NAME, () => ({ "1.0.0": 100 }));
    const stays = await world.host();
    await hosts(stays, { "1.0.0": "serving" });
    const child = started("../release/node-child.ts", server.url, name);
    const node = await firstLine(child);
    await eventually(async () => {
      const entry = await fabric.kv.get(`now.node.${node}`);
      return entry && new TextDecoder().decode(entry.value).includes('"serving"');
    });
    const careful = await world.caller({ timeout: 400 });
    const again = await world.caller({ timeout: 2_000, idempotent: ["greet"] });
    const loads = [new Load(careful), new Load(again)];
    const ended = new Promise((resolve) => child.once("exit", resolve));
    await eventually(async () => loads.every(({ answered }) => answered > 200));
    child.kill("SIGKILL");
    await ended;
    const [before, beforeAgain] = loads.map(({ answered }) => answered);
    await eventually(
      async () => loads[0]!.answered > before! + 200 && loads[1]!.answered > beforeAgain! + 200,
    );
    const [one, other] = await Promise.all(loads.map((each) => each.stop()));
    expect(other!.errors).toEqual([]);
    // What the dead node had taken is told, and is no more than the calls that were under way.
    expect(one!.errors.length).toBeLessThanOrEqual(4);
    for (const error of one!.errors) expect((error as { code: string }).code).toBe("deadline");
    await world.close();
  });

  test("callers go on with the last plan when the engine was away", async () => {
    const own = await natsServer();
    const fabrics = [
      await natsFabric(own.url, { timeout: 500 }),
      await natsFabric(own.url, { timeout: 500 }),
    ];
    const world = new World({ join: async () => fabrics.pop()!, close: async () => {} });
    const fabric = fabrics[0]!;
    await publish(fabric, await greeter("good", "1.0.0"));
    await changePlan(fabric, NAME, () => ({ "1.0.0": 100 }));
    const host = await world.host();
    const caller = await world.caller({ timeout: 500 });
    const faults: unknown[] = [];
    caller.on("fault", (error) => faults.push(error));
    await hosts(host, { "1.0.0": "serving" });
    expect(await caller.call.greet(1)).toBe("hello 1");
    await own.kill();
    expect(["deadline", "unavailable"]).toContain((await failed(() => caller.call.greet(2))).code);
    await eventually(async () => faults.length > 0);
    await own.start();
    await eventually(() => caller.call.greet(3).catch(() => undefined));
    expect(caller.plan.split).toEqual([{ version: "1.0.0", weight: 100 }]);
    await publish(fabric, await greeter("good", "2.0.0"));
    await changePlan(fabric, NAME, () => ({ "2.0.0": 100 }));
    await eventually(async () => caller.plan.split[0]!.version === "2.0.0");
    await hosts(host, { "2.0.0": "serving" });
    expect(await caller.call.greet(4)).toBe("hello 4");
    await world.close();
    await Promise.all([fabric.close(), own.close()]);
  });
});
