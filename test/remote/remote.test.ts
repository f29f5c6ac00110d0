/** A plugin that is served over HTTP: called with types from elsewhere, and by hand. */
import { createServer, request, type Server } from "node:http";
import { type AddressInfo, connect as dial } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { encodeValue } from "../../abi/mod.ts";
import { contract, type LoadOptions, load, type Plugin, wit } from "../../host/mod.ts";
import { connect, type HttpOptions, http, type Served, serve } from "../../host/remote/mod.ts";
import { failure } from "../faults/guest.ts";
import { versions } from "../versions.ts";

const faults = versions(new URL("../guests/faults/", import.meta.url));
const counter = versions(new URL("../../wasm-plugins/counter/", import.meta.url));
const people = versions(new URL("../guests/remote/", import.meta.url));
const hammer = versions(new URL("../guests/limits/", import.meta.url));

const Shapes = contract("test:faults/counter@1", {
  long: { params: [z.uint64()], returns: z.uint64() },
  text: { params: [z.string()], returns: z.string() },
  raw: { params: [wit.bytes()], returns: wit.bytes() },
  divide: { params: [z.uint32(), z.uint32()], returns: wit.result(z.uint32(), z.string()) },
});
const Counter = contract("demo:counter/counter@1", {
  add: { params: [z.uint32()], returns: z.uint32() },
  value: { params: [], returns: z.uint32() },
});
const MIB = 2 ** 20;
const TOKEN = "0123456789abcdef0123456789abcdef";

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

async function served<P extends Plugin>(plugin: P, options: HttpOptions = {}): Promise<Served> {
  open.push(plugin);
  const own = await serve(plugin as unknown as Plugin, http(options));
  open.push(own);
  return own;
}

const shapes = async (options?: HttpOptions) => served(await load(await faults("shapes")), options);
const counted = async (options?: LoadOptions) => load(Counter, await counter("v1"), options);
/** Until a call is under way. @returns the answer to one more, where one is the most */
async function busy(url: string): Promise<Response> {
  for (;;) {
    const answer = await fetch(`${url}call/armed`, json([]));
    if (answer.status !== 200) return answer;
  }
}
const json = (body: unknown, headers: Record<string, string> = {}) => ({
  method: "POST",
  headers: { "Content-Type": "application/json", ...headers },
  body: JSON.stringify(body),
});

