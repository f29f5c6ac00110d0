import { readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, expectTypeOf, it } from "vitest";
import { z } from "zod";
import { contract, type Plugin } from "../../host/mod.ts";
import { loadPlugin } from "../../host/testing/mod.ts";
import { type Author, author, visits } from "./author.ts";

const Visits = contract("acme:visits/counter@1", {
  visit: { params: [z.string()], returns: z.uint64() },
  total: { params: [], returns: z.uint64() },
});

let one: Author;
let outside: Plugin;
beforeAll(async () => {
  one = await author({ "plugin.ts": visits(""), "other.ts": visits("") });
  outside = await loadPlugin(one.path("plugin.ts"));
});
afterAll(() => one.leave());

it("builds a plugin from its source, and calls it", async () => {
  const { call, name, version } = await loadPlugin(one.path("plugin.ts"));
  expect([name, version, await call.visit!("/")]).toEqual(["visits", "1.0.0", 1n]);
});

it("knows the types of a contract", async () => {
  const plugin = await loadPlugin(one.path("plugin.ts"), { contract: Visits });
  expectTypeOf(plugin.call.visit).toEqualTypeOf<(page: string) => Promise<bigint>>();
  expect(await plugin.call.visit("/")).toBe(1n);
});

it("takes a path from the test's own file", async () => {
  const { call } = await loadPlugin("../../wasm-plugins/counter/v1.ts");
  expect(await call.add!(2)).toBe(2);
});

it("takes a plugin's folder, a URL and bytes", async () => {
  expect((await loadPlugin(one.folder)).name).toBe("visits");
  const wasm = new Uint8Array(await build());
  await one.write("plugin.wasm", wasm);
  expect((await loadPlugin(one.path("plugin.wasm"))).name).toBe("visits");
  expect((await loadPlugin(pathToFileURL(one.path("plugin.wasm")))).name).toBe("visits");
  expect((await loadPlugin(wasm)).name).toBe("visits");
});

let closing: Plugin;
it("hands a test a plugin", async () => {
  closing = await loadPlugin(one.path("plugin.ts"));
  expect(await closing.call.visit!("/")).toBe(1n);
});
it("closed it when that test was over, and not the one from beforeAll", async () => {
  await expect(closing.call.visit!("/")).rejects.toThrow("[closed] could not call visits: it was closed");
  expect(await outside.call.total!()).toBe(0n);
  await outside.close();
});

it("begins from a snapshot", async () => {
  const first = await loadPlugin(one.path("plugin.ts"));
  await first.call.visit!("/");
  const second = await loadPlugin(one.path("plugin.ts"), { state: await first.snapshot() });
  expect(await second.call.total!()).toBe(1n);
});

it("says which file is not there, with all that is wrong in one that is", async () => {
  await expect(loadPlugin(one.path("none.ts"))).rejects.toThrow(
    `could not find ${one.path("none.ts")}: there is no such file or folder`,
  );
  const bad = await one.write("bad.ts", 'export function f(): i32 { return "x"; }\n');
  await expect(loadPlugin(bad)).rejects.toThrow(
    /could not build .*bad\.ts: 1 error\n\n\S*bad\.ts:1:35 error/,
  );
});

it("builds a source once while it is the same, and again when it, its package, its asconfig or the kept build changes", async () => {
  const entry = one.path("other.ts");
  await loadPlugin(entry);
  const folder = one.path(".moult/builds");
  const before = new Set(await times(folder));
  await loadPlugin(entry);
  expect(new Set(await times(folder))).toEqual(before);

  await writeFile(entry, visits("last: string = '';"));
  expect((await loadPlugin(entry)).version).toBe("1.0.0");
  const changed = new Set(await times(folder));
  expect(changed).not.toEqual(before);

  await one.write("package.json", JSON.stringify({ name: "visits", version: "1.0.1" }));
  expect((await loadPlugin(entry)).version).toBe("1.0.1");

  const after = new Set(await times(folder));
  await one.write("asconfig.json", JSON.stringify({ options: { noAssert: true } }));
  await loadPlugin(entry);
  expect(new Set(await times(folder))).not.toEqual(after);

  for (const name of await readdir(folder)) {
    const text = await readFile(`${folder}/${name}`, "utf8");
    await writeFile(`${folder}/${name}`, text.replace('"wasm":"AGFz', '"wasm":"BGFz'));
  }
  expect((await loadPlugin(entry)).version).toBe("1.0.1");
});

async function times(folder: string): Promise<string[]> {
  const names = await readdir(folder);
  return Promise.all(names.map(async (name) => `${name} ${(await stat(`${folder}/${name}`)).ino}`));
}

async function build(): Promise<Uint8Array> {
  await rm(one.path(".moult"), { recursive: true });
  const { build } = await import("../kept/build.ts");
  return (await build(one.path("plugin.ts"))).wasm;
}
