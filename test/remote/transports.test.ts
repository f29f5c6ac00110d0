/** What a server promises its callers, whatever carries their calls: HTTP, a WebSocket, or a port of a thread. */
import { request } from "node:http";
import { afterEach, describe, expect, test } from "vitest";
import WebSocket from "ws";
import { z } from "zod";
import { encodeValue } from "../../abi/mod.ts";
import { capability, contract, type LoadOptions, load, type Plugin, wit } from "../../host/mod.ts";
import { writeFrame } from "../../host/remote/frame.ts";
import {
  type ConnectOptions,
  connect,
  type HttpOptions,
  http,
  messagePort,
  type PortLike,
  type Served,
  serve,
  traceContext,
  VERBS,
} from "../../host/remote/mod.ts";
import { failure } from "../faults/guest.ts";
import { Granted, held } from "../faults/held.ts";
import { versions } from "../versions.ts";

const faults = versions(new URL("../guests/faults/", import.meta.url));
const counter = versions(new URL("../../wasm-plugins/counter/", import.meta.url));
const limits = versions(new URL("../guests/limits/", import.meta.url));
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
const Runaway = contract("test:runaway/runaway@1", {
  spin: { params: [] },
  armed: { params: [], returns: z.uint32() },
});
const OPERATOR = "operator-0123456789abcdef";
const PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

interface Bounds {
  readonly maxBytes?: number;
  readonly maxFileBytes?: number;
  readonly maxCalls?: number;
  readonly operator?: boolean;
}
interface Serving {
  readonly own: Served;
  readonly to: string | PortLike;
  readonly sent: ConnectOptions;
}

async function served(plugin: unknown, options?: HttpOptions): Promise<Served> {
  open.push(plugin as Plugin);
  const own = await serve(plugin as Plugin, http(options));
  open.push(own);
  return own;
}

const webSocketUrl = ({ url }: Served) => url.replace(/^http/, "ws");
const granting = (operator: boolean | undefined): HttpOptions =>
  operator ? { token: { token: OPERATOR, verbs: VERBS } } : {};

/** The same module with more bytes, which say nothing. */
function padded(wasm: Uint8Array, more: number): Uint8Array {
  const size = [(more & 127) | 128, ((more >> 7) & 127) | 128, more >> 14];
  return new Uint8Array([...wasm, 0, ...size, 1, 0x78, ...new Uint8Array(more - 2)]);
}

const TRANSPORTS: Record<string, (plugin: unknown, bounds?: Bounds) => Promise<Serving>> = {
  async http(plugin, { operator, ...bounds } = {}) {
    const own = await served(plugin, { ...bounds, ...granting(operator) });
    return { own, to: own.url, sent: operator ? { token: OPERATOR } : {} };
  },
  async "a WebSocket"(plugin, { operator, ...bounds } = {}) {
    const own = await served(plugin, { ...bounds, ...granting(operator), webSocket: true });
    return { own, to: webSocketUrl(own), sent: operator ? { token: OPERATOR } : {} };
  },
  async "a port"(plugin, { operator, ...bounds } = {}) {
    open.push(plugin as Plugin);
    const { port1, port2 } = new MessageChannel();
    const own = await serve(
      plugin as Plugin,
      messagePort(port1 as unknown as PortLike, { ...bounds, ...(operator && { verbs: VERBS }) }),
    );
    open.push(own);
    return { own, to: port2 as unknown as PortLike, sent: {} };
  },
};