describe("a caller with a contract", () => {
  test("calls every kind of value as if it were near", async () => {
    const { url } = await shapes();
    const plugin = await connect(Shapes, url);
    open.push(plugin);
    const { call } = plugin;
    expect(await call.long(2n ** 64n - 1n)).toBe(2n ** 64n - 1n);
    expect(await call.text("grün 🌱 ".repeat(10_000))).toBe("grün 🌱 ".repeat(10_000));
    expect(await call.raw(new Uint8Array([1, 2, 3]))).toEqual(new Uint8Array([1, 2, 3]));
    expect(await call.divide(7, 2)).toBe(3);
    const refused = await failure(call.divide(1, 0));
    expect([refused.code, refused.payload]).toEqual(["guest-error", "nothing divides by 0"]);
    expect(refused.message).toContain("the plugin answered an error: nothing divides by 0");
  });

  test("has the names, sets, maps and nulls of its own contract, in bytes and in JSON", async () => {
    const User = z.object({
      userID: z.uint32(),
      nickName: z.string().nullable(),
      homeURL: z.string(),
      tags: z.set(z.string()),
      scores: z.map(z.string(), z.uint64()),
    });
    const People = contract("test:remote/people@1", {
      renamed: { params: [User, z.string().nullable()], returns: User },
      byID: { params: [z.array(User)], returns: z.map(z.uint32(), User) },
    });
    const { url } = await served(await load(People, await people("people")));
    const remote = await connect(People, url);
    open.push(remote);
    const ann = {
      userID: 7,
      nickName: null,
      homeURL: "https://example.org",
      tags: new Set(["a", "b"]),
      scores: new Map([["x", 2n ** 63n]]),
    };
    expect(await remote.call.renamed(ann, "Ann")).toEqual({ ...ann, nickName: "Ann" });
    expect(await remote.call.byID([ann])).toEqual(new Map([[7, ann]]));
    const told = {
      userID: 7,
      nickName: null,
      homeURL: "https://example.org",
      tags: ["a", "b"],
      scores: { x: "9223372036854775808" },
    };
    const answer = await fetch(`${url}call/renamed`, json([told, null]));
    expect(await answer.json()).toEqual(told);
    expect(await (await fetch(`${url}call/by-id`, json([[told]]))).json()).toEqual([[7, told]]);
    // A caller who needs less of it has less.
    const Fewer = contract("test:remote/people@1", {
      byID: { params: [z.array(User)], returns: z.map(z.uint32(), z.object({ homeURL: z.string() })) },
    });
    const fewer = await connect(Fewer, url);
    open.push(fewer);
    expect(await fewer.call.byID([ann])).toEqual(new Map([[7, { homeURL: "https://example.org" }]]));
  });

  test("gets the plugin's own errors, with their codes", async () => {
    const plugin = await load(await hammer("runaway"), { limits: { fuel: 100_000 }, afterTrap: "restart" });
    const { url } = await served(plugin);
    const Runaway = contract("test:runaway/runaway@1", {
      spin: { params: [] },
      armed: { params: [], returns: z.uint32() },
    });
    const { call, close } = await connect(Runaway, url);
    open.push({ close });
    const error = await failure(call.spin());
    expect(error.code).toBe("out-of-fuel");
    expect(error.message).toContain("(limits.fuel)");
    expect(await call.armed()).toBe(0);
  });

  test("is refused before the first call where the two do not fit", async () => {
    const { url } = await shapes();
    const Other = contract("test:faults/counter@1", { text: { params: [z.uint32()], returns: z.string() } });
    expect(await failure(connect(Other, url))).toMatchObject({
      code: "mismatch",
      message: expect.stringContaining("text: wanted (u32) -> string, found (string) -> string"),
    });
    const Older = contract("test:faults/counter@2", { text: { params: [z.string()], returns: z.string() } });
    expect((await failure(connect(Older, url))).code).toBe("mismatch");
  });

  test("does not send what does not fit", async () => {
    const { url } = await shapes();
    const plugin = await connect(Shapes, url);
    open.push(plugin);
    const error = await failure(plugin.call.divide("7" as never, 2));
    expect([error.code, error.message]).toEqual(["argument", expect.stringContaining("it was not called")]);
  });

  test("notices nothing of a swap under load", async () => {
    const plugin = await counted();
    const { url } = await served(plugin);
    const remote = await connect(Counter, url);
    open.push(remote);
    let [answered, swapping] = [0, true];
    const load = Array.from({ length: 8 }, async () => {
      while (swapping) {
        await remote.call.add(1);
        answered++;
      }
    });
    for (let i = 0; i < 20; i++) {
      await plugin.swap(await counter("v1"));
      while (answered < 20 * (i + 1)) await new Promise(setImmediate);
    }
    swapping = false;
    await Promise.all(load);
    expect(await remote.call.value()).toBe(answered);
    expect((await remote.describe()).generation).toBe(21);
  });

  test("is told when nothing answers, and whether it may have been called", async () => {
    const own = await shapes();
    const plugin = await connect(Shapes, own.url);
    open.push(plugin);
    await own.close();
    // The first may find a connection that was kept, and that breaks off under it: then nobody knows.
    const first = await failure(plugin.call.text("x"));
    expect(first.code).toBe("unavailable");
    expect(first.message).toMatch(/it was not called$|the connection broke off; it may have been called$/);
    expect(await failure(plugin.call.text("x"))).toMatchObject({
      code: "unavailable",
      message: expect.stringMatching(/no server answers there; it was not called$/),
    });
    expect((await failure(connect(Shapes, own.url))).code).toBe("unavailable");
  });

  test.each(["ftp://localhost/", "nowhere", "http://user:word@localhost/"])(
    "is told what a URL is: %s",
    async (url) => {
      expect((await failure(connect(Shapes, url))).code).toBe("argument");
    },
  );
});

