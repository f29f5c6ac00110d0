/**
 * `npm run simulate -- --engines`: what a real nats-server, a hub over HTTP, and fabrics in memory and in a directory do
 * on this machine, with moult's own fabrics.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Fabric } from "../../host/fabric/fabric.ts";
import { natsFabric } from "../../host/nats/mod.ts";
import { directoryFabric } from "../../host/node/mod.ts";
import { http, httpFabric, memoryFabric, serveFabric } from "../../host/remote/mod.ts";
import { freePort } from "../fabric/free-port.ts";
import { ABSENT, natsServer } from "../fabric/nats-server.ts";

/** Bytes of a value: about those of a report. */
const VALUE = new Uint8Array(300).fill(7);
/** Writes that are under way at a time. */
const LANES = 32;

/** What was measured, by what it is. */
export type Measured = Record<string, number | string>;

/** @returns what was measured of each engine that is there */
export async function measureEngines(tell: (what: string) => void): Promise<Record<string, Measured>> {
  const found: Record<string, Measured> = {};
  if (ABSENT !== undefined) found.nats = { absent: ABSENT };
  else found.nats = await nats(tell);
  tell("memory");
  found.memory = await engine(memoryFabric());
  tell("directory");
  const folder = mkdtempSync(join(tmpdir(), "moult-scale-"));
  found.directory = await engine(await directoryFabric(folder));
  rmSync(folder, { recursive: true, force: true });
  tell("http");
  const kept = memoryFabric();
  const hub = await serveFabric(kept, http());
  found.http = await engine(await httpFabric(hub.url));
  await hub.close();
  await kept.close();
  return found;
}

/** Writes and reads of one process. */
async function engine(fabric: Fabric): Promise<Measured> {
  const writes = await rate(1_000, (i) => fabric.kv.put(`now.node.${i % 100}`, VALUE));
  const reads = await rate(1_000, (i) => fabric.kv.get(`now.node.${i % 100}`));
  await fabric.close();
  return { "writes a second": writes, "reads a second": reads };
}

async function nats(tell: (what: string) => void): Promise<Measured> {
  const port = await freePort();
  const server = await natsServer(`http: "127.0.0.1:${port}"\nmax_control_line: 8192`);
  const varz = async (): Promise<{ mem: number; connections: number }> =>
    (await fetch(`http://127.0.0.1:${port}/varz`)).json() as Promise<{ mem: number; connections: number }>;
  const stored = async (): Promise<number> =>
    ((await (await fetch(`http://127.0.0.1:${port}/jsz`)).json()) as { bytes: number }).bytes;
  const cost = async (count: number, work: (i: number) => Promise<unknown>) => {
    const before = serverCpu();
    await rate(count, work);
    return Math.round(((serverCpu() - before) / count) * 1_000);
  };
  const mebi = (bytes: number) => Number((bytes / 2 ** 20).toFixed(2));
  const found: Measured = new Proxy(
    {},
    {
      set: (all, name, value) => {
        tell(`${String(name)}: ${value}`);
        return Reflect.set(all, name, value);
      },
    },
  );
  try {
    const first = await natsFabric(server.url);
    tell("nats: writes");
    found["µs of the server for a write"] = await cost(1_000, (i) =>
      first.kv.put(`now.node.${i % 100}`, VALUE),
    );
    found["µs of the server for a read"] = await cost(1_000, (i) => first.kv.get(`now.node.${i % 100}`));
    const before = await stored();
    for (let i = 0; i < 70; i++) await first.kv.put("now.own.room.one", new Uint8Array(1_000));
    found["bytes kept of a key of 1,000 bytes that was written 70 times"] = (await stored()) - before;

    tell("nats: connections");
    const idle = await varz();
    let used = serverCpu();
    const since = (count: number) => {
      const before = used;
      used = serverCpu();
      return Number(((used - before) / count).toFixed(2));
    };
    const joined: Fabric[] = [];
    const CONNECTIONS = 100;
    for (let i = 0; i < CONNECTIONS; i += 20)
      joined.push(...(await Promise.all(Array.from({ length: 20 }, () => natsFabric(server.url)))));
    found["ms of the server for a connection"] = since(CONNECTIONS);
    const open = await varz();
    found["KiB of the server for a connection"] = Math.round((open.mem - idle.mem) / CONNECTIONS / 1024);

    tell("nats: watches");
    const told: (() => void)[] = joined.map(() => () => {});
    for (let i = 0; i < CONNECTIONS; i += 20)
      await Promise.all(
        joined.slice(i, i + 20).map((fabric, at) => fabric.kv.watch("plan.room", () => told[i + at]!())),
      );
    found["ms of the server for a watch"] = since(CONNECTIONS);
    const watched = await varz();
    found["KiB of the server for a watch"] = Math.round((watched.mem - open.mem) / CONNECTIONS / 1024);
    const everywhere = () =>
      Promise.all(told.map((_, i) => new Promise<void>((resolve) => (told[i] = resolve))));
    let began = performance.now();
    let all = everywhere();
    await first.kv.put("plan.room", VALUE);
    await all;
    found[`milliseconds until ${CONNECTIONS} watchers know of a plan`] = Math.round(
      performance.now() - began,
    );
    found[`µs of the server for a write while ${CONNECTIONS} others watch a plan`] = await cost(1_000, (i) =>
      first.kv.put(`now.node.${i % 100}`, VALUE),
    );

    tell("nats: all come back at once");
    await server.kill();
    used = 0;
    began = performance.now();
    await server.start();
    for (;;) {
      all = everywhere();
      try {
        await first.kv.put("plan.room", Uint8Array.of(1));
        break;
      } catch {
        // It is not there yet.
      }
    }
    await Promise.race([all, new Promise((resolve) => setTimeout(resolve, 60_000))]);
    found["ms of the server for each that comes back with a watch"] = since(CONNECTIONS);
    found[`milliseconds until all ${CONNECTIONS} and their watches are back`] = Math.round(
      performance.now() - began,
    );
    tell("nats: more watches");
    const MORE = 900;
    for (let i = 0; i < MORE; i += 100)
      await Promise.all(
        Array.from({ length: 100 }, (_, at) =>
          joined[(i + at) % CONNECTIONS]!.kv.watch("plan.other", () => {}),
        ),
      );
    found[`µs of the server for a write while ${MORE + CONNECTIONS} watches wait`] = await cost(1_000, (i) =>
      first.kv.put(`now.node.${i % 100}`, VALUE),
    );
    found["MiB of the server then"] = mebi((await varz()).mem);

    await Promise.all([first, ...joined].map((fabric) => fabric.close()));
  } finally {
    await server.close();
  }
  return found;
}

/** Milliseconds of processors that the nats-server of this process had: whatever else runs on the machine. */
function serverCpu(): number {
  let ticks = 0;
  for (const pid of readdirSync("/proc")) {
    if (!/^\d+$/.test(pid)) continue;
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      if (stat.includes("(nats-server)") && Number(fields[1]) === process.pid)
        ticks += Number(fields[11]) + Number(fields[12]);
    } catch {
      // It has just ended.
    }
  }
  return ticks * 10;
}

/** How often a second something can be done, some of it at a time. */
async function rate(count: number, work: (i: number) => Promise<unknown>): Promise<number> {
  let next = 0;
  const began = performance.now();
  const lane = async () => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return per(count, began);
}

const per = (count: number, began: number) => Math.round(count / ((performance.now() - began) / 1_000));
