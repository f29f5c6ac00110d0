/** `z.nullable` is an option whose none is `null`; `z.optional` is the same option, with `undefined`. */
import { beforeAll, describe, expect, expectTypeOf, test } from "vitest";
import { z } from "zod";
import * as mini from "zod/mini";
import { toJson } from "../../../abi/json/value-json.ts";
import { Digest } from "../../../host/generation/digest.ts";
import { capability, contract, load, type Plugin, wit } from "../../../host/mod.ts";
import { build } from "../../kept/build.ts";

let wasm: Uint8Array;
beforeAll(async () => {
  ({ wasm } = await build(new URL("../../guests/nullable/plugin.ts", import.meta.url), {
    optimize: "debug",
  }));
});

const asked: unknown[] = [];
const lookup = capability(
  "test:nullable/lookup@1",
  { find: { params: [z.nullable(z.string())], returns: z.string().nullable(), kind: "read" } },
  () => ({
    find: (key) => {
      expectTypeOf(key).toEqualTypeOf<string | null>();
      asked.push(key);
      return key === "none" ? null : key;
    },
  }),
);

const Entry = z.object({ name: z.string().nullable(), next: z.string().optional() });
const Echo = contract("test:nullable/echo@1", {
  one: { params: [z.nullable(z.string())], returns: z.nullable(z.string()) },
  entry: { params: [Entry.nullable()], returns: Entry.nullable() },
  list: { params: [z.array(z.string().nullable())], returns: z.array(z.string().nullable()) },
  map: { params: [z.map(z.string(), Entry.nullable())], returns: z.map(z.string(), Entry.nullable()) },
  result: { params: [z.string().nullable()], returns: wit.result(z.string().nullable(), z.string()) },
  number: { params: [z.readonly(z.nullable(z.uint32()))], returns: z.nullable(z.readonly(z.uint32())) },
  twice: { params: [wit.option(z.uint32().nullable())], returns: wit.option(z.uint32().nullable()) },
  find: { params: [z.string().nullable()], returns: z.string().nullable() },
});

describe("null crosses as none, and comes back as null", () => {
  let plugin: Plugin<typeof Echo>;
  beforeAll(async () => {
    plugin = await load(Echo, wasm, { grant: [lookup] });
    return () => plugin.close();
  });

  test("as a parameter and an answer", async () => {
    expectTypeOf(plugin.call.one).toEqualTypeOf<(value: string | null) => Promise<string | null>>();
    expect(await plugin.call.one("a")).toBe("a");
    expect(await plugin.call.one(null)).toBe(null);
    expect(plugin.callSync.one(null)).toBe(null);
  });

  test("in a record, beside a field that is undefined", async () => {
    expect(await plugin.call.entry(null)).toBe(null);
    const none = { name: null };
    expect(await plugin.call.entry(none)).toStrictEqual({ name: null, next: undefined });
    const some = { name: "a", next: "b" };
    expect(await plugin.call.entry(some)).toStrictEqual(some);
  });

  test("in lists, maps and results", async () => {
    expect(await plugin.call.list(["a", null, "", null])).toStrictEqual(["a", null, "", null]);
    const map = new Map([
      ["a", null],
      ["b", { name: null, next: "c" }],
    ]);
    expect(await plugin.call.map(map)).toStrictEqual(map);
    expect(await plugin.call.result(null)).toBe(null);
  });

  test("through z.readonly, and within wit.option, which tells the two nones apart", async () => {
    expect(await plugin.call.number(null)).toBe(null);
    expect(await plugin.call.number(0)).toBe(0);
    type Twice = { readonly tag: "some"; readonly val: number | null } | { readonly tag: "none" };
    expectTypeOf(plugin.call.twice).toEqualTypeOf<(value: Twice) => Promise<Twice>>();
    const values: Twice[] = [{ tag: "none" }, { tag: "some", val: null }, { tag: "some", val: 0 }];
    for (const value of values) expect(await plugin.call.twice(value)).toStrictEqual(value);
  });

  test("in what a capability is asked, and answers", async () => {
    expect(await plugin.call.find(null)).toBe(null);
    expect(await plugin.call.find("none")).toBe(null);
    expect(await plugin.call.find("some")).toBe("some");
    expect(asked).toStrictEqual([null, "none", "some"]);
  });

  test("while another view has the same option as undefined", async () => {
    const Other = contract("test:nullable/echo@1", {
      one: { params: [z.optional(z.string())], returns: z.optional(z.string()) },
    });
    expect(await plugin.as(Other).call.one(undefined)).toBe(undefined);
    expect(await plugin.call.one(null)).toBe(null);
  });

  test("of a contract in zod/mini too", async () => {
    const Mini = contract("test:nullable/echo@1", {
      one: { params: [mini.nullable(mini.string())], returns: mini.nullable(mini.string()) },
      list: {
        params: [mini.array(mini.nullable(mini.string()))],
        returns: mini.array(mini.nullable(mini.string())),
      },
    });
    const view = plugin.as(Mini);
    expectTypeOf(view.call.one).toEqualTypeOf<(value: string | null) => Promise<string | null>>();
    expect(await view.call.one(null)).toBe(null);
    expect(await view.call.list([null])).toStrictEqual([null]);
  });

  test("after a swap, and after a rollback", async () => {
    await plugin.swap(wasm, { probation: { calls: 100 } });
    expect(await plugin.call.one(null)).toBe(null);
    const { outcome } = await plugin.rollback();
    expect([outcome, await plugin.call.one(null)]).toEqual(["rolled-back", null]);
  });
});

test("a journal that was written with the one kind of none counts no answer of the other as different", () => {
  const digest = new Digest();
  expect(digest.of({ a: [null] })).toBe(digest.of({ a: [undefined] }));
  expect(digest.of(null)).not.toBe(digest.of("null"));
});

test("both are null in JSON", () => {
  const type = { record: [{ name: "a", type: { option: "u64", as: "null" } }] } as const;
  expect(toJson(type, { a: null })).toEqual({ a: null });
  expect(toJson(type, { a: 1n })).toEqual({ a: 1 });
});
