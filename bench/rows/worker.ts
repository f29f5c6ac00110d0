/** A plugin in a thread of its own: a small call, an endless one, and the one after it. */
import { Worker } from "node:worker_threads";
import { load } from "moult";
import { awaited, type Case, type Context, same } from "../case.ts";
import { Echo, Runaway } from "../contract.ts";
import { read } from "../peers/assemblyscript.ts";
import { EXTISM_CALLS, extismApart, resetting } from "../peers/extism.ts";

const TEXT = Buffer.from("GET /index.html ").toString("latin1");
/** Calls that come before those that count. */
const WARM = EXTISM_CALLS - 1_000;
/** Milliseconds of an endless call. */
const DEADLINE = 50;

export async function call({ guests }: Context): Promise<Case[]> {
  const plugin = await load(Echo, read(guests, "echo.wasm"), { isolation: "worker" });
  const { text } = plugin.call;
  const turns = await roundTrips();
  const peer = await extismApart(read(guests, "extism.wasm"));
  const echo = async () => (await peer.call("text", TEXT))!.text();
  for (const each of [() => text(TEXT), turns, echo]) await warmed(each);
  return [
    {
      name: "moult, in a worker",
      role: "moult",
      check: async () => same(await text(TEXT), TEXT, "moult"),
      sample: await awaited(() => text(TEXT)),
    },
    {
      name: "bare Atomics round trip",
      role: "limit",
      check: async () => same(await turns(), 16, "a round trip"),
      sample: await awaited(turns),
    },
    {
      name: "Extism, in a worker",
      role: "peer",
      check: async () => same(await echo(), TEXT, "Extism"),
      sample: resetting(peer, await awaited(echo)),
      n: EXTISM_CALLS / 40,
    },
  ];
}

/** The figures are of a conversation that goes on: the first calls of each side do not count. */
async function warmed(call: () => Promise<unknown>): Promise<void> {
  for (let i = 0; i < WARM; i++) await call();
}

/** 16 bytes to a thread that waits for them, and back; this thread does not block. */
async function roundTrips(): Promise<() => Promise<number>> {
  const memory = new SharedArrayBuffer(64);
  const words = new Int32Array(memory);
  const bytes = new Uint8Array(memory, 16, 16);
  const thread = new Worker(
    `const { workerData } = require("node:worker_threads");
    const words = new Int32Array(workerData);
    const bytes = new Uint8Array(workerData, 16, 16);
    for (;;) {
      Atomics.wait(words, 0, 0);
      bytes.set(bytes.slice());
      Atomics.store(words, 0, 0);
      Atomics.notify(words, 0);
    }`,
    { eval: true, workerData: memory },
  );
  thread.unref();
  const sent = Buffer.from(TEXT, "latin1");
  type Waiting = { readonly async: boolean; readonly value: PromiseLike<string> };
  const { waitAsync } = Atomics as unknown as {
    waitAsync(words: Int32Array, at: number, value: number): Waiting;
  };
  return async () => {
    bytes.set(sent);
    Atomics.store(words, 0, 1);
    Atomics.notify(words, 0);
    const waiting = waitAsync(words, 0, 1);
    if (waiting.async) await waiting.value;
    return bytes.slice().length;
  };
}

/** What follows an endless call: its error, and the answer of the next call. */
async function runaways(guests: string) {
  const plugin = await load(Runaway, read(guests, "kernels.wasm"), {
    isolation: "worker",
    limits: { deadline: DEADLINE },
    afterTrap: { restart: { limit: Number.POSITIVE_INFINITY, delay: 0 } },
  });
  const { spin, calls } = plugin.call;
  const other = await closed(read(guests, "extism.wasm"));
  const refused = (answer: Promise<unknown>) =>
    answer.then(
      () => false,
      () => true,
    );
  return {
    moult: { spin: () => refused(spin(0)), next: async () => same(await calls(7), 13, "moult") },
    extism: other,
  };
}

/** Extism has no deadline: its plugin is closed by a timer, and made again for the next call. */
async function closed(module: Uint8Array<ArrayBuffer>) {
  let plugin = await extismApart(module);
  return {
    spin: async () => {
      plugin.call("spin").catch(() => {});
      await new Promise((resolve) => setTimeout(resolve, DEADLINE));
      await plugin.close();
      return true;
    },
    next: async () => {
      plugin = await extismApart(module);
      same((await plugin.call("text", TEXT))!.text(), TEXT, "Extism");
    },
  };
}

const NOTE = "it has no deadline: its plugin is closed by a timer, and made again";

type Sides = Awaited<ReturnType<typeof runaways>>;
type Side = Sides[keyof Sides];

/** Until an endless call has its error. */
export async function stopped({ guests }: Context): Promise<Case[]> {
  return [
    ...(await sides(guests, "spin")),
    { name: "the deadline", role: "limit", check: () => {}, sample: () => DEADLINE * 1e6, n: 1 },
  ];
}

/** From there until the next call is answered. */
export function next({ guests }: Context): Promise<Case[]> {
  return sides(guests, "next");
}

/** @param timed the call whose time it is: the endless one, or the one after it */
async function sides(guests: string, timed: "spin" | "next"): Promise<Case[]> {
  const { moult, extism } = await runaways(guests);
  const sample = (side: Side) => async () => {
    const from = performance.now();
    same(await side.spin(), true, "an endless call");
    const between = performance.now();
    await side.next();
    const to = performance.now();
    await idle();
    return (timed === "spin" ? between - from : to - between) * 1e6;
  };
  const own = {
    name: "moult, in a worker",
    role: "moult",
    check: moult.next,
    sample: sample(moult),
  } as const;
  const peer = { name: "Extism, in a worker", role: "peer", note: NOTE, check: extism.next } as const;
  return [
    { ...own, n: 1 },
    { ...peer, sample: sample(extism), n: 1 },
  ];
}

/** Calls of a plugin come at intervals: what is made ready meanwhile is ready. */
function idle(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 100));
}
