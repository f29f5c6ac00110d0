import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { pathToFileURL } from "node:url";
import { expect, it } from "vitest";
import { load, type Transition } from "../../host/mod.ts";
import { diagnostics, fileSource } from "../../host/node/mod.ts";
import { versions } from "../versions.ts";

const version = versions(new URL("../../wasm-plugins/counter/", import.meta.url));

it("publishes a plugin's events until it is told to stop", async () => {
  const heard: [name: string, outcome: unknown][] = [];
  const hear = (event: unknown, name: string | symbol) =>
    void heard.push([String(name), (event as Partial<Transition>).outcome]);
  const names = ["moult:transition", "moult:trap", "moult:close"];
  for (const name of names) subscribe(name, hear);
  const plugin = await load(await version("v1"));
  const end = diagnostics(plugin);
  await plugin.swap(await version("v2"));
  await expect(plugin.swap(new Uint8Array(8))).rejects.toMatchObject({ code: "not-wasm" });
  end();
  await plugin.close();
  for (const name of names) unsubscribe(name, hear);
  expect(heard).toEqual([
    ["moult:transition", "swapped"],
    ["moult:transition", "refused"],
  ]);
});

it("makes a file URL of a path", () => {
  expect(fileSource("some where.wasm").href).toBe(pathToFileURL(`${process.cwd()}/some where.wasm`).href);
});
