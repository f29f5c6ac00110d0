/** The fabric over HTTP: a hub, nodes and callers. */
import type { ChildProcess } from "node:child_process";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { type AddressInfo, connect as dial } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type Fabric, Unserved } from "../../host/fabric/fabric.ts";
import { http, httpFabric, memoryFabric, serveFabric } from "../../host/remote/mod.ts";
import { firstLine, started } from "./child.ts";
import { conformance, held } from "./conformance.ts";
import { freePort } from "./free-port.ts";
import { frozenNodes, ownProcess } from "./frozen-nodes.ts";
import { killedNodes } from "./killed-nodes.ts";
import { bytes, eventually, text, thrown, watched } from "./seen.ts";

const TOKEN = "0123456789abcdef0123456789abcdef";
const TIMEOUT = 10_000;

async function open(payloadAge?: number) {
  const fabric = memoryFabric(payloadAge === undefined ? {} : { payloadAge });
  const hub = await serveFabric(fabric, http({ token: TOKEN }));
  const joined: Fabric[] = [];
  return {
    url: hub.url,
    more: TOKEN,
    hub,
    join: async (options = {}) => {
      const own = await httpFabric(hub.url, { token: TOKEN, ...options });
      joined.push(own);
      return own;
    },
    close: async () => {
      await Promise.all(joined.map((each) => each.close()));
      await hub.close();
      await fabric.close();
    },
  };
}

conformance("a fabric over HTTP", open);
killedNodes("a fabric over HTTP", open);
frozenNodes("a fabric over HTTP", open, ownProcess);

describe("a hub in a process of its own that is killed and comes back", () => {
  test("is gone for a while: calls go on, watches and nodes are there again, and nothing is lost", async () => {
    const path = mkdtempSync(join(tmpdir(), "moult-hub-"));
    let hub: ChildProcess = started("hub-child.mjs", path, "0", TOKEN);
    const url = await firstLine(hub);
    const { port } = new URL(url);
    const [node, caller] = [
      await httpFabric(url, { token: TOKEN, timeout: 2_000 }),
      await httpFabric(["http://127.0.0.1:1/", url], { token: TOKEN, timeout: 2_000 }),
    ];
    try {
      await node.serve("echo", async (message) => message);
      await node.kv.put("plan.a", bytes("1"));
      const blob = await node.blobs.put(new Uint8Array(100_000));
      const seen = await watched(caller, "plan.");
      const call = () => caller.call("echo", { bytes: bytes("x") }, { timeout: TIMEOUT });
      expect(text(await call())).toBe("x");
      const ended = new Promise((resolve) => hub.once("exit", resolve));
      hub.kill("SIGKILL");
      await ended;
      expect(text(await call())).toBe("x");
      const put = await thrown(caller.kv.put("plan.b", bytes("1")));
      expect(put).toMatchObject({ code: "unavailable" });
      expect(await thrown(caller.kv.get("plan.a"))).toMatchObject({ code: "unavailable" });
      hub = started("hub-child.mjs", path, port, TOKEN);
      await firstLine(hub);
      expect(text(await call())).toBe("x");
      await node.kv.put("plan.a", bytes("2"));
      await seen.until("plan.a=1", "plan.a=2");
      expect(seen.changes.filter((change) => change === "plan.a=1")).toHaveLength(1);
      expect((await caller.kv.history("plan.a")).map(text)).toEqual(["1", "2"]);
      expect((await caller.blobs.get(blob))?.length).toBe(100_000);
      // Who comes now finds the node, which has told the new hub of itself.
      const late = await httpFabric(url, { token: TOKEN });
      await eventually(async () =>
        late.call("echo", { bytes: bytes("y") }, { timeout: TIMEOUT }).catch(() => undefined),
      );
      await late.close();
      expect(text(await call())).toBe("x");
    } finally {
      await Promise.all([node.close(), caller.close()]);
      hub.kill("SIGKILL");
      rmSync(path, { recursive: true, force: true });
    }
  });

  test("is told of as it is now where it lost all that it had", async () => {
    const first = memoryFabric();
    const hub = await serveFabric(first, http());
    const { port } = new URL(hub.url);
    const caller = await httpFabric(hub.url);
    await first.kv.put("a", bytes("old"));
    await first.kv.put("b", bytes("old"));
    const seen = await watched(caller, "");
    await hub.close();
    const second = memoryFabric();
    await second.kv.put("a", bytes("new"));
    const again = await serveFabric(second, http({ port: Number(port) }));
    await seen.until("b=old", "a=new", "b gone");
    await caller.close();
    await again.close();
  });
});

