/** What may be done to a served plugin besides calling it, and by whom. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { capability, contract, type LoadOptions, load, type Plugin, PluginError } from "../../host/mod.ts";
import {
  connect,
  type HttpOptions,
  http,
  type Remote,
  type Served,
  serve,
  VERBS,
  type Verb,
} from "../../host/remote/mod.ts";
import { failure } from "../faults/guest.ts";
import { build } from "../kept/build.ts";
import { versions } from "../versions.ts";

const folder = new URL("../../wasm-plugins/counter/", import.meta.url);
const counter = versions(folder);
const faults = versions(new URL("../guests/faults/", import.meta.url));
const Counter = contract("demo:counter/counter@1", {
  add: { params: [z.uint32()], returns: z.uint32() },
  value: { params: [], returns: z.uint32() },
});
const CALLER = "caller-0123456789abcdef";
const OPERATOR = "operator-0123456789abcdef";
const granting = (verbs: readonly Verb[]): HttpOptions => ({
  token: [CALLER, { token: OPERATOR, verbs }],
});

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

async function served(plugin: unknown, options?: HttpOptions): Promise<Served> {
  open.push(plugin as Plugin);
  const own = await serve(plugin as Plugin, http(options));
  open.push(own);
  return own;
}

/** As a release of the package has it. */
const next = async () =>
  (await build(new URL("v2.ts", folder), { optimize: "debug", version: "1.1.0" })).wasm;
const counted = async (options?: LoadOptions) => load(Counter, await counter("v1"), options);

/** A plugin that is served, and an operator who is connected to it. */
async function operated(options?: LoadOptions, verbs: readonly Verb[] = VERBS) {
  const plugin = await counted(options);
  const { url, close } = await served(plugin, granting(verbs));
  const remote = await connect(Counter, url, { token: OPERATOR });
  open.push(remote);
  return { plugin, url, close, remote };
}

/** Each operation by the verb that it wants. */
const OPERATIONS: readonly (readonly [Verb, string, (remote: Remote) => Promise<unknown>])[] = [
  ["swap", "swap", async (remote) => remote.swap(await next())],
  ["swap", "accept", (remote) => remote.accept()],
  ["rollback", "rollback", (remote) => remote.rollback()],
  ["snapshot", "snapshot", (remote) => remote.snapshot()],
  ["history", "history", (remote) => remote.history()],
  ["status", "status", (remote) => remote.status()],
];

