/** Plugins whose instances run at a server: they move there and back with their state, whatever becomes of either. */
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type RequestListener } from "node:http";
import { type AddressInfo, connect as dial, type Socket, createServer as tcp } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { HostLost } from "../../host/host-lost.ts";
import { contract, type LoadOptions, load, type Source } from "../../host/mod.ts";
import { directoryStore } from "../../host/node/mod.ts";
import { FarHost } from "../../host/remote/instances/far-host.ts";
import { InstanceServer } from "../../host/remote/instances/instance-server.ts";
import { lineTo } from "../../host/remote/line-to.ts";
import {
  at,
  type HttpOptions,
  http,
  type ServedInstances,
  type ServeInstancesOptions,
  serveInstances,
} from "../../host/remote/mod.ts";
import { newKeys, sign } from "../../host/trust/mod.ts";
import { HostPool } from "../../host/worker/host-pool.ts";
import type { ModuleToSend } from "../../host/worker/orders.ts";
import { failure } from "../faults/guest.ts";
import { versions } from "../versions.ts";

const counter = versions(new URL("../../wasm-plugins/counter/", import.meta.url));
const guests = versions(new URL("../guests/limits/", import.meta.url));

const Counter = contract("demo:counter/counter@1", {
  add: { params: [z.uint32()], returns: z.uint32() },
  value: { params: [], returns: z.uint32() },
});
const TOKEN = "0123456789abcdef0123456789abcdef";

const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each();
});

async function served(options?: ServeInstancesOptions, over: HttpOptions = {}): Promise<ServedInstances> {
  const own = await serveInstances(http(over), options);
  open.push(() => own.close());
  return own;
}

async function counted(options?: Pick<LoadOptions, "afterTrap" | "store">, source?: Source) {
  const plugin = await load(Counter, source ?? (await counter("v1")), options);
  open.push(() => plugin.close());
  return plugin;
}

