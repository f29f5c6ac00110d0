/** What a plugin may read of its configuration. */
import { describe, expect, it } from "vitest";
import { config, kv } from "../../host/capabilities/mod.ts";
import { failure, refused } from "../faults/guest.ts";
import { keeper, module } from "./keeper.ts";

it("gives a plugin the texts of its host, and nothing else that an object has", async () => {
  const values: Record<string, string> = { greeting: "Grüß Gott", empty: "" };
  await using plugin = await keeper([config(values), kv()]);
  values.greeting = "changed";
  values.later = "added";
  const { setting, settings } = plugin.call;
  expect(await setting("greeting")).toBe("Grüß Gott");
  expect(await setting("empty")).toBe("");
  for (const key of ["later", "", "constructor", "__proto__", "toString"]) {
    expect([key, await setting(key)]).toEqual([key, undefined]);
  }
  expect(await settings()).toEqual(
    new Map([
      ["greeting", "Grüß Gott"],
      ["empty", ""],
    ]),
  );
});

it("asks a function at every read, with the name of the plugin", async () => {
  let n = 0;
  await using plugin = await keeper([config((plugin) => ({ who: `${plugin} ${++n}` })), kv()], { name: "a" });
  expect([await plugin.call.setting("who"), await plugin.call.setting("who")]).toEqual(["a 1", "a 2"]);
  expect(await plugin.call.settings()).toEqual(new Map([["who", "a 3"]]));
});

it("reads in every phase, and what was read stands in the journal: a rollback reads the same", async () => {
  let n = 0;
  await using plugin = await keeper([config(() => ({ n: `${++n}` })), kv()]);
  await plugin.swap(await module("keeper", "2.0.0"), { probation: { calls: 100 } });
  expect(await plugin.call.setting("n")).toBe("1");
  expect(await plugin.rollback()).toMatchObject({ replayed: { calls: 1, divergences: 0 } });
  expect(n).toBe(1);
});

describe("values that are none", () => {
  it.each<[string, unknown, string]>([
    ["nothing", undefined, "could not use the values of config: found undefined, wanted an object of texts"],
    ["a list", ["a"], "could not use the values of config: found an array of 1, wanted an object of texts"],
    [
      "a number",
      { port: 80 },
      'could not use the value string "port" of config: found number 80, wanted a text',
    ],
    [
      "more than the limit",
      { a: "x".repeat(2 ** 20) },
      "could not use the values of config: found 1048577 bytes or more, wanted at most 1048576 (maxBytes)",
    ],
  ])("%s, are refused when they are granted", async (_, values, message) => {
    expect(await refused(() => config(values as never))).toBe(`[argument] ${message}`);
  });

  it("count in bytes, and the limit can be another", async () => {
    expect(await refused(() => config({ ä: "ö" }, { maxBytes: 3 }))).toBe(
      "[argument] could not use the values of config: found 4 bytes or more, wanted at most 3 (maxBytes)",
    );
    expect(config({ ä: "ö" }, { maxBytes: 4 }).interface.text).toBe("moult:config/store@1.0.0");
    expect(await refused(() => config({}, { maxBytes: -1 }))).toMatch(
      /^\[argument\] could not use maxBytes: /,
    );
  });

  it("of a function end the call that reads, and name what is wrong", async () => {
    await using plugin = await keeper([config((() => ({ port: 80 })) as never), kv()]);
    const { code, message } = await failure(plugin.call.setting("port"));
    expect(code).toBe("grant-failed");
    expect(message).toContain("moult:config/store@1.0.0#get threw");
    expect(message).toContain('the value string "port" of config: found number 80, wanted a text');
  });
});