describe.each(Object.entries(TRANSPORTS))("over %s", (_, over) => {
  const counted = (options?: LoadOptions) => counter("v1").then((wasm) => load(Counter, wasm, options));
  const stopped = { isolation: "worker", limits: { deadline: 300 }, afterTrap: "restart" } as const;

  test("every kind of value comes and goes, and errs with their payloads", async () => {
    const { to, sent } = await over(await load(await faults("shapes")));
    const remote = await connect(Shapes, to, sent);
    open.push(remote);
    const { call } = remote;
    expect(await call.long(2n ** 64n - 1n)).toBe(2n ** 64n - 1n);
    expect(await call.text("grün 🌱 ".repeat(10_000))).toBe("grün 🌱 ".repeat(10_000));
    expect(await call.raw(new Uint8Array([1, 2, 3]))).toEqual(new Uint8Array([1, 2, 3]));
    expect(await call.divide(7, 2)).toBe(3);
    const refused = await failure(call.divide(1, 0));
    expect([refused.code, refused.payload]).toEqual(["guest-error", "nothing divides by 0"]);
    const misfit = await failure(call.divide("7" as never, 2));
    expect([misfit.code, misfit.message]).toEqual(["argument", expect.stringContaining("it was not called")]);
  });

  test("a contract that does not fit is refused before the first call", async () => {
    const { to, sent } = await over(await load(await faults("shapes")));
    const Other = contract("test:faults/counter@1", { text: { params: [z.uint32()], returns: z.string() } });
    expect(await failure(connect(Other, to, sent))).toMatchObject({
      code: "mismatch",
      message: expect.stringContaining("text: wanted (u32) -> string, found (string) -> string"),
    });
  });

  test("many calls at a time are each answered with their own", async () => {
    const { to, sent } = await over(await load(await faults("shapes"), { isolation: "worker" }));
    const remote = await connect(Shapes, to, sent);
    open.push(remote);
    const texts = Array.from({ length: 300 }, (_, i) => `text ${i}`);
    expect(await Promise.all(texts.map((each) => remote.call.text(each)))).toEqual(texts);
  });

  test("a swap under load is not noticed, and loses nothing", async () => {
    const plugin = await counted();
    const { to, sent } = await over(plugin);
    const remote = await connect(Counter, to, sent);
    open.push(remote);
    let [answered, swapping] = [0, true];
    const load = Array.from({ length: 8 }, async () => {
      while (swapping) {
        await remote.call.add(1);
        answered++;
      }
    });
    for (let i = 0; i < 10; i++) {
      await plugin.swap(await counter("v1"));
      while (answered < 20 * (i + 1)) await new Promise(setImmediate);
    }
    swapping = false;
    await Promise.all(load);
    expect(await remote.call.value()).toBe(answered);
    expect((await remote.describe()).generation).toBe(11);
  });

  test("what is too large is refused, on the way there and back", async () => {
    const { to, sent } = await over(await load(await faults("shapes")), { maxBytes: 4_000 });
    const remote = await connect(Shapes, to, sent);
    open.push(remote);
    const large = await failure(remote.call.raw(new Uint8Array(8_000)));
    expect([large.code, large.message]).toEqual([
      "too-large",
      expect.stringMatching(
        /could not read the request: found 8\d{3} bytes or more, wanted at most 4000 \(maxBytes\)$/,
      ),
    ]);
    expect(await remote.call.divide(7, 2)).toBe(3);
    const other = await over(await load(await faults("shapes")));
    const modest = await connect(Shapes, other.to, { ...other.sent, maxBytes: 4_000 });
    open.push(modest);
    const answer = await failure(modest.call.raw(new Uint8Array(5_000)));
    expect([answer.code, answer.message]).toEqual([
      "unavailable",
      expect.stringMatching(
        /its answer has 5\d{3} bytes( or more)?, wanted at most 4000 \(maxBytes\); it may have been called$/,
      ),
    ]);
    expect(await modest.call.divide(7, 2)).toBe(3);
  });

  test("modules and snapshots are bounded as files, and not as calls", async () => {
    const bounds = { maxBytes: 4_000, maxFileBytes: 300_000, operator: true };
    const { to, sent } = await over(await counted(), bounds);
    const remote = await connect(Counter, to, sent);
    open.push(remote);
    const next = await counter("v2");
    expect((await remote.swap(padded(next, 200_000))).outcome).toBe("swapped");
    expect((await remote.snapshot()).length).toBeGreaterThan(0);
    const large = await failure(remote.swap(padded(next, 300_000 - next.length)));
    expect([large.code, large.message]).toEqual([
      "too-large",
      expect.stringMatching(/found 300\d{3} bytes or more, wanted at most 300000 \(maxFileBytes\)$/),
    ]);
    expect(await remote.call.value()).toBe(0);
  });

  test("a server has at most so many calls under way, and answers again", async () => {
    const plugin = await load(await limits("runaway"), stopped);
    const { to, sent } = await over(plugin, { maxCalls: 1 });
    const remote = await connect(Runaway, to, sent);
    open.push(remote);
    const [spinning, second] = await Promise.all([failure(remote.call.spin()), failure(remote.call.spin())]);
    expect([spinning.code, second.code].sort()).toEqual(["out-of-time", "queue-full"]);
    expect(await remote.call.armed()).toBe(0);
  });

  test("a call that takes too long is given up, and others are answered", async () => {
    const plugin = await load(await limits("runaway"), stopped);
    const { to, sent } = await over(plugin);
    const remote = await connect(Runaway, to, { ...sent, timeout: 150 });
    open.push(remote);
    const late = await failure(remote.call.spin());
    expect([late.code, late.message]).toEqual([
      "deadline",
      expect.stringContaining("did not answer within 150 ms (timeout); it may have been called"),
    ]);
    const told = new Promise((resolve) => plugin.on("transition", resolve));
    if (plugin.history().length === 0) await told;
    expect(await remote.call.armed()).toBe(0);
  });

  test("one call has a time of its own, or a signal, and is not made where it waited", async () => {
    const { metrics, acted, release } = held();
    const plugin = await load(await faults("granted"), { isolation: "worker", grant: [metrics] });
    const { to, sent } = await over(plugin);
    const remote = await connect(Granted, to, sent);
    open.push(remote);
    const first = remote.call.look();
    while (plugin.status.inside === 0) await new Promise(setImmediate);
    const left = new AbortController();
    const late = await failure(remote.within({ timeout: 30 }).call.act(1));
    const given = failure(remote.within({ signal: left.signal }).call.act(2));
    const patient = failure(
      remote.within({ timeout: Number.POSITIVE_INFINITY, signal: left.signal }).call.act(3),
    );
    while (plugin.status.waiting < 2) await new Promise(setImmediate);
    left.abort();
    expect([late.code, late.message]).toEqual([
      "deadline",
      expect.stringContaining("did not answer within 30 ms (timeout); it may have been called"),
    ]);
    for (const error of [await given, await patient])
      expect([error.code, error.message]).toEqual([
        "aborted",
        expect.stringMatching(/: its caller gave up; it may have been called$/),
      ]);
    const never = await failure(remote.within({ signal: AbortSignal.abort() }).call.act(4));
    expect(never.message).toBe("[aborted] could not call counter.act: its caller gave up; it was not called");
    while (plugin.status.waiting > 0) await new Promise(setImmediate);
    release();
    expect(await first).toBe(7);
    expect(await remote.within({}).call.act(5)).toBe(5);
    expect(acted).toEqual([5]);
    expect(() => remote.within({ timeout: -1 })).toThrow("[argument]");
    expect(() => remote.within({ signal: "soon" as never })).toThrow("[argument]");
  });

  test("a caller that was closed calls no more, and says so", async () => {
    const { metrics, release } = held();
    const plugin = await load(await faults("granted"), { isolation: "worker", grant: [metrics] });
    const { to, sent } = await over(plugin);
    const remote = await connect(Granted, to, sent);
    const looking = failure(remote.call.look());
    while (plugin.status.inside === 0) await new Promise(setImmediate);
    await remote.close();
    await remote.close();
    const told = "[closed] could not call counter.";
    expect((await looking).message).toBe(`${told}look: its connection was closed; it may have been called`);
    expect((await failure(remote.call.act(1))).message).toBe(
      `${told}act: its connection was closed; it was not called`,
    );
    for (const asked of [remote.describe(), remote.history()])
      expect((await failure(asked as Promise<unknown>)).code).toBe("closed");
    release();
  });

  test("an operator swaps, looks and goes back; others may not", async () => {
    const plugin = await counted();
    const { to, sent } = await over(plugin, { operator: true });
    const remote = await connect(Counter, to, sent);
    open.push(remote);
    await remote.call.add(5);
    expect(await remote.swap(await counter("v2"), { probation: {} })).toMatchObject({ outcome: "swapped" });
    await remote.call.add(2);
    expect((await remote.status()).probation?.calls).toBe(1);
    expect((await remote.snapshot()).length).toBeGreaterThan(10);
    expect(await remote.rollback()).toMatchObject({ outcome: "rolled-back" });
    expect(await remote.call.value()).toBe(7);
    expect(await remote.history()).toHaveLength(2);
    const error = await failure(remote.swap(await faults("shapes")));
    expect([error.code, error.record?.outcome]).toEqual(["mismatch", "refused"]);
    const other = await over(await counted());
    const caller = await connect(Counter, other.to, other.sent);
    open.push(caller);
    expect((await failure(caller.swap(await counter("v2")))).code).toBe("denied");
    expect((await failure(caller.status())).code).toBe("denied");
  });

  test("the trace of a call reaches grants", async () => {
    const seen: unknown[] = [];
    const metrics = capability(
      "test:faults/metrics@1",
      {
        look: { params: [], returns: z.uint32() },
        act: { params: [z.uint32()], returns: z.uint32(), kind: "effect" },
        tell: { params: [z.string()], kind: "post" },
        attempt: { params: [z.uint32()], returns: z.uint32(), fails: true },
      },
      () => ({ look: () => seen.push(traceContext()), act: (n) => n, tell: () => {}, attempt: (n) => n }),
    );
    const { to, sent } = await over(await load(await faults("granted"), { grant: [metrics] }));
    const trace = { traceparent: PARENT, baggage: "user=7" };
    const remote = await connect(to, { ...sent, trace: () => trace });
    open.push(remote);
    await remote.call.look!();
    expect(seen).toEqual([trace]);
  });

  test("a server that closes answers what is under way, and leaves the plugin open", async () => {
    const plugin = await load(await limits("runaway"), stopped);
    const { own, to, sent } = await over(plugin);
    const remote = await connect(Runaway, to, sent);
    open.push(remote);
    const began = failure(remote.call.spin());
    while (plugin.status.inside === 0) await new Promise(setImmediate);
    const closing = own.close();
    expect((await began).code).toBe("out-of-time");
    await closing;
    const gone = await failure(remote.call.armed());
    expect([gone.code, gone.message]).toEqual([
      expect.stringMatching(/^(unavailable|closed)$/),
      expect.stringMatching(/it was not called$|it may have been called$|takes no more calls$/),
    ]);
    expect(await plugin.call.armed!()).toBe(0);
  });
});