describe("an operator elsewhere", () => {
  test("swaps, looks, and returns to the version before without losing a call", async () => {
    const { plugin, remote } = await operated();
    await remote.call.add(5);
    const record = await remote.swap(await next(), { probation: { calls: 100 } });
    expect(record).toMatchObject({ outcome: "swapped", plugin: "counter", way: "lossless" });
    expect(plugin.history().map(({ outcome }) => outcome)).toEqual(["swapped"]);
    await remote.call.add(2);
    const { version, probation, ready, underWay } = await remote.status();
    expect([version.version, version.generation, ready, underWay]).toEqual(["1.1.0", 2, true, 0]);
    expect(probation).toMatchObject({ incumbent: { version: "1.0.0", generation: 1 }, calls: 1, bad: 0 });
    expect(await remote.rollback()).toMatchObject({ outcome: "rolled-back", replayed: { calls: 1 } });
    expect(await remote.call.value()).toBe(7);
    expect((await remote.history()).map(({ outcome }) => outcome)).toEqual(["swapped", "rolled-back"]);
    expect((await remote.status()).probation).toBeUndefined();
    expect(await remote.accept()).toBeUndefined();
    expect(plugin.version).toBe("1.0.0");
  });

  test("accepts, and takes a snapshot that begins another plugin", async () => {
    const { remote } = await operated();
    await remote.swap(await next(), { probation: {} });
    expect(await remote.accept()).toMatchObject({ outcome: "permanent" });
    await remote.call.add(41);
    const again = await load(Counter, await next(), { state: await remote.snapshot() });
    open.push(again);
    expect(await again.call.add(1)).toBe(42);
  });

  test("rehearses a swap, which changes nothing", async () => {
    const { plugin, remote } = await operated();
    const record = await remote.swap(await next(), { dryRun: true });
    expect(record).toMatchObject({ outcome: "rehearsed", to: { version: "1.1.0" } });
    expect(record.changes?.map(({ path }) => path)).toEqual(["value", "calls"]);
    expect([plugin.version, plugin.generation]).toEqual(["1.0.0", 1]);
  });

  test("is told why a swap was refused, with its record and its phase, and the version before serves", async () => {
    const { plugin, remote } = await operated();
    await remote.call.add(3);
    const error = await failure(remote.swap(await faults("shapes")));
    const near = await failure(plugin.swap(await faults("shapes")));
    expect([error.code, error.phase, error.rawMessage]).toEqual([near.code, near.phase, near.rawMessage]);
    expect(error.record).toMatchObject({ outcome: "refused", cause: { code: near.code } });
    expect(await remote.call.value()).toBe(3);
    const wrong = remote.swap(await next(), { integrity: "0".repeat(64) });
    expect((await failure(wrong)).code).toBe("integrity");
    expect((await failure(remote.rollback())).code).toBe("not-on-probation");
    expect(plugin.generation).toBe(1);
  });

  test("brings no module that asks for more than was granted", async () => {
    const metrics = capability(
      "test:faults/metrics@1",
      {
        look: { params: [], returns: z.uint32() },
        act: { params: [z.uint32()], returns: z.uint32(), kind: "effect" },
        tell: { params: [z.string()], kind: "post" },
        attempt: { params: [z.uint32()], returns: z.uint32(), fails: true },
      },
      () => ({ look: () => 1, act: (step) => step, tell: () => {}, attempt: (step) => step }),
    );
    for (const [grant, code] of [
      [[], "missing-grant"],
      [[metrics], "asks-more"],
    ] as const) {
      const plugin = await load(await faults("counter"), { grant });
      const { url } = await served(plugin, granting(["swap"]));
      const remote = await connect(url, { token: OPERATOR });
      open.push(remote);
      expect((await failure(remote.swap(await faults("granted")))).code).toBe(code);
      expect(plugin.generation).toBe(1);
    }
  });

  test("sends options that are known, and is told of others before anything is sent", async () => {
    const { plugin, url, remote } = await operated();
    for (const [options, why] of [
      [{ drian: 5 }, "there is no option drian"],
      [{ dryRun: "yes" }, "dryRun cannot be used: found yes"],
      [{ probation: { maxErrorRate: 2 } }, "probation.maxErrorRate cannot be used: found 2"],
      [{ verify: () => true }, "there is no option verify"],
      [{ approve: () => true }, "there is no option approve"],
    ] as const)
      expect(await failure(remote.swap(await next(), options as never))).toMatchObject({
        code: "argument",
        message: expect.stringContaining(why),
      });
    const sent = async (query: string, type = "application/wasm") =>
      fetch(`${url}swap${query}`, {
        method: "POST",
        headers: { "Content-Type": type, Authorization: `Bearer ${OPERATOR}` },
        body: new Uint8Array(await next()),
      });
    for (const query of ["?drian=5", "?dryRun=", "?dryRun=true&dryRun=false", "?drain=-1", "?approve=true"])
      expect([query, (await sent(query)).status]).toEqual([query, 400]);
    expect((await sent("?probation=false&probation.calls=1")).status).toBe(400);
    expect((await sent("", "application/octet-stream")).status).toBe(415);
    expect(plugin.generation).toBe(1);
    // The last in the list is what curl sends, and is taken.
    expect((await sent("?probation.calls=10&drain=1000")).status).toBe(200);
    expect(plugin.status.probation?.incumbent.version).toBe("1.0.0");
  });

  test("sends a module that is too large, and is told so without its being kept", async () => {
    const plugin = await counted();
    const { url } = await served(plugin, { ...granting(VERBS), maxFileBytes: 1_000 });
    const answer = await fetch(`${url}swap`, {
      method: "POST",
      headers: { "Content-Type": "application/wasm", Authorization: `Bearer ${OPERATOR}` },
      body: new Uint8Array(5_000),
    });
    expect([answer.status, (await answer.json()).detail]).toEqual([
      413,
      "could not read the request: found 5000 bytes or more, wanted at most 1000 (maxFileBytes)",
    ]);
    // A caller has its own bound, and reads no further.
    const remote = await connect(url, { token: OPERATOR, maxFileBytes: 10 });
    open.push(remote);
    expect((await failure(remote.swap(await next()))).code).toBe("too-large");
    expect((await failure(remote.snapshot())).code).toMatch(/^(unavailable|too-large)$/);
  });

  test("gives up while the server prepares, and nothing was changed", async () => {
    const plugin = await counted();
    const { url } = await served(plugin, granting(VERBS));
    const leaving = new AbortController();
    const remote = await connect(Counter, url, { token: OPERATOR });
    open.push(remote);
    const told = new Promise((resolve) => plugin.on("transition", resolve));
    // It waits for the call in flight to end, which the test ends.
    const real = plugin.swap.bind(plugin);
    plugin.swap = (source, options) => {
      const swapping = real(source, { ...options, verify: () => new Promise(() => {}) });
      leaving.abort();
      return swapping;
    };
    const error = await failure(remote.swap(await next(), { signal: leaving.signal }));
    expect([error.code, error.message]).toEqual([
      "aborted",
      expect.stringContaining("it may have been swapped, history() tells"),
    ]);
    expect(await told).toMatchObject({ outcome: "refused", cause: { code: "aborted" } });
    expect(plugin.generation).toBe(1);
  });

  test("is waited for when the server is closed", async () => {
    const plugin = await counted();
    const { url, close } = await served(plugin, granting(VERBS));
    const remote = await connect(Counter, url, { token: OPERATOR });
    open.push(remote);
    let [checked, check] = [() => {}, () => {}];
    const checking = new Promise<void>((resolve) => {
      checked = resolve;
    });
    const real = plugin.swap.bind(plugin);
    plugin.swap = (source, options) =>
      real(source, {
        ...options,
        verify: async () => {
          checked();
          await new Promise<void>((resolve) => {
            check = resolve;
          });
        },
      });
    const swapping = remote.swap(await next());
    await checking;
    const closing = close();
    check();
    expect(await swapping).toMatchObject({ outcome: "swapped" });
    await closing;
  });
});