describe("a watcher over HTTP", () => {
  test("is told of more than one answer can hold", async () => {
    const cluster = await open();
    try {
      const [one, other] = [await cluster.join(), await cluster.join()];
      const value = new Uint8Array(300_000);
      for (let i = 0; i < 12; i++) await one.kv.put(`k.${i}`, value);
      const found = new Set<string>();
      await other.kv.watch("k.", ({ key }) => void found.add(key));
      expect(found.size).toBe(12);
      await Promise.all(Array.from({ length: 12 }, (_, i) => one.kv.put(`k.${i + 12}`, value)));
      await eventually(async () => found.size === 24);
    } finally {
      await cluster.close();
    }
  });
});

describe("a call over HTTP", () => {
  test("is refused by a node that has too many, and was not called", async () => {
    const cluster = await open();
    try {
      const [node, caller] = [await cluster.join({ node: { maxCalls: 1 } }), await cluster.join()];
      const { handler, taken, answer } = held();
      await node.serve("one", handler);
      const first = caller.call("one", { bytes: bytes("x") }, { timeout: TIMEOUT });
      await taken;
      const error = await thrown(caller.call("one", { bytes: bytes("y") }, { timeout: TIMEOUT }));
      expect(error).toMatchObject({ code: "queue-full" });
      expect(error.message).toContain("it was not called");
      answer();
      expect(text(await first)).toBe("x");
    } finally {
      await cluster.close();
    }
  });

  test("is not handled by another node that took over the address of one", async () => {
    const [cluster, elsewhere] = [await open(), await open()];
    try {
      const port = await freePort();
      const [other, node, caller] = [
        await elsewhere.join({ node: { port } }),
        await cluster.join(),
        await cluster.join(),
      ];
      let calls = 0;
      await other.serve("s", async (message) => {
        calls++;
        return message;
      });
      const say = (url: string) =>
        fetch(`${cluster.url}nodes`, {
          method: "POST",
          headers: { Authorization: `Bearer ${TOKEN}`, "Content-Type": "application/json" },
          body: JSON.stringify({ node: "0".repeat(32), url, subjects: ["s"] }),
        });
      // A node that was there before, as its hub still has it.
      expect((await say(`http://127.0.0.1:${port}/`)).status).toBe(200);
      const call = () => caller.call("s", { bytes: bytes("x") }, { timeout: TIMEOUT });
      expect(await thrown(call())).toBeInstanceOf(Unserved);
      await node.serve("s", async (message) => message);
      for (let i = 0; i < 20; i++) expect(text(await call())).toBe("x");
      expect(calls).toBe(0);
      // A program of another kind answers there.
      await say(cluster.url);
      await eventually(async () => {
        const error = await call().then(
          () => undefined,
          (thrown: Error) => thrown,
        );
        return error?.message.includes("no node of moult's");
      });
    } finally {
      await cluster.close();
      await elsewhere.close();
    }
  });
});