/** A server of Node's own. @returns its URL */
async function listening(answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  open.push(
    () => server.closeAllConnections(),
    () => server.close(),
  );
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

const until = async (holds: () => boolean) => {
  while (!holds()) await new Promise(setImmediate);
};

describe("a plugin that moves", () => {
  test("goes to a server and comes back with its state; its callers hold the same handle", async () => {
    const { url } = await served();
    const plugin = await counted();
    const { add } = plugin.call;
    expect(await add(1)).toBe(1);
    const there = await plugin.swap(at(url, await counter("v1")));
    expect(there).toMatchObject({ outcome: "swapped", to: { version: "1.0.0", place: url } });
    expect(there.from).not.toHaveProperty("place");
    expect(await add(2)).toBe(3);
    expect(() => plugin.callSync.value()).toThrow(`${url}, where it runs, answers later; use call`);
    expect(plugin.place).toBe(url);
    const back = await plugin.swap(await counter("v2"));
    expect([back.from.place, back.to?.place, back.way]).toEqual([url, undefined, "lossless"]);
    expect([plugin.callSync.value(), await add(3), plugin.place]).toEqual([3, 6, undefined]);
  });

  test("begins there, and is followed by a store, which brings it back where it is loaded", async () => {
    const folder = mkdtempSync(join(tmpdir(), "moult-far-"));
    open.push(() => rmSync(folder, { recursive: true }));
    const { url } = await served();
    const store = () => ({ store: directoryStore(folder) });
    const plugin = await counted(store(), at(url, await counter("v1")));
    await plugin.call.add(7);
    await plugin.close();
    const again = await counted(store());
    expect(await again.call.add(1)).toBe(8);
  });

  test("moves with its store, or with what restarts it, and comes back there or here with every call", async () => {
    const folder = mkdtempSync(join(tmpdir(), "moult-far-"));
    open.push(() => rmSync(folder, { recursive: true }));
    const { url } = await served();
    const source = await counter("v1");
    for (const options of [{ store: () => directoryStore(folder) }, { afterTrap: "restart" as const }]) {
      const own = () => ("store" in options ? { store: options.store() } : options);
      const plugin = await counted(own());
      await plugin.call.add(1);
      await plugin.swap(at(url, source));
      await plugin.call.add(2);
      expect([await plugin.call.value(), plugin.place]).toEqual([3, url]);
      await plugin.swap(source);
      expect([await plugin.call.add(3), plugin.place]).toEqual([6, undefined]);
      await plugin.swap(at(url, source), { probation: {} });
      await plugin.call.add(1);
      await plugin.rollback();
      expect(await plugin.call.add(1)).toBe(8);
      await plugin.close();
      if ("store" in options) expect(await (await counted(own())).call.value()).toBe(8);
    }
    const runaway = await load(await guests("runaway"), {
      isolation: "worker",
      afterTrap: "restart",
      limits: { fuel: 1_000_000 },
    });
    open.push(() => runaway.close());
    await runaway.call.arm!(7);
    await runaway.swap(at(url, await guests("runaway")));
    expect((await failure(() => runaway.call.spin!())).code).toBe("out-of-fuel");
    expect([await runaway.call.armed!(), runaway.place]).toEqual([7, url]);
  });

  test("moves to and fro under callers, none of whom notices", async () => {
    const { url } = await served();
    const plugin = await counted();
    let over = false;
    let calls = 0;
    const caller = async () => {
      while (!over) {
        await plugin.call.add(1);
        calls++;
        await new Promise(setImmediate);
      }
    };
    const callers = Array.from({ length: 4 }, caller);
    const source = await counter("v1");
    for (let i = 0; i < 6; i++) await plugin.swap(i % 2 ? source : at(url, source));
    over = true;
    await Promise.all(callers);
    expect(await plugin.call.value()).toBe(calls);
  });

  test("is on probation there, and goes back to where it was with every call", async () => {
    const { url } = await served();
    const plugin = await counted();
    await plugin.call.add(1);
    await plugin.swap(at(url, await counter("v2")), { probation: {} });
    await plugin.call.add(10);
    expect(await plugin.rollback()).toMatchObject({
      outcome: "rolled-back",
      replayed: { calls: 1, divergences: 0 },
    });
    expect(plugin.callSync.value()).toBe(11);
  });

  test("is mirrored there", async () => {
    const { url } = await served();
    const plugin = await counted();
    await plugin.call.add(1);
    const mirror = await plugin.mirror(at(url, await counter("v2")));
    for (let i = 0; i < 5; i++) await plugin.call.add(1);
    expect(await mirror.report()).toMatchObject({ calls: 5, compared: 5, differing: 0 });
    mirror.close();
  });
});

describe("a guest that runs away", () => {
  test("is stopped by its server, and a fresh instance goes on there with every call", async () => {
    const { url } = await served({ limits: { deadline: 200, hookDeadline: 2_000 } });
    const plugin = await load(at(url, await guests("runaway")), { afterTrap: "restart" });
    open.push(() => plugin.close());
    await plugin.call.arm!(7);
    const error = await failure(() => plugin.call.spin!());
    expect([error.code, error.message]).toEqual([
      "out-of-time",
      expect.stringContaining("it took longer than the 200 ms of a call (limits.deadline), and was stopped"),
    ]);
    expect(await plugin.call.armed!()).toBe(7);
    expect(plugin.history().at(-1)).toMatchObject({ outcome: "restarted", to: { place: url } });
  });

  test("has the fuel that its plugin gives it, and no more than its server has", async () => {
    const { url } = await served({ limits: { fuel: 1_000_000 } });
    const source = await guests("runaway");
    for (const [given, most] of [
      [undefined, "1,000,000"],
      [10_000, "10,000"],
      [100_000_000, "1,000,000"],
    ] as const) {
      const plugin = await load(at(url, source), given === undefined ? {} : { limits: { fuel: given } });
      open.push(() => plugin.close());
      expect(await plugin.call.work!(10)).toBeTypeOf("number");
      if (given !== undefined) expect(plugin.fuelUsed).toBeGreaterThan(10);
      const error = await failure(() => plugin.call.spin!());
      expect([error.code, error.message]).toEqual([
        "out-of-fuel",
        expect.stringContaining(`it used up the fuel of a call, ${most} units`),
      ]);
    }
  });
});

describe("a server that is gone", () => {
  test("costs the calls that are under way, which say that they may have been made; then it goes on", async () => {
    const first = await served();
    const port = Number(new URL(first.url).port);
    const plugin = await counted({ afterTrap: "restart" }, at(first.url, await counter("v1")));
    const told: unknown[] = [];
    plugin.on("error", ({ error }) => told.push(error));
    await plugin.call.add(5);
    await first.close();
    const error = await failure(() => plugin.call.add(1));
    expect([error.code, error.message]).toEqual([
      "unavailable",
      expect.stringMatching(/, where it ran, .*; version 1\.0\.0 may have been called; /),
    ]);
    await served({}, { port });
    expect(await plugin.call.value()).toBe(5);
    expect(await plugin.call.add(1)).toBe(6);
    // Where the first restart came before the new server, that alone is told.
    for (const each of told) expect((each as Error).message).toContain("no server answers there");
  });

  test("and is another by then, gives no instance that was kept ready there", async () => {
    const first = await served();
    const port = Number(new URL(first.url).port);
    const server = new InstanceServer(lineTo(new URL(first.url), {}), undefined);
    const hosts: FarHost[] = [];
    const pool = new HostPool((module) => {
      const host = new FarHost(server, module);
      hosts.push(host);
      return host;
    });
    open.push(() => pool.close());
    const bytes = await counter("v1");
    const digest = createHash("sha256").update(bytes).digest("hex");
    const module = { bytes, digest, from: "the counter", maxValueBytes: 1_000 } as ModuleToSend;
    pool.warm(module);
    await hosts[0]!.started();
    await first.close();
    const second = await served({}, { port });
    const taken = await pool.take(module);
    open.push(() => taken.end(new Error("over")));
    expect(taken).toBe(hosts[1]);
    expect([hosts[0]!.ended, taken.ended, second.running]).toEqual([expect.any(HostLost), undefined, 1]);
  });

  test("leaves every call to a store, for whoever loads it next", async () => {
    const folder = mkdtempSync(join(tmpdir(), "moult-far-"));
    open.push(() => rmSync(folder, { recursive: true }));
    const first = await served();
    const store = () => ({ store: directoryStore(folder) });
    const plugin = await counted(store(), at(first.url, await counter("v1")));
    await plugin.call.add(5);
    await first.close();
    const error = await failure(() => plugin.call.add(1));
    expect([error.code, error.message]).toEqual([
      "unavailable",
      expect.stringContaining("may have been called"),
    ]);
    await plugin.close();
    expect(await (await counted(store())).call.value()).toBe(5);
  });

  test("is not moved to, and the version that serves goes on", async () => {
    const first = await served();
    await first.close();
    const plugin = await counted();
    await plugin.call.add(5);
    const error = await failure(async () => plugin.swap(at(first.url, await counter("v2"))));
    expect([error.code, error.message]).toEqual([
      "unavailable",
      expect.stringContaining("no server answers there"),
    ]);
    expect(error.message).toContain("version 1.0.0 still serves");
    expect(plugin.callSync.add(1)).toBe(6);
  });

  test("hears of a plugin, or ends its instance", async () => {
    const own = await served({ lease: 500 });
    const plugin = await counted({}, at(own.url, await counter("v1")));
    const lives = own.running;
    // Each takes as long to end as a lease is; a program that lives is heard of meanwhile, even if it does not call.
    for (let i = 0; i < 3; i++) {
      expect((await post(own.url, "instances", await opening(own.url))).status).toBe(200);
      await until(() => own.running === lives);
    }
    expect(await plugin.call.add(1)).toBe(1);
  });
});

/** What opens an instance of the counter, whose module was sent. */
async function opening(url: string) {
  const body = (await counter("v1")) as Uint8Array<ArrayBuffer>;
  const { digest } = (await (await fetch(`${url}modules`, { method: "POST", body })).json()) as {
    digest: string;
  };
  return { module: digest, from: "bytes", maxValueBytes: 1_000_000 };
}

const post = (url: string, path: string, json: unknown, headers = {}) =>
  fetch(url + path, { method: "POST", body: JSON.stringify(json), headers });

describe("a connection that breaks off", () => {
  test("costs nothing: what was sent is asked for again, and was done once", async () => {
    const own = await served();
    const broken = await breaking(own.url);
    const plugin = await counted({}, at(broken.url, await counter("v1")));
    for (let i = 1; i <= 40; i++) {
      broken.next(i % 2 ? "before" : "after");
      expect(await plugin.call.add(1)).toBe(i);
    }
    expect(broken.cut).toBeGreaterThan(20);
  });
});

/** A way to a server on which connections break off: before what was sent arrives, or before it is answered. */
async function breaking(url: string) {
  const port = Number(new URL(url).port);
  let next: "before" | "after" | undefined;
  let cut = 0;
  const sockets = new Set<Socket>();
  const server = tcp((near) => {
    const far = dial(port, "127.0.0.1");
    const end = () => {
      near.destroy();
      far.destroy();
    };
    const breaks = (when: "before" | "after", to: Socket) => (data: Buffer) => {
      if (next === when) {
        next = undefined;
        cut++;
        end();
      } else to.write(data);
    };
    near.on("data", breaks("before", far));
    far.on("data", breaks("after", near));
    for (const each of [near, far]) {
      sockets.add(each);
      each.on("error", end).on("close", end);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  open.push(() => {
    for (const each of sockets) each.destroy();
    server.close();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    next: (when: typeof next) => {
      next = when;
    },
    get cut() {
      return cut;
    },
  };
}

describe("a server is not at the mercy of those who use it", () => {
  test("without its token nothing is run", async () => {
    const { url } = await served({}, { token: TOKEN });
    const plugin = await counted();
    const source = await counter("v1");
    for (const options of [{}, { token: TOKEN.replace("0", "1") }]) {
      const error = await failure(() => plugin.swap(at(url, source, options)));
      expect(error.code).toBe("denied");
      expect(error.message).toContain("version 1.0.0 still serves");
    }
    await plugin.swap(at(url, source, { token: TOKEN }));
    expect(await plugin.call.add(1)).toBe(1);
  });

  test("it runs modules that are signed by whom it trusts", async () => {
    const { privateKey, publicKey } = await newKeys();
    const { url } = await served({ trust: { keys: [publicKey] } });
    const [plugin, source] = [await counted(), await counter("v1")];
    expect((await failure(() => plugin.swap(at(url, source)))).code).toBe("untrusted");
    await plugin.swap(at(url, await sign(source, { key: privateKey })));
    expect(await plugin.call.add(1)).toBe(1);
  });

  test("it runs no more instances than it says, and holds no more modules and images", async () => {
    const source = await counter("v1");
    const few = await served({ maxInstances: 1 });
    await counted({}, at(few.url, source));
    const second = await failure(() => counted({}, at(few.url, source)));
    expect([second.code, second.message]).toEqual(["queue-full", expect.stringContaining("(maxInstances)")]);
    const small = await served({ maxModuleBytes: source.length - 1 });
    const large = await failure(() => counted({}, at(small.url, source)));
    expect([large.code, large.message]).toEqual(["too-large", expect.stringContaining("(maxModuleBytes)")]);
    const bare = await served({ maxImageBytes: 1_000 });
    const plugin = await counted({}, at(bare.url, source));
    await plugin.call.add(3);
    const image = await failure(() => plugin.snapshot());
    expect([image.code, image.message]).toEqual(["queue-full", expect.stringContaining("(maxImageBytes)")]);
    expect(await plugin.call.add(1)).toBe(4);
  });

  test("whatever is sent to it, it answers with a problem, and goes on", async () => {
    const own = await served();
    const id = ((await (await post(own.url, "instances", await opening(own.url))).json()) as { id: string })
      .id;
    const frame = (number: number, kind: number, content: Uint8Array = new Uint8Array(0)) => {
      const bytes = new Uint8Array(21 + content.length);
      const view = new DataView(bytes.buffer);
      view.setUint32(0, number, true);
      view.setUint32(4, kind, true);
      view.setFloat64(13, 1_000, true);
      bytes.set(content, 21);
      return bytes;
    };
    const orders = [
      '{"do":"start"',
      '{"do":"explode"}',
      '{"make":{}}',
      '{"become":{"held":"0123456789abcdef"}}',
      "null",
    ];
    const parts = (json: string) => {
      const text = new TextEncoder().encode(json);
      const bytes = new Uint8Array(4 + text.length);
      new DataView(bytes.buffer).setUint32(0, text.length, true);
      bytes.set(text, 4);
      return bytes;
    };
    const frames = [
      new Uint8Array(0),
      new Uint8Array(20),
      crypto.getRandomValues(new Uint8Array(1_000)),
      frame(2, 1),
      frame(1, 4),
      frame(1, 99),
      frame(1, 3),
      frame(1, 3, Uint8Array.of(255, 255, 255, 255)),
      ...orders.map((each) => frame(1, 3, parts(each))),
    ];
    for (const body of frames) {
      const answer = await fetch(`${own.url}instances/${id}/frames`, { method: "POST", body });
      expect([answer.status, ((await answer.json()) as { title: string }).title]).toEqual([400, "argument"]);
    }
    for (const [path, json, status] of [
      ["instances", { module: "no digest" }, 400],
      ["instances", { module: "0".repeat(64), from: "", maxValueBytes: -1 }, 400],
      ["instances", { module: "0".repeat(64), from: "" }, 404],
      ["instances/0123456789abcdef/frames", {}, 503],
      ["instances/0123456789abcdef/end", {}, 503],
      ["lease", { instances: "all" }, 400],
      ["drop", { images: [1] }, 400],
      ["modules", "no module", 200],
      ["elsewhere", {}, 404],
    ] as const)
      expect([path, (await post(own.url, path, json)).status]).toEqual([path, status]);
    // A call of a function that it was not told of ends that instance, and no other.
    await fetch(`${own.url}instances/${id}/frames`, { method: "POST", body: frame(1, 1) });
    expect(own.running).toBe(0);
    expect(await (await counted({}, at(own.url, await counter("v1")))).call.add(1)).toBe(1);
  });
});

describe("a plugin is not at the mercy of its server", () => {
  test("whatever it answers to being asked for an instance, the version that serves goes on", async () => {
    const plugin = await counted();
    await plugin.call.add(1);
    const source = await counter("v1");
    const id = "0123456789abcdef0123456789abcdef";
    const sound = {
      moult: "instance",
      protocol: 1,
      id,
      lease: 60_000,
      maxBytes: 1_000,
      maxFileBytes: 1_000_000,
    };
    for (const [answer, code] of [
      ["<html>", "bad-peer"],
      ["{}", "bad-peer"],
      [JSON.stringify({ ...sound, protocol: 2 }), "bad-peer"],
      [JSON.stringify({ ...sound, id: "../../secret" }), "bad-peer"],
      [JSON.stringify({ ...sound, lease: -1 }), "bad-peer"],
      // What it answers to frames is no frame.
      [JSON.stringify(sound), "unavailable"],
    ] as const) {
      const url = await listening((request, response) =>
        request.resume().on("end", () => response.end(answer)),
      );
      const error = await failure(() => plugin.swap(at(url, source)));
      expect([answer, error.code]).toEqual([answer, code]);
    }
    expect(plugin.callSync.add(1)).toBe(2);
  });

  test("frames that no guest sends end its instance, and harm nothing else", async () => {
    const source = await counter("v1");
    const id = "0123456789abcdef0123456789abcdef";
    const opened = {
      moult: "instance",
      protocol: 1,
      id,
      lease: 60_000,
      maxBytes: 1_000,
      maxFileBytes: 1_000_000,
    };
    const heard = (kind: number, content: Uint8Array, about = 0) => {
      const bytes = new Uint8Array(16 + content.length);
      const view = new DataView(bytes.buffer);
      view.setUint32(0, kind, true);
      view.setUint32(4, about, true);
      bytes.set(content, 16);
      return bytes;
    };
    const json = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
    const endless = { error: { name: "x", message: "y" }, why: "z" };
    for (const frame of [
      heard(8, json({ error: { name: 1 }, pages: -1 })),
      heard(8, json("no failure")),
      heard(9, Uint8Array.of(9, 0, 0, 0, 1)),
      heard(16, json(endless)),
      heard(16, json({ ...endless, lost: true })),
      heard(7, new Uint8Array(3)),
      // It asks for what it does not import, and then says nothing that can be read.
      heard(6, new Uint8Array(0), 4_000_000_000),
    ]) {
      /** The kinds of the frames that it was sent. */
      const sent: number[] = [];
      const url = await listening((request, response) => {
        const pieces: Buffer[] = [];
        request.on("data", (piece: Buffer) => pieces.push(piece));
        request.on("end", () => {
          if (!request.url?.endsWith("/frames")) {
            response.setHeader("Content-Type", "application/json");
            response.end(JSON.stringify(opened));
            return;
          }
          response.setHeader("Content-Type", "application/vnd.moult.frame");
          sent.push(Buffer.concat(pieces).readUInt32LE(4));
          response.end(sent.length === 1 ? frame : heard(7, new Uint8Array(0)));
        });
      });
      const plugin = await counted();
      const error = await failure(() => plugin.swap(at(url, source)));
      expect(error.message).toContain("version 1.0.0 still serves");
      expect(plugin.callSync.add(1)).toBe(1);
      // An order; and what it asked for was refused.
      expect([sent[0], sent[1] ?? 5]).toEqual([3, 5]);
    }
  });
});

test("what at and serveInstances cannot use is named", async () => {
  const source = await counter("v1");
  for (const [make, found] of [
    [() => at("ftp://x/", source), "wanted a URL such as"],
    [() => at("http://user:secret@x/", source), "say a token"],
    [() => at("http://x/", undefined as never), "wanted a module beside the URL"],
    [() => at("http://x/", at("http://y/", source) as never), "wanted a module beside the URL"],
    [() => at("http://x/", source, { timeout: -1 }), "timeout"],
    [() => serveInstances(undefined as never), "serveInstances(http({ port: 4990 }))"],
    [() => serveInstances(http(), { maxInstances: -1 }), "maxInstances"],
    [() => serveInstances(http(), { limits: { fuel: -1 } }), "limits.fuel"],
  ] as const) {
    const error = await failure(async () => make());
    expect([error.code, error.message]).toEqual(["argument", expect.stringContaining(found)]);
  }
});
