/** What stands between a caller and its server: proxies that take a prefix off, balancers, and servers replaced behind them. */
import { Agent, createServer as createHttp, type IncomingMessage, request, type Server } from "node:http";
import { type AddressInfo, createServer, connect as dial, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { afterEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { contract, load, type Plugin } from "../../host/mod.ts";
import { connect, http, type Served, serve } from "../../host/remote/mod.ts";
import { failure } from "../faults/guest.ts";
import { versions } from "../versions.ts";

const counter = versions(new URL("../../wasm-plugins/counter/", import.meta.url));
const Counter = contract("demo:counter/counter@1", {
  add: { params: [z.uint32()], returns: z.uint32() },
  value: { params: [], returns: z.uint32() },
});

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

async function counted(): Promise<Plugin> {
  const plugin = (await load(Counter, await counter("v1"))) as unknown as Plugin;
  open.push(plugin);
  return plugin;
}

async function served(plugin: Plugin): Promise<Served> {
  const own = await serve(plugin, http({ webSocket: true }));
  open.push(own);
  return own;
}

async function listening(server: Server | ReturnType<typeof createServer>): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  open.push({ close: () => server.close() });
  return (server.address() as AddressInfo).port;
}

/** Takes a prefix off, and puts another before it, as reverse proxies do. Upgrades go through. */
async function proxied(to: string, prefix: string, seen = { requests: 0, upgrades: 0 }) {
  const { hostname, port, host } = new URL(to);
  const target = ({ url = "/" }: IncomingMessage) =>
    url.startsWith(prefix) ? url.slice(prefix.length) : url;
  const sockets = new Set<Duplex>();
  const server = createHttp((asked, answer) => {
    seen.requests++;
    const headers = { ...asked.headers, host };
    const passed = request({ hostname, port, method: asked.method, path: target(asked), headers }, (told) => {
      answer.writeHead(told.statusCode!, told.headers);
      told.pipe(answer);
    });
    passed.once("error", () => answer.writeHead(502, { "Content-Type": "text/html" }).end("<h1>502</h1>"));
    asked.pipe(passed);
  });
  server.on("upgrade", (asked, near: Duplex, head: Buffer) => {
    seen.upgrades++;
    const far = dial(Number(port), hostname);
    const lines = Object.entries({ ...asked.headers, host }).map(([name, value]) => `${name}: ${value}\r\n`);
    far.write(`${asked.method} ${target(asked)} HTTP/1.1\r\n${lines.join("")}\r\n`);
    far.write(head);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on("error", () => to.destroy());
      from.pipe(to);
    }
  });
  open.push({
    close() {
      server.closeAllConnections();
      for (const each of sockets) each.destroy();
    },
  });
  return { url: `http://127.0.0.1:${await listening(server)}${prefix}/`, seen };
}

/** Balances connections: new ones go to what serves now. */
async function balanced(current: () => Served): Promise<string> {
  const sockets = new Set<Socket>();
  const balancer = createServer((near) => {
    const far = dial(Number(new URL(current().url).port), "127.0.0.1");
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on("error", () => to.destroy());
      from.pipe(to);
    }
  });
  open.push({
    close() {
      for (const each of sockets) each.destroy();
    },
  });
  return `http://127.0.0.1:${await listening(balancer)}/`;
}

/** Four callers without a pause, while five servers replace one another. @returns how many calls were answered */
async function replaced(plugin: Plugin, begin: (url: string) => Promise<() => Promise<unknown>>) {
  let current = await served(plugin);
  const call = await begin(await balanced(() => current));
  let [calls, over] = [0, false];
  const callers = Array.from({ length: 4 }, async () => {
    while (!over) {
      await call();
      calls++;
    }
  });
  for (let i = 0; i < 5; i++) {
    const enough = calls + 50;
    while (calls < enough) await new Promise(setImmediate);
    const before = current;
    current = await served(plugin);
    await before.close();
  }
  over = true;
  await Promise.all(callers);
  return calls;
}

describe.each([
  ["HTTP", (url: string) => url],
  ["a WebSocket", (url: string) => url.replace(/^http/, "ws")],
])("over %s", (_, way) => {
  test.each(["", "/plugins", "/a/b%20c/d"])("a server is called behind a proxy, at %o", async (prefix) => {
    const own = await served(await counted());
    const { url, seen } = await proxied(own.url, prefix);
    const remote = await connect(Counter, way(url));
    open.push(remote);
    for (let i = 1; i <= 20; i++) expect(await remote.call.add(1)).toBe(i);
    while (seen.upgrades === 0) await remote.call.value();
    expect(await remote.describe()).toMatchObject({ plugin: { name: "counter" } });
    expect(await remote.call.value()).toBe(20);
  });

  test("servers are replaced behind a balancer, one after the other, and no call fails for it", async () => {
    const plugin = await counted();
    const calls = await replaced(plugin, async (url) => {
      const remote = await connect(Counter, way(url));
      open.push(remote);
      return () => remote.call.add(1);
    });
    expect(await plugin.call.value!()).toBe(calls);
  });
});

test("servers are replaced under strangers who keep their connections, and no call fails for it", async () => {
  const plugin = await counted();
  const calls = await replaced(plugin, async (url) => {
    const agent = new Agent({ keepAlive: true });
    open.push({ close: () => agent.destroy() });
    const headers = { "Content-Type": "application/json" };
    return () =>
      new Promise((resolve, reject) => {
        const asked = request(`${url}call/add`, { method: "POST", agent, headers }, (told) => {
          told.resume();
          told.once("end", () => (told.statusCode === 200 ? resolve(undefined) : reject(told.statusCode)));
        });
        asked.once("error", reject);
        asked.end("[1]");
      });
  });
  expect(await plugin.call.value!()).toBe(calls);
});

test("what a gateway answers in place of a server is no server's fault, and may have come through", async () => {
  const own = await served(await counted());
  const { url } = await proxied(own.url, "/plugins");
  const remote = await connect(Counter, url);
  open.push(remote);
  expect(await remote.call.add(1)).toBe(1);
  await own.close();
  const error = await failure(remote.call.add(1));
  expect([error.code, error.message]).toEqual([
    "unavailable",
    `[unavailable] could not call counter.add: ${url}: 502 Bad Gateway was answered in its place; it may have been called`,
  ]);
  const asked = await failure(connect(Counter, url));
  expect([asked.code, asked.message]).toEqual(["unavailable", expect.stringContaining("502 Bad Gateway")]);
});

test.each([
  [503, "text/plain", "unavailable"],
  [504, "application/json", "unavailable"],
  [500, "text/html", "bad-peer"],
  [404, "text/html", "bad-peer"],
  [301, "text/html", "bad-peer"],
])("a %i of somebody else's, in %s, is [%s]", async (status, type, code) => {
  const strange = createHttp((_, answer) => answer.writeHead(status, { "Content-Type": type }).end("{}"));
  const port = await listening(strange);
  open.push({ close: () => strange.closeAllConnections() });
  const error = await failure(connect(Counter, `http://127.0.0.1:${port}/`));
  expect([error.code, error.message]).toEqual([code, expect.stringContaining(String(status))]);
});
