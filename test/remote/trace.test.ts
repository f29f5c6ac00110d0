/** Where calls from elsewhere belong, and what they came to. */
import { AsyncResource } from "node:async_hooks";
import { channel } from "node:diagnostics_channel";
import { afterEach, expect, test } from "vitest";
import { z } from "zod";
import { capability, contract, type LoadOptions, load, type Plugin } from "../../host/mod.ts";
import { diagnostics } from "../../host/node/mod.ts";
import {
  connect,
  type HttpOptions,
  http,
  type Served,
  serve,
  type Trace,
  traceContext,
} from "../../host/remote/mod.ts";
import { failure } from "../faults/guest.ts";
import { build } from "../kept/build.ts";
import { versions } from "../versions.ts";

const folder = new URL("../../wasm-plugins/counter/", import.meta.url);
const faults = versions(new URL("../guests/faults/", import.meta.url));
const granted = contract("test:faults/counter@1", {
  add: { params: [z.uint32()], returns: z.uint32() },
  look: { params: [], returns: z.uint32() },
});
const TOKEN = "operator-0123456789abcdef";
const PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
const other = (n: number) => PARENT.replace("4736", String(1000 + n));

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

/** A plugin whose grant notes the trace of the call in which it is asked. */
async function noting(options?: LoadOptions) {
  const seen: (Trace | undefined)[] = [];
  const metrics = capability(
    "test:faults/metrics@1",
    {
      look: { params: [], returns: z.uint32() },
      act: { params: [z.uint32()], returns: z.uint32(), kind: "effect" },
      tell: { params: [z.string()], kind: "post" },
      attempt: { params: [z.uint32()], returns: z.uint32(), fails: true },
    },
    () => ({
      look: () => seen.push(traceContext()),
      act: (step) => step,
      tell: () => {},
      attempt: (step) => step,
    }),
  );
  const plugin = await load(granted, await faults("granted"), { ...options, grant: [metrics] });
  return { plugin, seen };
}

test.each([
  ["in this thread", {}],
  ["in a thread of its own", { isolation: "worker" }],
] as const)("grants of a plugin %s know the trace of each caller's call", async (_, options) => {
  const { plugin, seen } = await noting(options);
  const { url } = await served(plugin);
  let at = 0;
  const traces = [
    { traceparent: PARENT, tracestate: "vendor=1", baggage: "user=7" },
    ...Array.from({ length: 20 }, (_, n) => ({ traceparent: other(n) })),
  ];
  const remote = await connect(granted, url, { trace: () => traces[at++ % traces.length] });
  open.push(remote);
  // The description had the first; of several at a time, most wait for their turn.
  at = 0;
  const answers = await Promise.all(traces.map(() => remote.call.look()));
  expect(answers).toHaveLength(traces.length);
  const sorted = (all: readonly (Trace | undefined)[]) => all.map((each) => JSON.stringify(each)).sort();
  expect(sorted(seen)).toEqual(sorted(traces));
  // A call from here has none.
  await plugin.call.look!();
  expect(seen.at(-1)).toBeUndefined();
});

test.each([
  ["none", {}],
  ["one of another form", { traceparent: "00-4bf92f-00f0-01" }],
  ["one of zeros", { traceparent: `00-${"0".repeat(32)}-${"0".repeat(16)}-01` }],
  ["a list", { traceparent: [PARENT] as never }],
  ["baggage alone", { baggage: "a=1" }],
])("a caller's trace that is %s is not sent, and the call is made", async (_, trace) => {
  const { plugin, seen } = await noting();
  const { url } = await served(plugin);
  const remote = await connect(granted, url, { trace: () => trace });
  open.push(remote);
  await remote.call.look();
  expect(seen).toEqual([undefined]);
});

test("what a stranger sends for a trace is bounded and checked", async () => {
  const { plugin, seen } = await noting();
  const { url } = await served(plugin);
  const call = async (headers: Record<string, string>) => {
    await fetch(`${url}call/look`, {
      method: "POST",
      headers: { "Content-Type": "application/json", ...headers },
      body: "[]",
    });
    return seen.at(-1);
  };
  expect(await call({ traceparent: `${PARENT}, ${PARENT}` })).toBeUndefined();
  expect(await call({ traceparent: PARENT, tracestate: "x".repeat(513) })).toEqual({ traceparent: PARENT });
  expect(await call({ traceparent: PARENT, baggage: "ü=1" })).toEqual({ traceparent: PARENT });
  expect(await call({ traceparent: PARENT, baggage: "a=1" })).toEqual({
    traceparent: PARENT,
    baggage: "a=1",
  });
});

test("a call of a plugin keeps its context where it waited, by what is bound", async () => {
  const { plugin } = await noting();
  open.push(plugin);
  expect(() => plugin.within({ bind: true as never })).toThrow("[argument]");
  const bound = plugin.within({ bind: (work) => AsyncResource.bind(work) });
  expect(await Promise.all([bound.call.add!(1), bound.call.add!(1)])).toEqual([1, 2]);
});

test("calls are measured by version, and each is told with the names of OpenTelemetry", async () => {
  const Counter = contract("demo:counter/counter@1", {
    add: { params: [z.uint32()], returns: z.uint32() },
  });
  const v1 = await build(new URL("v1.ts", folder), { optimize: "debug" });
  const v2 = await build(new URL("v2.ts", folder), { optimize: "debug", version: "1.1.0" });
  const plugin = await load(Counter, v1.wasm);
  const own = await served(plugin, { token: { token: TOKEN, verbs: ["call", "status"] } });
  const told: unknown[] = [];
  const published: unknown[] = [];
  const off = own.on("call", (call) => told.push(call));
  const hear = (message: unknown) => void published.push(message);
  const end = diagnostics(own);
  channel("moult:call").subscribe(hear);
  const remote = await connect(Counter, own.url, { token: TOKEN });
  open.push(remote);
  await remote.call.add(1);
  await remote.call.add(1);
  await plugin.swap(v2.wasm);
  await remote.call.add(1);
  end();
  off();
  await remote.call.add(1);
  channel("moult:call").unsubscribe(hear);
  const { versions: found, plugin: name, since } = await remote.measures();
  expect([name, since <= Date.now()]).toEqual(["counter", true]);
  expect(found.map(({ version, calls, errors }) => [version, calls, errors])).toEqual([
    ["1.0.0", 2, {}],
    ["1.1.0", 2, {}],
  ]);
  expect(found.every(({ p50 = 0, p99 = 0 }) => p50 > 0 && p99 >= p50)).toBe(true);
  expect(own.measures.versions).toEqual(found);
  expect(told).toEqual(published);
  expect(told).toHaveLength(3);
  expect(told[2]).toEqual({
    name: "rpc.server.call.duration",
    value: expect.any(Number),
    attributes: {
      "rpc.system.name": "moult",
      "rpc.method": "counter/add",
      "moult.plugin": "counter",
      "moult.version": "1.1.0",
    },
  });
  expect(() => own.on("calls" as never, () => {})).toThrow("[argument]");
});

test("an error is counted by its code", async () => {
  const plugin = await load(await faults("shapes"));
  const own = await served(plugin);
  const types: unknown[] = [];
  own.on("call", ({ attributes }) => types.push(attributes["error.type"]));
  const remote = await connect(own.url);
  open.push(remote);
  expect((await failure(remote.call.divide!(1, 0))).code).toBe("guest-error");
  await remote.call.divide!(4, 2);
  expect(own.measures.versions.map(({ calls, errors }) => [calls, errors])).toEqual([
    [2, { "guest-error": 1 }],
  ]);
  expect(types).toEqual(["guest-error", undefined]);
});
