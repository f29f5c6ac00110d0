/** A call that only adds. */
import { load } from "moult";
import { awaited, type Case, type Context, looped, same } from "../case.ts";
import { Echo } from "../contract.ts";
import { bare, bindings, type Core, loader, read } from "../peers/assemblyscript.ts";
import { EXTISM_CALLS, extism, resetting } from "../peers/extism.ts";
import { go } from "../peers/go.ts";
import { jcoEcho } from "../peers/jco.ts";

type Add = (a: number, b: number) => number;

export async function callSync(context: Context): Promise<Case[]> {
  const { guests } = context;
  const plugin = await load(Echo, read(guests, "echo.wasm"));
  const { add } = plugin.callSync;
  return [
    await atOnce("moult", "moult", add),
    await atOnce("bare export", "limit", bareAdd(guests)),
    await atOnce("AS bindings", "peer", (await bindings(guests)).add),
    await atOnce("AS loader", "peer", loader(read(guests, "plain.wasm")).add!),
    await extismAdd(guests),
    await atOnce("jco 1.35", "peer", (await jcoEcho(`${guests}/jco`)).add),
    await atOnce("jco 1.8", "peer", (await jcoEcho(`${guests}/jco-1.8`)).add),
    ...goAdd(context),
  ];
}

export async function call({ guests }: Context): Promise<Case[]> {
  const plugin = await load(Echo, read(guests, "echo.wasm"));
  const { add } = plugin.call;
  const bareOne = bareAdd(guests);
  return [
    {
      name: "moult",
      role: "moult",
      check: async () => same(await add(40, 2), 42, "moult"),
      sample: await awaited((i) => add(i, 3)),
    },
    await atOnce("bare export", "limit", bareAdd(guests)),
    {
      name: "bare export, its answer awaited",
      role: "limit",
      check: () => same(bareOne(40, 2), 42, "bare export"),
      sample: await awaited(async (i) => bareOne(i, 3)),
    },
    await extismAdd(guests),
  ];
}

function bareAdd(guests: string): Add {
  const { exports } = bare(read(guests, "plain.wasm"));
  return exports.add as Core;
}

async function atOnce(name: string, role: Case["role"], add: Add): Promise<Case> {
  return {
    name,
    role,
    check: () => same(add(40, 2), 42, name),
    sample: await looped((i) => add(i, 3)),
  };
}

async function extismAdd(guests: string): Promise<Case> {
  const plugin = await extism(read(guests, "extism.wasm"));
  const input = new Uint8Array(8);
  const data = new DataView(input.buffer);
  const add = async (a: number, b: number) => {
    data.setInt32(0, a, true);
    data.setInt32(4, b, true);
    return (await plugin.call("add", input))!.getInt32(0, true);
  };
  return {
    name: "Extism",
    role: "peer",
    check: async () => same(await add(40, 2), 42, "Extism"),
    sample: resetting(plugin, await awaited((i) => add(i, 3))),
    n: EXTISM_CALLS / 4,
  };
}

function goAdd(context: Context): Case[] {
  const run = go(context.guests);
  if (typeof run === "string") {
    context.skip("Go plugin", run);
    return [];
  }
  return [
    {
      name: "Go plugin",
      role: "peer",
      note: "native code, in a process of its own, which is started anew for every round",
      check: () => run(1),
      sample: (n) => run(n).call,
      n: context.quick ? 1e6 : 2e7,
    },
  ];
}