describe("a call while much is under way", () => {
  test("is lost by no node that leaves, although more calls wait for it than it has connections", async () => {
    const cluster = await open();
    try {
      const [leaving, staying, caller] = [await cluster.join(), await cluster.join(), await cluster.join()];
      let handled = 0;
      for (const node of [leaving, staying])
        await node.serve("s", async (message) => {
          handled++;
          await new Promise((resolve) => setTimeout(resolve, 20));
          return message;
        });
      const call = () => caller.call("s", { bytes: bytes("x") }, { timeout: 60_000 });
      const calls = Array.from({ length: 250 }, call);
      await eventually(async () => handled > 50);
      await leaving.close();
      const settled = await Promise.allSettled(calls);
      expect(settled.flatMap((each) => (each.status === "rejected" ? [String(each.reason)] : []))).toEqual(
        [],
      );
      expect(handled).toBe(calls.length);
    } finally {
      await cluster.close();
    }
  });

  test("asks the hub a few times, not once for each, whether a node came just now", async () => {
    const cluster = await open();
    let asked = 0;
    const count = (told: unknown) => {
      const { request } = told as { readonly request: { readonly path: string } };
      if (request.path.startsWith("/watch?of=nodes")) asked++;
    };
    try {
      const caller = await cluster.join();
      const call = () => caller.call("s", { bytes: bytes("x") }, { timeout: TIMEOUT });
      await thrown(call());
      subscribe("http.client.request.start", count);
      const errors = await Promise.all(Array.from({ length: 200 }, () => thrown(call())));
      for (const error of errors) expect(error).toBeInstanceOf(Unserved);
      expect(asked).toBeLessThan(5);
    } finally {
      unsubscribe("http.client.request.start", count);
      await cluster.close();
    }
  });

  test("may have any time, parts of a millisecond too", async () => {
    const cluster = await open();
    try {
      for (let i = 0; i < 2; i++) await (await cluster.join()).serve("s", async (message) => message);
      const caller = await cluster.join({ timeout: 5_000.5 });
      for (const timeout of [TIMEOUT + 0.25, Number.POSITIVE_INFINITY])
        expect(text(await caller.call("s", { bytes: bytes("x") }, { timeout, idempotent: true }))).toBe("x");
    } finally {
      await cluster.close();
    }
  });

  test("was not called where no node is known and the hub is gone, and says so", async () => {
    const cluster = await open();
    try {
      const caller = await cluster.join();
      await cluster.hub.close();
      const error = await thrown(caller.call("s", { bytes: bytes("x") }, { timeout: TIMEOUT }));
      expect(error).toBeInstanceOf(Unserved);
      expect(error.message).toMatch(
        /^could not call s: no node is known that serves it, and the hub does not answer: could not watch: .*; it was not called$/,
      );
    } finally {
      await cluster.close();
    }
  });
});

