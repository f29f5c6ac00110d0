/** Calls over HTTP that go as frames, as soon as a server offers to take them so: all over one connection. */
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer as createHttp, request } from "node:http";
import { type AddressInfo, createServer, connect as dial, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { text as textOf } from "node:stream/consumers";
import { afterEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { encodeValue } from "../../abi/mod.ts";
import { type Contract, contract, type Functions, load, type Plugin, wit } from "../../host/mod.ts";
import { writeFrame } from "../../host/remote/frame.ts";
import { type ConnectOptions, connect, type HttpOptions, http, serve } from "../../host/remote/mod.ts";
import { failure } from "../faults/guest.ts";
import { versions } from "../versions.ts";

const faults = versions(new URL("../guests/faults/", import.meta.url));
const limits = versions(new URL("../guests/limits/", import.meta.url));
const Shapes = contract("test:faults/counter@1", {
  text: { params: [z.string()], returns: z.string() },
  raw: { params: [wit.bytes()], returns: wit.bytes() },
  divide: { params: [z.uint32(), z.uint32()], returns: wit.result(z.uint32(), z.string()) },
});
const Runaway = contract("test:runaway/runaway@1", {
  spin: { params: [] },
  arm: { params: [z.uint32()] },
  armed: { params: [], returns: z.uint32() },
});
const TOKEN = "0123456789abcdef0123456789abcdef";
const VALUES = "application/vnd.moult.values";

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

async function served(options: HttpOptions = {}, plugin?: unknown) {
  const own = (plugin ?? (await load(await faults("shapes")))) as Plugin;
  open.push(own);
  const server = await serve(own, http(options));
  open.push(server);
  return server;
}

const runaway = async () =>
  load(Runaway, await limits("runaway"), {
    isolation: "worker",
    limits: { deadline: 400 },
    afterTrap: "restart",
  });

/** What stands between, and sees what is said. */
async function between(url: string) {
  const { port } = new URL(url);
  const seen = { posts: 0, upgrades: 0, connections: 0 };
  const sockets = new Set<Socket>();
  const [upgraded, muted] = [new Set<Socket>(), new Set<Socket>()];
  const server = createServer((near) => {
    const far = dial(Number(port), "127.0.0.1");
    seen.connections++;
    for (const each of [near, far]) {
      sockets.add(each);
      each.on("error", () => {});
      each.once("close", () => {
        sockets.delete(each);
        near.destroy();
        far.destroy();
      });
    }
    near.on("data", (piece: Buffer) => {
      if (muted.has(near)) return;
      seen.posts += piece.toString("latin1").split("POST /call/").length - 1;
      far.write(piece);
    });
    far.on("data", (piece: Buffer) => {
      if (muted.has(near)) return;
      if (piece.toString("latin1").startsWith("HTTP/1.1 101")) {
        seen.upgrades++;
        upgraded.add(near);
      }
      near.write(piece);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const cut = () => {
    for (const each of sockets) each.destroy();
  };
  open.push({
    close: () => {
      cut();
      server.close();
    },
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    seen,
    cut,
    /** Says nothing more in connections for frames, as a machine without power. */
    mute() {
      for (const each of upgraded) muted.add(each);
    },
  };
}

/** A caller whose calls go as frames. */
async function framed<F extends Functions>(url: string, to: Contract<F>, options?: ConnectOptions) {
  const way = await between(url);
  const remote = await connect(to, way.url, options);
  open.push(remote);
  const { divide, armed } = remote.call as unknown as Record<
    string,
    (...args: unknown[]) => Promise<unknown>
  >;
  const begin = async () => {
    let posts: number;
    do {
      ({ posts } = way.seen);
      await (divide ? divide(7, 2) : armed!());
    } while (way.seen.posts > posts);
  };
  await begin();
  return { ...way, remote, begin };
}

describe("a caller whose server takes frames", () => {
  test("sends its calls over one connection, and what is large beside it", async () => {
    const { remote, seen } = await framed((await served({ token: TOKEN })).url, Shapes, { token: TOKEN });
    const { posts, connections } = seen;
    const texts = Array.from({ length: 500 }, (_, i) => `text ${i}`);
    expect(await Promise.all(texts.map((each) => remote.call.text(each)))).toEqual(texts);
    const refused = await failure(remote.call.divide(1, 0));
    expect([refused.code, refused.payload]).toEqual(["guest-error", "nothing divides by 0"]);
    expect((await remote.describe()).plugin.name).toBe("counter");
    expect(seen).toMatchObject({ posts, connections, upgrades: 1 });
    const large = "x".repeat(70_000);
    expect(await remote.call.text(large)).toBe(large);
    expect(seen).toMatchObject({ posts: posts + 1, upgrades: 1 });
  });

  test.each([{}, { maxCalls: 100 }])(
    "may call as often at a time as it likes: of a server with %o",
    async (options) => {
      const { remote, seen } = await framed((await served(options)).url, Shapes);
      const texts = Array.from({ length: 1_200 }, (_, i) => `text ${i}`);
      expect(await Promise.all(texts.map((each) => remote.call.text(each)))).toEqual(texts);
      expect(seen.upgrades).toBe(1);
    },
  );

  test("gets long answers whole, in pieces as they come, and none that is too long", async () => {
    const { url } = await served();
    const { remote } = await framed(url, Shapes);
    const bytes = new Uint8Array(60_000).map((_, i) => i);
    const all = await Promise.all(Array.from({ length: 40 }, () => remote.call.raw(bytes)));
    expect(all.every((each) => Buffer.compare(each, bytes) === 0)).toBe(true);
    const { remote: bounded } = await framed(url, Shapes, { maxBytes: 4_000 });
    expect(await failure(bounded.call.raw(bytes.subarray(0, 5_000)))).toMatchObject({
      code: "unavailable",
      message: expect.stringContaining("wanted at most 4000 (maxBytes); it may have been called"),
    });
    expect(await bounded.call.divide(7, 2)).toBe(3);
  });

  test("sends them so over TLS, too", async () => {
    const [key, cert, ca] = ["key.pem", "cert.pem", "ca.pem"].map((name) =>
      readFileSync(new URL(`tls/${name}`, import.meta.url)),
    );
    const way = await between((await served({ tls: { key: key!, cert: cert! } })).url);
    const remote = await connect(Shapes, way.url.replace("http", "https"), { ca: ca! });
    open.push(remote);
    do await remote.call.divide(7, 2);
    while (way.seen.connections < 2);
    const together = (n: number) => Promise.all(Array.from({ length: n }, () => remote.call.divide(7, 2)));
    let before: number;
    do {
      before = way.seen.connections;
      await together(10);
    } while (way.seen.connections > before);
    // As requests they would have one each.
    await together(40);
    expect(way.seen.connections).toBe(before);
  });

  test("is told of calls that a broken connection had, and calls on", async () => {
    const plugin = await runaway();
    const { remote, cut, begin, seen } = await framed((await served({}, plugin)).url, Runaway);
    const { posts } = seen;
    const pending = failure(remote.call.spin());
    while (plugin.status.inside === 0) await new Promise(setImmediate);
    cut();
    expect(await pending).toMatchObject({
      code: "unavailable",
      message: expect.stringMatching(/the connection broke off; it may have been called$/),
    });
    expect(seen.posts).toBe(posts);
    expect(await remote.call.armed()).toBe(0);
    await begin();
    expect(seen.upgrades).toBe(2);
  });

  test("leaves a connection in which its server says nothing any more", async () => {
    const { remote, mute, begin, seen } = await framed((await served()).url, Shapes, { timeout: 1_000 });
    mute();
    expect((await failure(remote.call.divide(7, 2))).code).toBe("deadline");
    const { posts } = seen;
    expect(await remote.call.divide(7, 2)).toBe(3);
    expect(seen.posts).toBe(posts + 1);
    await begin();
    expect(seen.upgrades).toBe(2);
  });

  test("takes back a call that waits, and it is not made", async () => {
    const plugin = await runaway();
    const { remote } = await framed((await served({}, plugin)).url, Runaway);
    const { call } = remote.within({ timeout: 150 });
    const restarted = new Promise((resolve) => plugin.on("transition", resolve));
    const spinning = failure(call.spin());
    expect((await failure(call.arm(9))).code).toBe("deadline");
    expect((await spinning).code).toBe("deadline");
    await restarted;
    expect(await plugin.call.armed()).toBe(0);
  });

  test("has its calls answered when the server closes, and none is cut off", async () => {
    const plugin = await runaway();
    const own = await served({}, plugin);
    const { remote, seen } = await framed(own.url, Runaway);
    const { posts } = seen;
    const spinning = failure(remote.call.spin());
    while (plugin.status.inside === 0) await new Promise(setImmediate);
    const closed = own.close();
    expect((await spinning).code).toBe("out-of-time");
    await closed;
    expect(seen.posts).toBe(posts);
    // Under load: each call is answered, or was certainly not made.
    const second = await served();
    const busy = await connect(Shapes, second.url);
    open.push(busy);
    const lanes = Array.from({ length: 16 }, async () => {
      for (;;)
        try {
          await busy.call.divide(7, 2);
        } catch (error) {
          return (error as Error).message;
        }
    });
    for (let i = 0; i < 100; i++) await busy.call.divide(7, 2);
    await second.close();
    for (const message of await Promise.all(lanes)) expect(message).toMatch(/it was not called$/);
  });

  test("does not keep its process alive", async () => {
    const { url } = await served();
    const program = `
      import { connect } from "moult/remote";
      const { call } = await connect(${JSON.stringify(url)});
      for (let i = 0; i < 200; i++) await call.divide(7, 2);
      console.log("done");`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", program], {
      cwd: new URL("../../", import.meta.url),
      stdio: ["ignore", "pipe", "inherit"],
    });
    open.push({ close: () => child.kill("SIGKILL") });
    const ended = new Promise((resolve) => child.once("exit", resolve));
    expect(await textOf(child.stdout)).toBe("done\n");
    expect(await ended).toBe(0);
  });

  test("keeps to requests where the server offers no frames, or what stands between takes none", async () => {
    const way = await between((await served({ upgrade: false })).url);
    const own = await served();
    const { port } = new URL(own.url);
    // It knows of no upgrades, and passes headers on.
    const proxy = createHttp((asked, answer) => {
      const { method, url, headers } = asked;
      const passed = request({ host: "127.0.0.1", port, method, path: url, headers }, (told) => {
        answer.writeHead(told.statusCode!, told.headers);
        told.pipe(answer);
      });
      asked.pipe(passed);
    });
    await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
    open.push({ close: () => proxy.close() });
    for (const url of [way.url, `http://127.0.0.1:${(proxy.address() as AddressInfo).port}/`]) {
      const remote = await connect(Shapes, url);
      open.push(remote);
      for (let i = 0; i < 20; i++) expect(await remote.call.divide(7, 2)).toBe(3);
    }
    expect(way.seen).toMatchObject({ posts: 20, upgrades: 0 });
  });

  test("believes nothing in them that is none, and calls on", async () => {
    const own = await served();
    const sent = [
      Buffer.from("HTTP/1.1 400 Bad Request\r\n\r\n"),
      sized(new Uint8Array([2, 2, 1, 0, 0, 0])),
      sized(writeFrame({ kind: "cancel", id: 1 })),
      Buffer.from([255, 255, 255, 255]),
    ];
    for (const bytes of sent) {
      // It answers as moult does, and its frames are others.
      const fake = createHttp((asked, answer) => {
        const headers = { ...asked.headers, host: new URL(own.url).host };
        const passed = request(new URL(asked.url!, own.url), { method: asked.method, headers }, (told) => {
          answer.writeHead(told.statusCode!, told.headers);
          told.pipe(answer);
        });
        asked.pipe(passed);
      });
      let upgraded = 0;
      fake.on("upgrade", (_, socket: Duplex) => {
        upgraded++;
        socket.on("error", () => {});
        socket.write("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: moult.1\r\n\r\n");
        socket.once("data", () => socket.write(bytes));
      });
      await new Promise<void>((resolve) => fake.listen(0, "127.0.0.1", resolve));
      open.push({ close: () => fake.close() });
      const remote = await connect(Shapes, `http://127.0.0.1:${(fake.address() as AddressInfo).port}/`);
      open.push(remote);
      let error: { readonly message: string } | undefined;
      while (!error) await remote.call.divide(7, 2).catch((cause) => (error = cause));
      expect(error.message).toMatch(/what its server sent cannot be read: .*; it may have been called$/);
      expect(await remote.call.divide(7, 2)).toBe(3);
      expect(upgraded).toBe(1);
    }
  });
});

const sized = (frame: Uint8Array) => {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(frame.length);
  return Buffer.concat([length, frame]);
};
const asking = (id: number, text: string) =>
  sized(
    writeFrame({
      kind: "request",
      id,
      method: "POST",
      type: VALUES,
      path: "call/text",
      trace: undefined,
      body: encodeValue({ tuple: ["string" as const] }, [text]),
    }),
  );

/** Asks for frames by hand. @returns the connection, or the status of the refusal */
function upgraded(url: string, headers: Record<string, string> = {}): Promise<Duplex | number> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { headers: { Connection: "Upgrade", Upgrade: "moult.1", ...headers } });
    asked.once("upgrade", (_, socket) => {
      socket.on("error", () => {});
      open.push({ close: () => socket.destroy() });
      resolve(socket);
    });
    asked.once("response", ({ statusCode }) => resolve(statusCode!));
    asked.once("error", reject);
    asked.end();
  });
}

describe("a connection for frames", () => {
  const ended = (socket: Duplex) => new Promise((resolve) => socket.once("close", resolve));
  const works = async (url: string) => {
    const answer = await fetch(`${url}call/divide`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: "[7, 2]",
    });
    return answer.text();
  };

  test("is given to who has the token, by a name of this machine's own, and to nobody else", async () => {
    const { url } = await served({ token: TOKEN });
    expect(await upgraded(url)).toBe(401);
    expect(await upgraded(url, { Authorization: `Bearer ${TOKEN}x` })).toBe(401);
    expect(await upgraded(url, { Authorization: `Bearer ${TOKEN}` })).toBeTypeOf("object");
    const { url: own } = await served();
    expect(await upgraded(own, { Host: "evil.example" })).toBe(401);
    expect(await upgraded((await served({ upgrade: false })).url)).toBe(200);
  });

  test.each([
    ["no frame", sized(new Uint8Array([1, 9, 0, 0, 0, 0]))],
    ["HTTP", Buffer.from("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")],
    ["more than a frame may have", Buffer.from([0, 0, 2, 0])],
    ["an empty one", Buffer.alloc(4)],
  ])("that sends %s is closed, and others are served", async (_, bytes) => {
    const { url } = await served();
    const socket = (await upgraded(url)) as Duplex;
    socket.resume();
    socket.write(bytes);
    await ended(socket);
    expect(await works(url)).toBe("3\n");
  });

  test("that sends half a frame, and no more, is cut off in time, and what it held is free again", async () => {
    const { url } = await served({ requestTimeout: 300, maxHeldBytes: 40_000 });
    const socket = (await upgraded(url)) as Duplex;
    socket.resume();
    const closed = ended(socket);
    socket.write(asking(1, "x".repeat(30_000)).subarray(0, 25_000));
    const large = () =>
      fetch(`${url}call/text`, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(["x".repeat(19_000)]),
      }).then(({ status }) => status);
    while ((await large()) === 200);
    await closed;
    expect(await large()).toBe(200);
  });

  test("that does not take its answers is cut off, and what it held is free again", async () => {
    const { url } = await served({ requestTimeout: 500, maxHeldBytes: 8 * 2 ** 20 });
    const socket = (await upgraded(url)) as Duplex;
    socket.pause();
    const closed = ended(socket);
    const large = () =>
      fetch(`${url}call/text`, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(["x".repeat(3 * 2 ** 20)]),
      }).then(
        ({ status }) => status,
        () => 503,
      );
    for (let i = 1; i <= 250; i++) socket.write(asking(i, "x".repeat(60_000)));
    while ((await large()) === 200);
    while ((await large()) !== 200);
    socket.resume();
    await closed;
  });

  test("has at most so many requests under way, and its pieces come as they like", async () => {
    const plugin = await runaway();
    const { url } = await served({ maxCalls: 2 }, plugin);
    const socket = (await upgraded(url)) as Duplex;
    const unit = new Uint8Array(0);
    const request = (id: number) =>
      sized(
        writeFrame({
          kind: "request",
          id,
          method: "POST",
          type: VALUES,
          path: "call/spin",
          trace: undefined,
          body: unit,
        }),
      );
    for (const byte of Buffer.concat([1, 2, 3].map(request))) socket.write(Buffer.of(byte));
    const answer = await new Promise<Buffer>((resolve) => socket.once("data", resolve));
    expect(answer.toString("latin1")).toContain("queue-full");
    expect(answer.readUInt32LE(6)).toBe(3);
  });
});

test("who asks for another protocol is answered as if not: HTTP/2 in clear, a WebSocket where none are taken", async () => {
  const { url } = await served();
  const asked = (protocol: string) =>
    new Promise<string>((resolve, reject) => {
      const sent = request(`${url}call/text`, {
        method: "POST",
        headers: {
          Connection: "Upgrade, HTTP2-Settings",
          Upgrade: protocol,
          "HTTP2-Settings": "AAMAAABkAARAAAAAAAIAAAAA",
          "Content-Type": "application/json",
        },
      });
      sent.once("response", (answer) => resolve(textOf(answer)));
      sent.once("error", reject);
      sent.end(JSON.stringify(["ä".repeat(50_000)]));
    });
  for (const protocol of ["h2c", "websocket", "TLS/1.0"])
    expect(JSON.parse(await asked(protocol))).toBe("ä".repeat(50_000));
});
