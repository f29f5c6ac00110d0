/** What the top level of an author's files holds of the state stays the state's own, whatever road the state takes. */
import { mkdtempSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Build } from "../../abi/transform/build.ts";
import { library } from "../../abi/transform/library.ts";
import { load, type Plugin } from "../../host/mod.ts";
import { directoryStore } from "../../host/node/mod.ts";
import { leave } from "../durable/folder.ts";
import { build } from "../kept/build.ts";
import { elsewhere, entry, STEP } from "./holders.ts";

const folder = mkdtempSync(join(tmpdir(), "moult-held-"));
afterAll(() => rm(folder, { recursive: true }));

const trees = library();
async function made(version: string, extra: string, step = "", more = ""): Promise<Build> {
  const name = `v${version.split(".")[0]}`;
  await writeFile(join(folder, `${name}-state.ts`), elsewhere(extra, step));
  await writeFile(join(folder, `${name}.ts`), entry(`${name}-state`, more));
  const options = { name: "held", version, optimize: "debug", sourceMap: false, library: trees } as const;
  return build(join(folder, `${name}.ts`), options);
}

let first: Uint8Array;
let wider: Uint8Array;
let stepped: Uint8Array;
let broken: Uint8Array;
beforeAll(async () => {
  first = (await made("1.0.0", "")).wasm;
  wider = (await made("2.0.0", "extra: u32 = 7;")).wasm;
  stepped = (await made("3.0.0", "extra: u32 = 0;", STEP)).wasm;
  broken = (
    await made(
      "4.0.0",
      "extra: u32 = 7;",
      "",
      'export function onRestore(): void { there.set("lost", 1); root.value = 99; }\nexport function checkState(): string | null { return there.has("lost") && root.value == 99 ? "no" : null; }',
    )
  ).wasm;
}, 120_000);

type Calls = {
  put(n: number): Promise<void>;
  look(): Promise<string>;
  real(): Promise<string>;
  collect(): Promise<void>;
  trap(): Promise<void>;
};
const calls = (plugin: Plugin) => plugin.call as unknown as Calls;

/** The same calls of a plugin that never moved. */
async function still(numbers: readonly number[]): Promise<string> {
  await using plugin = await load(first);
  for (const n of numbers) await calls(plugin).put(n);
  return calls(plugin).look();
}

async function agrees(plugin: Plugin, numbers: readonly number[]): Promise<void> {
  await calls(plugin).collect();
  expect(await calls(plugin).look()).toBe(await still(numbers));
  expect(await calls(plugin).real()).toBe(await still(numbers));
}

async function begun(options: object = {}): Promise<Plugin> {
  const plugin = await load(first, options);
  await calls(plugin).put(3);
  await calls(plugin).put(4);
  return plugin;
}

const swaps: readonly (readonly [string, () => Uint8Array])[] = [
  ["itself", () => first],
  ["a newer version without a loss", () => wider],
  ["a version whose step leads there", () => stepped],
];
test.each(swaps)("parts that are held are the state's own after a swap to %s", async (_, next) => {
  await using plugin = await begun();
  await plugin.swap(next());
  await agrees(plugin, [3, 4]);
  await calls(plugin).put(5);
  await agrees(plugin, [3, 4, 5]);
  await plugin.swap(next());
  await calls(plugin).put(6);
  await agrees(plugin, [3, 4, 5, 6]);
});

test("parts that are held are the state's own in a plugin that begins from a snapshot", async () => {
  await using plugin = await begun();
  const state = await plugin.snapshot();
  for (const next of [first, wider, stepped]) {
    await using again = await load(next, { state });
    await agrees(again, [3, 4]);
    await calls(again).put(5);
    await agrees(again, [3, 4, 5]);
  }
});

test("parts that are held are the state's own when a store is opened again, closed or left", async () => {
  const path = join(folder, "store");
  await using plugin = await begun({ store: directoryStore(path) });
  await plugin.close();
  const again = await load(first, { store: directoryStore(path) });
  await calls(again).put(5);
  await calls(again).put(7);
  leave(path);
  await using last = await load(first, { store: directoryStore(path) });
  expect(last.recovered?.calls).toBe(1);
  await agrees(last, [3, 4, 5, 7]);
  await calls(last).put(6);
  await agrees(last, [3, 4, 5, 7, 6]);
});

test("parts that are held are the state's own after a trap, without what the call that trapped wrote", async () => {
  await using plugin = await begun({ afterTrap: "restart" });
  await expect(calls(plugin).trap()).rejects.toMatchObject({ code: "trapped" });
  await calls(plugin).put(5);
  await agrees(plugin, [3, 4, 5]);
  await plugin.swap(stepped);
  await expect(calls(plugin).trap()).rejects.toMatchObject({ code: "trapped" });
  await calls(plugin).put(6);
  await agrees(plugin, [3, 4, 5, 6]);
});

test.each(swaps)(
  "parts that are held are the state's own when probation goes back from %s",
  async (_, next) => {
    await using plugin = await begun();
    await plugin.swap(next(), { probation: {} });
    await calls(plugin).put(5);
    await agrees(plugin, [3, 4, 5]);
    await plugin.rollback();
    await calls(plugin).put(6);
    await agrees(plugin, [3, 4, 5, 6]);
  },
);

test("a mirror that holds parts answers alike", async () => {
  await using plugin = await begun();
  for (const next of [first, wider, stepped]) {
    const mirror = await plugin.mirror(next);
    await calls(plugin).put(5);
    await calls(plugin).look();
    await calls(plugin).real();
    expect(await mirror.report()).toMatchObject({ compared: 3, differing: 0 });
    mirror.close();
  }
});

test("what a refused version wrote into its parts is not in those of the one that serves", async () => {
  await using plugin = await begun();
  await expect(plugin.swap(broken)).rejects.toMatchObject({ code: "failed-check" });
  await agrees(plugin, [3, 4]);
});
