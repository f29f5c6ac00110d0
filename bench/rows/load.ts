/** From bytes, or from a compiled module, to the first answer. */
import { load as loadPlugin } from "moult";
import { type Case, type Context, same } from "../case.ts";
import { Echo } from "../contract.ts";
import { bare, type Core, loader, read } from "../peers/assemblyscript.ts";
import type { Echo as EchoApi } from "../peers/echo.ts";
import { extism } from "../peers/extism.ts";
import { go } from "../peers/go.ts";
import { jco } from "../peers/jco.ts";
import { unique } from "../unique.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** Every load is of bytes that are new to the engine. */
export async function load(context: Context): Promise<Case[]> {
  const { guests } = context;
  const [echo, kit, plain] = ["echo", "extism", "plain"].map((name) => read(guests, `${name}.wasm`));
  const from = (module: Bytes | undefined) => () => unique(module!);
  return [
    fromBytes("moult", "moult", from(echo), async (bytes) => {
      const plugin = await loadPlugin(Echo, bytes);
      const sum = plugin.callSync.add(40, 2);
      return [sum, () => plugin.close()];
    }),
    {
      ...fromBytes("compile and instantiate", "limit", from(echo), (bytes) => [first(bare(bytes))]),
      note: "the same module; `new WebAssembly.Module`, which may block",
    },
    {
      ...fromBytes("the same with WebAssembly.compile", "limit", from(echo), async (bytes) => [
        first(bare(await WebAssembly.compile(bytes))),
      ]),
      note: "on threads of the engine's, which is what moult and Extism do",
    },
    fromBytes("AS loader", "peer", from(plain), (bytes) => [loader(bytes).add!(40, 2)]),
    fromBytes("Extism", "peer", from(kit), async (bytes) => {
      const plugin = await extism(bytes);
      return [await sumOf(plugin), () => plugin.close()];
    }),
    ...(await jcoCases(guests, (bytes) => unique(bytes))),
    ...goOpen(context),
  ];
}

/** The module is compiled already. */
export async function second({ guests }: Context): Promise<Case[]> {
  const [echo, kit, plain] = ["echo", "extism", "plain"].map((name) => read(guests, `${name}.wasm`));
  const compiled = (bytes: Bytes | undefined) => {
    const module = new WebAssembly.Module(bytes!);
    return () => module;
  };
  return [
    fromBytes("moult", "moult", compiled(echo), async (module) => {
      const plugin = await loadPlugin(Echo, module);
      const sum = plugin.callSync.add(40, 2);
      return [sum, () => plugin.close()];
    }),
    fromBytes("new WebAssembly.Instance", "limit", compiled(echo), (module) => [first(bare(module))]),
    fromBytes("AS loader", "peer", compiled(plain), (module) => [loader(module).add!(40, 2)]),
    fromBytes("Extism", "peer", compiled(kit), async (module) => {
      const plugin = await extism(module);
      return [await sumOf(plugin), () => plugin.close()];
    }),
    ...(await jcoCases(guests, undefined)),
  ];
}

async function sumOf(plugin: Awaited<ReturnType<typeof extism>>): Promise<number> {
  const input = new Uint8Array(8);
  new DataView(input.buffer).setInt32(0, 42, true);
  return (await plugin.call("add", input))!.getInt32(0, true);
}

function first({ exports }: WebAssembly.Instance): number {
  return (exports["bench:echo/echo@1.0.0#add"] as Core)(40, 2);
}

type Opened = [sum: number, close?: () => unknown];

/** Opened plugins are closed again, which is not measured. */
function fromBytes<T>(
  name: string,
  role: Case["role"],
  source: () => T,
  open: (source: T) => Opened | Promise<Opened>,
): Case {
  const sample = async (n: number) => {
    let time = 0;
    for (let i = 0; i < n; i++) {
      const given = source();
      const began = performance.now();
      const [sum, close] = await open(given);
      time += performance.now() - began;
      same(sum, 42, name);
      await close?.();
    }
    return (time * 1e6) / n;
  };
  return { name, role, check: () => sample(1), sample };
}

/** @param fresh makes a core module that is new to the engine; without it the modules are compiled once */
async function jcoCases(guests: string, fresh: ((bytes: Bytes) => Bytes) | undefined): Promise<Case[]> {
  const cases = [
    ["jco 1.35", "jco"],
    ["jco 1.8", "jco-1.8"],
  ] as const;
  return Promise.all(
    cases.map(async ([name, folder]) => {
      const { cores, instantiate } = await jco(`${guests}/${folder}`);
      const modules = new Map([...cores].map(([path, bytes]) => [path, new WebAssembly.Module(bytes)]));
      const source = () => {
        const given = fresh && new Map([...cores].map(([path, bytes]) => [path, fresh(bytes)]));
        return (path: string) => (given ? new WebAssembly.Module(given.get(path)!) : modules.get(path)!);
      };
      return fromBytes(name, "peer", source, async (compile) => {
        const echo: EchoApi = await instantiate(compile);
        return [echo.add(40, 2)];
      });
    }),
  );
}

function goOpen(context: Context): Case[] {
  const run = go(context.guests);
  if (typeof run === "string") {
    context.skip("Go plugin", run);
    return [];
  }
  return [
    {
      name: "Go plugin",
      role: "peer",
      note: "plugin.Open, in a process of its own for every sample: Go never unloads a plugin",
      check: () => run(1),
      sample: () => run(1).open,
      n: 1,
    },
  ];
}