describe("a person with curl", () => {
  test("calls in JSON, and reads what is served", async () => {
    const { url } = await shapes();
    const { moult, plugin } = await (await fetch(url)).json();
    expect([moult, plugin.name, plugin.interface]).toEqual([1, "counter", "test:faults/counter@1.0.0"]);
    const answer = await fetch(`${url}call/divide`, json([7, 2]));
    expect([answer.status, await answer.text()]).toEqual([200, "3\n"]);
    const long = await fetch(`${url}call/long`, json(["18446744073709551615"]));
    expect(await long.json()).toBe("18446744073709551615");
    const err = await fetch(`${url}call/divide`, json([1, 0]));
    expect([err.status, err.headers.get("content-type")]).toEqual([422, "application/problem+json"]);
    expect(await err.json()).toMatchObject({ title: "guest-error", error: "nothing divides by 0" });
  });

  test.each([
    ["an unknown function", "call/nothing", json([]), 404, "mismatch"],
    ["a name of every object's", "call/constructor", json([]), 404, "mismatch"],
    ["too few arguments", "call/divide", json([7]), 400, "argument"],
    ["an argument of another type", "call/divide", json([7, "two"]), 400, "argument"],
    ["no list", "call/divide", json({ total: 7 }), 400, "argument"],
    ["no JSON", "call/divide", { ...json([]), body: "{" }, 400, "argument"],
    ["a form", "call/divide", { method: "POST", body: "[7,2]" }, 415, "argument"],
    ["another method", "call/divide", { method: "GET" }, 405, "argument"],
    [
      "a packed body",
      "call/divide",
      json([7, 2], { "Content-Encoding": "gzip" }) as RequestInit,
      415,
      "argument",
    ],
    ["another path", "other", { method: "GET" }, 404, "not-found"],
  ])("is told of %s", async (_, path, request, status, title) => {
    const { url } = await shapes();
    const answer = await fetch(url + path, request);
    expect([answer.status, (await answer.json()).title]).toEqual([status, title]);
    // It serves on.
    expect(await (await fetch(`${url}call/divide`, json([7, 2]))).json()).toBe(3);
  });

  test("may look at headers alone, and is told of the methods that there are", async () => {
    const { url } = await shapes();
    for (const path of ["", "openapi.json", "live", "ready"]) {
      const [whole, head] = [await fetch(url + path), await fetch(url + path, { method: "HEAD" })];
      expect([head.status, head.headers.get("content-length"), await head.text()]).toEqual([
        200,
        String((await whole.arrayBuffer()).byteLength),
        "",
      ]);
    }
    const allowed = async (path: string, method: string) =>
      (await fetch(url + path, { method })).headers.get("allow");
    expect(await allowed("call/divide", "HEAD")).toBe("POST");
    expect(await allowed("call/divide", "OPTIONS")).toBe("POST");
    expect(await allowed("", "DELETE")).toBe("GET, HEAD");
  });

  test("gets nothing where a function answers nothing", async () => {
    const { url } = await served(await load(await hammer("runaway")));
    const answer = await fetch(`${url}call/arm`, json([7]));
    expect([answer.status, await answer.text()]).toEqual([204, ""]);
    expect(await (await fetch(`${url}call/armed`, json([]))).json()).toBe(7);
  });
});

describe("a token", () => {
  test("is asked for of calls and descriptions, and not of liveness", async () => {
    const { url } = await shapes({ token: [TOKEN, TOKEN.toUpperCase()] });
    const denied = await fetch(`${url}call/divide`, json([7, 2]));
    expect([denied.status, denied.headers.get("www-authenticate")]).toEqual([401, "Bearer"]);
    expect((await fetch(url)).status).toBe(401);
    expect((await fetch(`${url}ready`)).status).toBe(200);
    const auth = { Authorization: `Bearer ${TOKEN}` };
    expect(await (await fetch(`${url}call/divide`, json([7, 2], auth))).json()).toBe(3);
    for (const wrong of ["", TOKEN.slice(1), `${TOKEN}0`, `${TOKEN.slice(0, -1)}0`])
      expect((await fetch(url, { headers: { Authorization: `Bearer ${wrong}` } })).status).toBe(401);
    const remote = await connect(Shapes, url, { token: TOKEN.toUpperCase() });
    open.push(remote);
    expect(await remote.call.divide(7, 2)).toBe(3);
    expect(await failure(connect(Shapes, url, { token: `${TOKEN}x` }))).toMatchObject({ code: "denied" });
  });

  test("is wanted where others than this machine could call, and is no short word", async () => {
    const plugin = await load(await faults("shapes"));
    open.push(plugin);
    expect(() => http({ host: "0.0.0.0" })).toThrow(
      /everybody who reaches 0\.0\.0\.0 could call it; say a token/,
    );
    for (const token of ["short", "with spaces in it, and long", ""])
      expect(() => http({ token })).toThrow(/\[argument\]/);
    const own = await serve(plugin, http({ host: "0.0.0.0", token: TOKEN }));
    open.push(own);
    expect((await fetch(`${own.url}live`)).status).toBe(200);
  });
});