const tuple = { tuple: ["string" as const] };
const asking = (id: number, path: string, body: Uint8Array) =>
  writeFrame({
    kind: "request",
    id,
    method: "POST",
    type: "application/vnd.moult.values",
    path,
    trace: undefined,
    body,
  });

describe("a WebSocket", () => {
  const shapes = async (options: HttpOptions = {}) =>
    served(await load(await faults("shapes")), { webSocket: true, ...options });
  const opened = async (url: string, headers: Record<string, string> = {}, protocol = "moult.1") => {
    const socket = new WebSocket(url, protocol, { headers });
    open.push({ close: () => socket.terminate() });
    return new Promise<WebSocket | string>((resolve) => {
      socket.once("open", () => resolve(socket));
      socket.once("error", (error) => resolve(error.message));
    });
  };

  test.each([
    ["of another origin", { Origin: "https://evil.example" }, /403/],
    ["of another port of this machine", { Origin: "http://127.0.0.1:1" }, /403/],
    ["of no origin that can be told", { Origin: "null" }, /403/],
  ])("of a page %s is refused", async (_, headers, refusal) => {
    const own = await shapes();
    expect(await opened(webSocketUrl(own), headers)).toMatch(refusal);
    expect(await opened(webSocketUrl(own), { Origin: new URL(own.url).origin })).toBeInstanceOf(WebSocket);
  });

  test("of a page is taken where its origin is named, and asked for its token all the same", async () => {
    const own = await shapes({ origins: ["https://app.example"], token: OPERATOR });
    const socket = await opened(webSocketUrl(own), { Origin: "https://app.example" });
    expect(socket).toBeInstanceOf(WebSocket);
    expect((await failure(connect(Shapes, webSocketUrl(own)))).code).toBe("denied");
    expect((await failure(connect(Shapes, webSocketUrl(own), { token: `${OPERATOR}x` }))).code).toBe(
      "denied",
    );
    const remote = await connect(Shapes, webSocketUrl(own), { token: OPERATOR });
    open.push(remote);
    expect(await remote.call.divide(7, 2)).toBe(3);
    expect(() => http({ origins: ["app.example"] })).toThrow(/\[argument\].*origins/);
  });

  test("that was reached by a name of a stranger's has nothing, as over HTTP", async () => {
    const own = await shapes();
    const name = `evil.example:${new URL(own.url).port}`;
    const socket = (await opened(webSocketUrl(own), { Host: name, Origin: `http://${name}` })) as WebSocket;
    const answer = new Promise<Buffer>((resolve) => socket.once("message", resolve));
    socket.send(asking(1, "call/text", encodeValue(tuple, ["x"])));
    expect(new TextDecoder().decode((await answer).subarray(9))).toContain("own names alone");
  });

  test("of other words, or where none are taken, is refused, and HTTP goes on", async () => {
    const own = await shapes();
    expect(await opened(webSocketUrl(own), {}, "other")).toMatch(/400/);
    expect(await opened(`${webSocketUrl(own)}elsewhere`)).toMatch(/404/);
    const plain = await served(await load(await faults("shapes")));
    expect(await opened(webSocketUrl(plain))).toBeTypeOf("string");
    for (const { url } of [own, plain]) expect((await fetch(`${url}live`)).status).toBe(200);
  });

  test.each([
    ["nothing", new Uint8Array(0)],
    ["a text", "hello"],
    ["another version", new Uint8Array([2, 1, 1, 0, 0, 0])],
    ["another kind", new Uint8Array([1, 9, 1, 0, 0, 0])],
    [
      "an answer",
      writeFrame({ kind: "answer", id: 1, status: 200, type: undefined, body: new Uint8Array(0) }),
    ],
    ["half a request", asking(1, "call/text", new Uint8Array(0)).subarray(0, 12)],
    ["two hellos", writeFrame({ kind: "hello", token: "" })],
  ])("that sends %s is closed, and others are served", async (what, bytes) => {
    const own = await shapes();
    const socket = (await opened(webSocketUrl(own))) as WebSocket;
    const closed = new Promise<string>((resolve) => socket.once("close", (_, why) => resolve(String(why))));
    if (what === "two hellos") socket.send(bytes);
    socket.send(bytes);
    expect(await closed).toMatch(/^no frame/);
    const remote = await connect(Shapes, webSocketUrl(own));
    open.push(remote);
    expect(await remote.call.divide(7, 2)).toBe(3);
  });

  test("that sends more than a message may have is closed before it is read", async () => {
    const own = await shapes({ maxBytes: 4_000, token: { token: OPERATOR, verbs: ["call"] } });
    for (const hello of [[], [writeFrame({ kind: "hello", token: OPERATOR })]]) {
      const socket = (await opened(webSocketUrl(own))) as WebSocket;
      const closed = new Promise<number>((resolve) => socket.once("close", resolve));
      socket.on("error", () => {});
      for (const each of hello) socket.send(each);
      // As a file it would be taken: of those alone who may swap.
      socket.send(new Uint8Array(200_000));
      // Whether it hears why depends on how much of it was on its way.
      expect([1_006, 1_009]).toContain(await closed);
    }
    const shy = await connect(webSocketUrl(own), { token: OPERATOR });
    open.push(shy);
    const error = await failure(shy.swap(padded(await counter("v2"), 200_000)));
    expect(error.message).toMatch(
      /the connection broke off(: a message is longer than those of its rights may be)?; it may have been swapped/,
    );
    expect((await failure(shy.swap(await counter("v2")))).code).toMatch(/denied|unavailable/);
  });

  test("that sends half a message, and no more, is cut off in time, and what it held is free again", async () => {
    const own = await shapes({ requestTimeout: 600, maxHeldBytes: 40_000 });
    const upgraded = await new Promise<import("node:stream").Duplex>((resolve) => {
      const asked = request(own.url, {
        headers: {
          Connection: "Upgrade",
          Upgrade: "websocket",
          "Sec-WebSocket-Version": "13",
          "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
          "Sec-WebSocket-Protocol": "moult.1",
        },
      });
      asked.once("upgrade", (_, socket) => resolve(socket));
      asked.end();
    });
    open.push({ close: () => upgraded.destroy() });
    const closed = new Promise((resolve) => upgraded.once("close", resolve));
    upgraded.on("error", () => {});
    upgraded.resume();
    // A masked binary message of 30,000 bytes, of which 25,000 come.
    upgraded.write(Buffer.from([0x82, 0xfe, 0x75, 0x30, 0, 0, 0, 0]));
    upgraded.write(Buffer.alloc(25_000));
    const large = async () =>
      fetch(`${own.url}call/text`, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(["x".repeat(19_000)]),
      }).then(({ status }) => status);
    // On a busy machine a request may be late, and is refused for that.
    while ((await large()) !== 503);
    await closed;
    expect(await large()).toBe(200);
  });

  test("that does not take its answers is cut off, and what it held is free again", async () => {
    const own = await shapes({ requestTimeout: 500, maxHeldBytes: 24 * 2 ** 20 });
    const socket = (await opened(webSocketUrl(own))) as WebSocket;
    const closed = new Promise((resolve) => socket.once("close", resolve));
    socket.on("error", () => {});
    socket.pause();
    const mebibytes = (n: number) =>
      encodeValue({ tuple: [{ list: "u8" as const }] }, [new Uint8Array(n * 2 ** 20)]);
    for (let i = 1; i <= 40; i++) socket.send(asking(i, "call/raw", mebibytes(1)));
    const large = async () =>
      fetch(`${own.url}call/raw`, {
        method: "POST",
        headers: { "Content-Type": "application/vnd.moult.values" },
        body: mebibytes(11),
      }).then(
        ({ status }) => status,
        () => 503,
      );
    while ((await large()) === 200);
    while ((await large()) !== 200);
    // Its own end learns of it when it reads again.
    socket.resume();
    await closed;
  });

  test("that breaks off is opened anew by the next call", async () => {
    const plugin = await load(await faults("shapes"));
    const first = await served(plugin, { webSocket: true });
    const remote = await connect(Shapes, webSocketUrl(first));
    open.push(remote);
    const { port } = new URL(first.url);
    await first.close();
    await failure(remote.call.divide(7, 2));
    const second = await serve(plugin as Plugin, http({ webSocket: true, port: Number(port) }));
    open.push(second);
    expect(await remote.call.divide(7, 2)).toBe(3);
  });

  test.each(["takes a call back", "leaves"])("whose caller %s has no call made that waited", async (what) => {
    const plugin = await load(await limits("runaway"), {
      isolation: "worker",
      limits: { deadline: 500 },
      afterTrap: "restart",
    });
    const own = await served(plugin, { webSocket: true });
    const socket = (await opened(webSocketUrl(own))) as WebSocket;
    const arm = (n: number) => encodeValue({ tuple: ["u32" as const] }, [n]);
    const unit = new Uint8Array(0);
    const restarted = new Promise((resolve) => plugin.on("transition", resolve));
    socket.send(asking(1, "call/spin", unit));
    if (what === "takes a call back") socket.send(asking(2, "call/arm", arm(7)));
    socket.send(asking(3, "call/arm", arm(9)));
    const waiting = what === "leaves" ? 1 : 2;
    while (plugin.status.waiting < waiting) await new Promise(setImmediate);
    if (what === "leaves") socket.terminate();
    else socket.send(writeFrame({ kind: "cancel", id: 3 }));
    await restarted;
    expect(await plugin.call.armed!()).toBe(what === "leaves" ? 0 : 7);
  });
});