describe("a hub", () => {
  test("has as many watchers as there are, without a warning", async () => {
    const cluster = await open();
    const warnings: string[] = [];
    const warned = ({ name }: Error) => void warnings.push(name);
    process.on("warning", warned);
    try {
      const caller = await cluster.join();
      for (let i = 0; i < 12; i++) await caller.kv.watch(`k.${i}`, () => {});
      const seen = await watched(caller, "all");
      await caller.kv.put("all", bytes("1"));
      await seen.until("all=1");
      expect(warnings).toEqual([]);
    } finally {
      process.off("warning", warned);
      await cluster.close();
    }
  });

  const auth = { Authorization: `Bearer ${TOKEN}` };

  test("is nobody's who has not its token", async () => {
    const cluster = await open();
    try {
      for (const token of [undefined, "f".repeat(32), `${TOKEN}0`]) {
        const error = await thrown(httpFabric(cluster.url, token === undefined ? {} : { token }));
        expect(error).toMatchObject({ code: "denied" });
      }
      for (const path of ["", "values/a", "keys", "watch", `blobs/${"0".repeat(64)}`])
        expect((await fetch(cluster.url + path)).status, path).toBe(401);
      for (const path of ["values/a", "delete/a", "blobs", "nodes"])
        expect((await fetch(cluster.url + path, { method: "POST", body: "x" })).status, path).toBe(401);
      // A node asks for it, too.
      const node = await cluster.join();
      await node.serve("s", async (message) => message);
      const caller = await cluster.join();
      await caller.call("s", { bytes: bytes("x") }, { timeout: TIMEOUT });
      expect((await fetch(`${cluster.url}live`)).status).toBe(200);
    } finally {
      await cluster.close();
    }
  });

  test("answers what does not fit by name, and goes on", async () => {
    const cluster = await open();
    try {
      const ask = async (path: string, init: RequestInit = {}) => {
        const answer = await fetch(cluster.url + path, { ...init, headers: { ...auth, ...init.headers } });
        return [answer.status, await answer.text()] as const;
      };
      const post = (path: string, body: BodyInit, type = "application/json") =>
        ask(path, { method: "POST", body, headers: { "Content-Type": type } });
      expect((await ask("nothing"))[0]).toBe(404);
      expect((await ask("values"))[0]).toBe(404);
      expect((await ask(`values/${"k".repeat(300)}`))[0]).toBe(400);
      expect((await ask("values/_own"))[0]).toBe(400);
      expect((await ask("values/..%2f..%2fetc"))[0]).toBe(404);
      expect((await ask("watch?revision=x&wait=0"))[0]).toBe(400);
      expect((await ask("watch?prefix=%00&wait=0"))[0]).toBe(400);
      expect((await ask("blobs/xyz"))[0]).toBe(400);
      expect((await ask("delete/a"))[0]).toBe(405);
      expect((await post("values/a", "x", "text/plain"))[0]).toBe(415);
      expect((await post("values/a?if=0", "x"))[0]).toBe(400);
      expect((await post("values/a?if=x", "x"))[0]).toBe(400);
      expect((await post("values/a", new Uint8Array(2 ** 20 + 1)))[0]).toBe(413);
      for (const said of [
        "",
        "{}",
        '{"node":"x","url":"http://x","subjects":[]}',
        JSON.stringify({ node: "0".repeat(32), url: "javascript:alert(1)", subjects: ["a"] }),
        JSON.stringify({ node: "0".repeat(32), url: "http://user:pass@x/", subjects: ["a"] }),
        JSON.stringify({ node: "0".repeat(32), url: "http://x/", subjects: ["a b"] }),
        "[".repeat(100_000),
      ])
        expect((await post("nodes", said))[0], said.slice(0, 60)).toBe(400);
      const fabric = await cluster.join();
      expect(await fabric.kv.keys("")).toEqual([]);
    } finally {
      await cluster.close();
    }
  });

  test("is not moved by random bytes, and by bodies that do not end", async () => {
    const fabric = memoryFabric();
    const hub = await serveFabric(fabric, http({ token: TOKEN, requestTimeout: 500, maxBytes: 100_000 }));
    try {
      const { port } = new URL(hub.url);
      const said = (text: string | Uint8Array) =>
        new Promise<void>((resolve) => {
          const socket = dial(Number(port), "127.0.0.1", () => socket.write(text));
          socket.on("error", () => {});
          socket.on("data", () => {});
          socket.once("close", () => resolve());
        });
      const random = Array.from({ length: 20 }, (_, i) =>
        Uint8Array.from({ length: 3_000 }, (_, j) => (j * 97 + i * 131 + j * j) % 256),
      );
      const head = `POST /values/a HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${TOKEN}\r\nContent-Type: application/json\r\n`;
      await Promise.all([
        ...random.map(said),
        // Of a body that is announced nothing comes.
        said(`${head}Content-Length: 5000\r\n\r\nabc`),
        said(`${head}Transfer-Encoding: chunked\r\n\r\n5\r\nabc`),
        said(`GET /${"x".repeat(30_000)} HTTP/1.1\r\n\r\n`),
      ]);
      const own = await httpFabric(hub.url, { token: TOKEN });
      expect(await own.kv.put("a", bytes("1"))).toBe(1);
      await own.close();
    } finally {
      await hub.close();
      await fabric.close();
    }
  });

  test("does not end those that wait with an error, and leaves none waiting, when it is closed", async () => {
    const cluster = await open();
    const watching = fetch(`${cluster.url}watch?wait=20000&of=nodes`, { headers: auth });
    const first = await watching;
    expect(first.status).toBe(200);
    await cluster.close();
    await thrown(httpFabric(cluster.url, { token: TOKEN, timeout: 500 }));
  });

  test("is believed in nothing that cannot be", async () => {
    let answer: (path: string) => { type: string; body: string | Uint8Array } = () => ({
      type: "application/json",
      body: '{"fabric":1,"maxMessageBytes":1000}',
    });
    const server = createServer((request, response) => {
      const { type, body } = answer(request.url ?? "");
      response.writeHead(200, { "Content-Type": type });
      response.end(body);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const fabric = await httpFabric(url, { timeout: 2_000 });
    const digest = `sha256-${"A".repeat(43)}=`;
    const random = Uint8Array.from({ length: 2_000 }, (_, i) => (i * 37) % 256);
    for (const [type, body] of [
      ["application/json", "{}"],
      ["application/json", "[1]"],
      ["text/html", "<p>"],
      ["avro/binary", random],
    ] as const) {
      answer = () => ({ type, body });
      expect(await thrown(fabric.kv.get("a"))).toMatchObject({ code: "bad-peer" });
      expect(await thrown(fabric.kv.put("a", bytes("1")))).toMatchObject({ code: "bad-peer" });
      expect(await thrown(fabric.kv.watch("", () => {}))).toMatchObject({ code: "bad-peer" });
      expect(await thrown(fabric.blobs.has(digest))).toMatchObject({ code: "bad-peer" });
      expect(await thrown(fabric.blobs.get(digest))).toMatchObject({ code: "integrity" });
    }
    answer = () => ({ type: "application/json", body: '{"fabric":2,"maxMessageBytes":1000}' });
    const later = await thrown(httpFabric(url));
    expect(later.message).toContain("its hub speaks version 2 of the protocol, wanted 1");
    await fabric.close();
    await new Promise((resolve) => server.close(resolve));
  });
});

test("a hub that sends a blob without an end is left after the bytes that were wanted", async () => {
  let sent = 0;
  const server = createServer((request, response) => {
    if (!request.url?.startsWith("/blobs/")) {
      response.setHeader("Content-Type", "application/json");
      return void response.end('{"fabric":1,"maxMessageBytes":1000}');
    }
    const piece = new Uint8Array(100_000);
    const more = () => {
      while (!response.destroyed && response.write(piece)) sent += piece.length;
      if (!response.destroyed) response.once("drain", more);
    };
    more();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const fabric = await httpFabric(`http://127.0.0.1:${port}/`);
  try {
    const error = await thrown(fabric.payloads.get(`sha256-${"A".repeat(43)}=`, 1_000_000));
    expect(error).toMatchObject({ code: "too-large" });
    expect(error.message).toMatch(/its answer has \d+ bytes or more, wanted at most 1000000/);
    // What systems hold on the way is beside that.
    expect(sent).toBeLessThan(20_000_000);
  } finally {
    await fabric.close();
    await new Promise((resolve) => server.close(resolve));
  }
});

test("what is not served over HTTP, and where, is told by name", async () => {
  expect(await thrown(serveFabric({} as never, http()))).toMatchObject({ code: "argument" });
  expect(await thrown(serveFabric(memoryFabric(), {} as never))).toMatchObject({ code: "argument" });
  expect(await thrown(httpFabric("nats://127.0.0.1"))).toMatchObject({ code: "argument" });
  expect(await thrown(httpFabric([]))).toMatchObject({ code: "argument" });
  const none = await thrown(httpFabric("http://127.0.0.1:1/"));
  expect(none).toMatchObject({ code: "unavailable" });
  expect(none.message).toBe(
    "[unavailable] could not join the fabric at http://127.0.0.1:1/: http://127.0.0.1:1/: no server answers there",
  );
  expect(Unserved.name).toBe("Unserved");
});