describe("a hostile caller", () => {
  test.each(["evil.example", "evil.example:80", "127.0.0.1.evil.example", "localhost.evil.example"])(
    "has a name lead to this machine, from a page: %s",
    async (name) => {
      const { url } = await shapes();
      const status = await new Promise((resolve, reject) => {
        const headers = { Host: name, "Content-Type": "application/json" };
        const sent = request(`${url}call/text`, { method: "POST", headers }, (answer) => {
          answer.resume();
          resolve(answer.statusCode);
        });
        sent.once("error", reject);
        sent.end('["x"]');
      });
      expect(status).toBe(401);
    },
  );

  test("sends too much, and is refused before it is read", async () => {
    const { url } = await shapes({ maxBytes: 1_000 });
    const answer = await fetch(`${url}call/text`, json(["x".repeat(2_000)]));
    expect([answer.status, (await answer.json()).detail]).toEqual([
      413,
      "could not read the request: found 2004 bytes or more, wanted at most 1000 (maxBytes)",
    ]);
    expect(await (await fetch(`${url}call/text`, json(["x"]))).json()).toBe("x");
  });

  test.each([
    ["nothing", new Uint8Array(0)],
    ["a pointer out of it", new Uint8Array([255, 255, 255, 127, 4, 0, 0, 0])],
    ["a length without end", new Uint8Array([16, 0, 0, 0, 255, 255, 255, 127])],
  ])("sends bytes that are no value: %s", async (_, body) => {
    const { url } = await shapes();
    const headers = { "Content-Type": "application/vnd.moult.values" };
    const answer = await fetch(`${url}call/text`, { method: "POST", headers, body });
    expect([answer.status, (await answer.json()).title]).toEqual([400, "argument"]);
  });

  test("sends slowly, and is cut off; others are served", async () => {
    const { url } = await shapes({ requestTimeout: 200 });
    const { port } = new URL(url);
    const socket = dial(Number(port), "127.0.0.1");
    const ended = new Promise((resolve) => socket.once("close", resolve));
    socket.on("error", () => {});
    socket.resume();
    socket.write(
      "POST /call/text HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n[",
    );
    expect(await (await fetch(`${url}call/text`, json(["x"]))).json()).toBe("x");
    await ended;
  });

  test("sends more than is held at a time, of all callers: others wait for their turn", async () => {
    const { url } = await shapes({ maxHeldBytes: 10_000 });
    const head = (bytes: number) =>
      `POST /call/text HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${bytes}\r\n\r\n`;
    const body = JSON.stringify(["x".repeat(8_000)]);
    const socket = dial(Number(new URL(url).port), "127.0.0.1");
    open.push({ close: () => socket.destroy() });
    let told = "";
    const answered = new Promise<void>((resolve) => {
      socket.on("data", (piece) => {
        told += piece;
        if (told.endsWith(`"\n`)) resolve();
      });
    });
    socket.write(head(body.length) + body.slice(0, 7_000));
    const others = async () => {
      for (;;) {
        const answer = await fetch(`${url}call/text`, json(["y".repeat(4_000)]));
        if (answer.status !== 200) return answer;
      }
    };
    const answer = await others();
    expect([answer.status, await answer.json()]).toEqual([
      503,
      expect.objectContaining({ title: "queue-full", detail: expect.stringContaining("(maxHeldBytes)") }),
    ]);
    // A small one has room.
    expect((await fetch(`${url}call/text`, json(["x"]))).status).toBe(200);
    socket.write(body.slice(7_000));
    await answered;
    expect(told).toMatch(/^HTTP\/1\.1 200 OK/);
    expect((await fetch(`${url}call/text`, json(["y".repeat(4_000)]))).status).toBe(200);
  });

  test("does not take its answer, and is cut off; what it held is free again", async () => {
    const { url } = await shapes({ maxHeldBytes: 24 * MIB, requestTimeout: 3_000 });
    const headers = { "Content-Type": "application/vnd.moult.values" };
    const tuple = { tuple: [{ list: "u8" as const }] };
    const statusOf = async () => {
      const body = encodeValue(tuple, [new Uint8Array(12 * MIB)]);
      const sent = fetch(`${url}call/raw`, { method: "POST", headers, body });
      // What is refused before it was read is cut off under its sender.
      return sent.then(
        ({ status }) => status,
        () => 503,
      );
    };
    const socket = dial(Number(new URL(url).port), "127.0.0.1");
    open.push({ close: () => socket.destroy() });
    socket.on("error", () => {});
    // It takes the beginning, and nothing more.
    const begun = new Promise<void>((resolve) => {
      socket.once("data", () => {
        socket.pause();
        resolve();
      });
    });
    const body = encodeValue(tuple, [new Uint8Array(15 * MIB)]);
    socket.write(
      `POST /call/raw HTTP/1.1\r\nHost: localhost\r\nContent-Type: ${headers["Content-Type"]}\r\nContent-Length: ${body.length}\r\n\r\n`,
    );
    socket.write(body);
    await begun;
    expect(await statusOf()).toBe(503);
    while ((await statusOf()) !== 200);
  });

  test("leaves while it is called, again and again, and holds nothing", async () => {
    const plugin = await load(await hammer("runaway"), {
      isolation: "worker",
      limits: { deadline: 50 },
      afterTrap: { restart: { limit: 100, delay: 0 } },
    });
    const { url } = await served(plugin, { maxCalls: 1, maxHeldBytes: 1_500 });
    for (let i = 0; i < 12; i++) {
      const leaving = new AbortController();
      const sent = fetch(`${url}call/spin`, { ...json([]), signal: leaving.signal }).catch(() => {});
      await busy(url);
      leaving.abort();
      await sent;
      while ((await fetch(`${url}call/armed`, json([]))).status !== 200);
    }
    // All of it has room again.
    expect((await fetch(`${url}call/echo`, json([["x".repeat(1_000)]]))).status).toBe(200);
  });

  test("gets no answer that is larger than it may be", async () => {
    const { url } = await shapes({ maxBytes: 1_000 });
    const answer = await fetch(`${url}call/raw`, json(["AAAA".repeat(225)]));
    expect([answer.status, (await answer.json()).detail]).toEqual([
      413,
      "could not send the answer: found 1352 bytes, wanted at most 1000 (maxBytes); counter was called",
    ]);
  });

  test("has at most so many calls under way", async () => {
    const plugin = await load(await hammer("runaway"), {
      isolation: "worker",
      limits: { deadline: 300 },
      afterTrap: "restart",
    });
    const { url } = await served(plugin, { maxCalls: 1 });
    const first = fetch(`${url}call/spin`, json([]));
    const answer = await busy(url);
    expect([answer.status, (await answer.json()).title]).toEqual([503, "queue-full"]);
    expect((await first).status).toBe(500);
    expect((await fetch(`${url}call/armed`, json([]))).status).toBe(200);
  });
});