describe("a port", () => {
  const shapes = async () => {
    const plugin = await load(await faults("shapes"));
    open.push(plugin);
    const { port1, port2 } = new MessageChannel();
    open.push(await serve(plugin, messagePort(port1 as unknown as PortLike)));
    return port2;
  };
  const whole = new Uint8Array(writeFrame({ kind: "cancel", id: 1 }).buffer);

  test.each([
    ["something else", { any: "thing" }],
    ["half a length", new Uint8Array(3)],
    ["a length alone", new Uint8Array([6, 0, 0, 0])],
    ["a frame of no bytes", new Uint8Array(4)],
    ["a length beyond all bounds", new Uint8Array([255, 255, 255, 255, 1, 3, 0, 0])],
    ["more than a frame", new Uint8Array([...whole, 7])],
    ["a frame, and another that is cut off", new Uint8Array([...whole, ...whole.subarray(0, 8)])],
  ])("that sends %s is closed", async (_, message) => {
    const port = await shapes();
    const closed = new Promise((resolve) => port.addEventListener("close", resolve));
    port.start();
    port.postMessage(message);
    await closed;
  });

  test("carries the calls of one turn, and their answers, in one message each", async () => {
    const port = (await shapes()) as unknown as PortLike;
    const passed = { there: 0, back: 0 };
    port.addEventListener("message", () => passed.back++);
    const counting: PortLike = {
      postMessage(message, transfer) {
        passed.there++;
        port.postMessage(message, transfer);
      },
      addEventListener: (type, listener) => port.addEventListener(type, listener),
      start: () => port.start?.(),
      close: () => port.close(),
    };
    const remote = await connect(Shapes, counting);
    open.push(remote);
    Object.assign(passed, { there: 0, back: 0 });
    const long = "x".repeat(50_000);
    const texts = Array.from({ length: 40 }, (_, i) => (i === 7 ? long : `${i}`));
    expect(await Promise.all(texts.map((each) => remote.call.text(each)))).toEqual(texts);
    expect(passed).toEqual({ there: 1, back: 1 });
  });

  test.each([[undefined], [{}], ["port"], [new EventTarget()]])("that is none is refused: %o", (port) => {
    expect(() => messagePort(port as never)).toThrow("[argument]");
  });
});
