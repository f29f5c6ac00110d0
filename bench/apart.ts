/** A process of its own for measurements of memory: `apart.js GUESTS SUBJECT WHAT COUNT`. */
import { load } from "moult";
import { same } from "./case.ts";
import { Echo } from "./contract.ts";
import { bare, type Core, read } from "./peers/assemblyscript.ts";
import { unique } from "./unique.ts";

const [guests = "", subject = "", what = "", last = "1"] = process.argv.slice(2);
const count = Number(last);

/** Makes one instance. @returns functions that ask it for a sum, and that end it */
type Make = (source: WebAssembly.Module | Uint8Array<ArrayBuffer>) => Promise<{
  add(): number | Promise<number>;
  close(): unknown;
}>;

const makers: Readonly<Record<string, () => Promise<Make>>> = {
  moult: async () => async (source) => {
    const plugin = await load(Echo, source);
    return { add: () => plugin.callSync.add(40, 2), close: () => plugin.close() };
  },
  bare: async () => async (source) => {
    const add = bare(source).exports["bench:echo/echo@1.0.0#add"] as Core;
    return { add: () => add(40, 2), close: () => {} };
  },
  extism: async () => {
    const { extism } = await import("./peers/extism.ts");
    const input = new Uint8Array(new Int32Array([40, 2]).buffer);
    return async (source) => {
      const plugin = await extism(source);
      const add = async () => (await plugin.call("add", input))!.getInt32(0, true);
      return { add, close: () => plugin.close() };
    };
  },
};

const make = await makers[subject]!();
const bytes = read(guests, subject === "extism" ? "extism.wasm" : "echo.wasm");
process.stdout.write(JSON.stringify(await (what === "swaps" ? swaps() : instances())));

/** Bytes and nanoseconds for one instance. */
async function instances() {
  const module = new WebAssembly.Module(bytes);
  const first = await make(module);
  same(await first.add(), 42, subject);
  await collect();
  const before = process.memoryUsage.rss();
  const alive: Awaited<ReturnType<Make>>[] = [];
  const began = performance.now();
  for (let i = 0; i < count; i++) {
    const one = await make(module);
    same(await one.add(), 42, subject);
    alive.push(one);
  }
  const time = ((performance.now() - began) * 1e6) / count;
  await collect();
  const after = process.memoryUsage.rss();
  for (const one of alive) same(await one.add(), 42, subject);
  return { bytes: (after - before) / count, time };
}

/**
 * Resident memory after a tenth of the swaps, and at the end: each swap is to code that is new to the engine.
 */
async function swaps() {
  const plugin = subject === "moult" ? await load(Echo, bytes) : undefined;
  let current = plugin ? undefined : await make(bytes);
  let early = 0;
  for (let i = 1; i <= count; i++) {
    const next = unique(bytes);
    if (plugin) await plugin.swap(next);
    else {
      const successor = await make(next);
      await current!.close();
      current = successor;
    }
    same(plugin ? plugin.callSync.add(40, 2) : await current!.add(), 42, subject);
    if (i === Math.ceil(count / 10)) early = await resident();
  }
  return { early, late: await resident() };
}

async function resident(): Promise<number> {
  await collect();
  return process.memoryUsage.rss();
}

async function collect(): Promise<void> {
  for (let i = 0; i < 4; i++) {
    (globalThis as { gc?: () => void }).gc?.();
    await new Promise((resolve) => setImmediate(resolve));
  }
}