describe("a hostile server", () => {
  async function lies(answer: (server: Server) => void): Promise<string> {
    const server = createServer();
    answer(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    open.push({
      close: () => {
        server.closeAllConnections();
        server.close();
      },
    });
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  }
  const says = (status: number, type: string, body: string | Uint8Array) => (server: Server) =>
    void server.on("request", (_, response) =>
      response.writeHead(status, { "Content-Type": type }).end(body),
    );

  test.each([
    ["a page", says(200, "text/html", "<html>")],
    ["JSON of its own", says(200, "application/json", '{"moult":1}')],
    ["a later protocol", says(200, "application/json", '{"moult":2,"plugin":{},"generation":1}')],
    [
      "a broken manifest",
      says(200, "application/json", '{"moult":1,"plugin":{"name":"\\u0007"},"generation":1}'),
    ],
    ["a redirect", says(302, "text/plain", "")],
    [
      "a problem with a code of its own",
      says(500, "application/problem+json", '{"title":"hello","detail":"x"}'),
    ],
  ])("is no server of moult's: %s", async (_, answer) => {
    const error = await failure(connect(Shapes, await lies(answer)));
    expect(error).toMatchObject({ code: "bad-peer" });
    expect(error.message).not.toContain("\u0007");
  });

  test("answers without end, never, or breaks off: each has its error", async () => {
    const endless = await lies((server) => {
      server.on("request", (_, response) => {
        response.writeHead(200, { "Content-Type": "application/json" });
        const more = () => {
          while (response.write(new Uint8Array(65_536)));
        };
        response.on("drain", more);
        more();
      });
    });
    const large = await failure(connect(Shapes, endless, { maxBytes: 100_000 }));
    expect([large.code, large.message]).toEqual([
      "unavailable",
      expect.stringContaining("wanted at most 100000 (maxBytes)"),
    ]);
    const silent = await lies((server) => void server.on("request", () => {}));
    const late = await failure(connect(Shapes, silent, { timeout: 100 }));
    expect([late.code, late.message]).toEqual([
      "deadline",
      expect.stringContaining("it did not answer within 100 ms (timeout)"),
    ]);
    const broken = await lies((server) => void server.on("request", ({ socket }) => socket.destroy()));
    expect((await failure(connect(Shapes, broken))).code).toBe("unavailable");
  });

  test("answers a call with bytes that are no value", async () => {
    const { url } = await shapes();
    const description = await (await fetch(url)).text();
    const lying = await lies((server) => {
      server.on("request", ({ url: path }, response) => {
        const type = path === "/" ? "application/json" : "application/vnd.moult.values";
        response.writeHead(200, { "Content-Type": type });
        response.end(path === "/" ? description : Buffer.from([255, 255, 255, 127, 9, 0, 0, 0]));
      });
    });
    const plugin = await connect(Shapes, lying);
    open.push(plugin);
    expect((await failure(plugin.call.text("x"))).code).toBe("bad-peer");
  });
});

describe("the end of serving", () => {
  test("lets a call under way end, refuses further ones, and leaves the plugin open", async () => {
    const plugin = await load(await hammer("runaway"), {
      isolation: "worker",
      limits: { deadline: 300 },
      afterTrap: "restart",
    });
    const own = await served(plugin, { maxCalls: 1 });
    const under = fetch(`${own.url}call/spin`, json([]));
    await busy(own.url);
    const second = await connect(
      contract("test:runaway/runaway@1", { armed: { params: [], returns: z.uint32() } }),
      own.url,
    );
    open.push(second);
    const closed = own.close();
    expect((await under).status).toBe(500);
    await closed;
    expect((await failure(second.call.armed())).code).toBe("unavailable");
    expect(await plugin.call.armed!()).toBe(0);
  });

  test("does not wait for longer than it is told to", async () => {
    const plugin = await load(await hammer("runaway"), { isolation: "worker", limits: { deadline: 60_000 } });
    const own = await served(plugin, { maxCalls: 1 });
    const under = fetch(`${own.url}call/spin`, json([])).catch((error) => error);
    await busy(own.url);
    await own.close({ drain: 50 });
    expect(await under).toBeInstanceOf(Error);
    await plugin.close({ drain: 0 });
  });

  test("frees its port, and one that is taken is told", async () => {
    const own = await shapes();
    const port = Number(new URL(own.url).port);
    const plugin = await load(await faults("shapes"));
    open.push(plugin);
    expect(await failure(serve(plugin, http({ port })))).toMatchObject({
      code: "unavailable",
      message: expect.stringContaining(`could not serve at 127.0.0.1:${port}: another program listens there`),
    });
    await own.close();
    const again = await serve(plugin, http({ port }));
    open.push(again);
    expect((await fetch(`${again.url}live`)).status).toBe(200);
  });
});