describe("a token", () => {
  test.each(OPERATIONS)("grants %s for %s, and nothing else", async (verb, name, operate) => {
    const { plugin, url } = await operated(undefined, [verb]);
    const remote = await connect(url, { token: OPERATOR });
    open.push(remote);
    // A call is not among what it grants.
    const denied = await failure(remote.call.value!());
    expect([denied.code, denied.message]).toEqual([
      "denied",
      `[denied] could not call counter: it wants the right to call, found ${verb}; the server did nothing`,
    ]);
    for (const [wanted, other, work] of OPERATIONS) {
      if (wanted === verb) continue;
      expect([other, (await failure(work(remote))).code]).toEqual([other, "denied"]);
    }
    expect(plugin.generation).toBe(1);
    const answered = await operate(remote).catch((error) => error);
    expect([name, answered instanceof PluginError && answered.code]).toEqual([
      name,
      name === "rollback" ? "not-on-probation" : false,
    ]);
  });

  test.each([
    ["a caller's", granting(VERBS), { token: CALLER }],
    ["none, on this machine,", {}, {}],
  ])("that is %s grants calls alone", async (_, options, sent) => {
    const plugin = await counted();
    const { url } = await served(plugin, options);
    const remote = await connect(Counter, url, sent);
    open.push(remote);
    expect(await remote.call.add(1)).toBe(1);
    for (const [verb, name, operate] of OPERATIONS) {
      const error = await failure(operate(remote as never));
      expect([name, error.code, error.rawMessage]).toEqual([
        name,
        "denied",
        `could not ${verb} counter: it wants the right to ${verb}, found call; the server did nothing`,
      ]);
    }
    const status = (await fetch(`${url}status`, "token" in sent ? bearer(CALLER) : {})).status;
    expect([status, plugin.generation]).toEqual([403, 1]);
    expect((await fetch(`${url}nothing`, "token" in sent ? bearer(CALLER) : {})).status).toBe(404);
  });

  test.each([[[]], [["call", "everything"]], ["swap"], [undefined]])(
    "has verbs that there are: %o",
    (verbs) => {
      const wrong = { token: OPERATOR, verbs: verbs as never };
      if (verbs === undefined) expect(() => http({ token: wrong })).not.toThrow();
      else
        expect(() => http({ token: [CALLER, wrong] })).toThrow(
          /\[argument\].*verbs.*call, swap, rollback, snapshot, history, status/,
        );
    },
  );
});

test.each([
  ["no JSON", "swapped"],
  ["JSON of another kind", '{"outcome":"swapped"}'],
  ["a list", "[1]"],
])("a server that tells %s of a swap is not believed", async (_, body) => {
  const plugin = await counted();
  const own = await served(plugin);
  const description = await (await fetch(own.url)).text();
  const server = createServer((request, response) => {
    request.resume();
    request.once("end", () => {
      response.writeHead(200, { "Content-Type": "application/json" });
      response.end(request.method === "GET" && request.url === "/" ? description : body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  open.push({ close: () => void server.close() });
  const remote = await connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  open.push(remote);
  for (const ask of [
    remote.history(),
    remote.status(),
    remote.rollback(),
    remote.accept(),
    remote.snapshot(),
  ])
    expect((await failure(ask)).code).toBe("bad-peer");
  expect((await failure(remote.swap(await next()))).code).toBe("bad-peer");
});

function bearer(token: string): { readonly headers: Record<string, string> } {
  return { headers: { Authorization: `Bearer ${token}` } };
}
