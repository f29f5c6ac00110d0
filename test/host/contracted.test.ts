/** What a type checker sees of a contract, of its plugin, and of plugins of many contracts. `tsc -b` is the judge. */
import { describe, expect, expectTypeOf, test } from "vitest";
import { z } from "zod";
import * as mini from "zod/mini";
import {
  contract,
  type FollowOptions,
  type FunctionsOf,
  load,
  type Plugin,
  PluginError,
  type SwapOptions,
  type View,
  wit,
} from "../../host/mod.ts";
import { manifest, wat } from "../faults/guest.ts";

const Counter = contract("test:types/counter@1", {
  add: { params: [z.uint32(), z.string()], returns: z.uint64() },
  reset: { params: [] },
});
const Mirror = contract("test:types/mirror@1", {
  turn: { params: [mini.array(mini.string())], returns: wit.result(mini.boolean(), mini.string()) },
});

const counter = () =>
  wat(
    `(memory (export "memory") 1)
     (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
     (func (export "test:types/counter@1.0.0#add") (param i32 i32 i32) (result i64) (i64.const 7))
     (func (export "test:types/counter@1.0.0#reset"))`,
    {
      manifest: manifest({
        interface: "test:types/counter@1.0.0",
        exports: [
          {
            name: "add",
            params: [
              { name: "n", type: "u32" },
              { name: "why", type: "string" },
            ],
            result: "u64",
          },
          { name: "reset", params: [] },
        ],
      }),
    },
  );

test("an event has one of four names, and an event of another name is none", () => {
  expectTypeOf<Parameters<Plugin["on"]>[0]>().toEqualTypeOf<"transition" | "trap" | "error" | "close">();
});

describe("a plugin of a contract", () => {
  test("has the contract's types, whether it is named by the contract or by its functions", async () => {
    await using plugin: Plugin<typeof Counter> = await load(Counter, await counter());
    const same: Plugin<FunctionsOf<typeof Counter>> = plugin;
    expectTypeOf<Plugin<typeof Counter>>().toEqualTypeOf<Plugin<FunctionsOf<typeof Counter>>>();
    expectTypeOf(same.call.add).toEqualTypeOf<(n: number, why: string) => Promise<bigint>>();
    expectTypeOf(plugin.callSync.reset).toEqualTypeOf<() => undefined>();
    // @ts-expect-error the contract has no such function
    expect(plugin.call.subtract).toBeUndefined();
    expect(await same.call.add(1, "a")).toBe(7n);
  });

  test("is none of another contract", () => {
    // @ts-expect-error
    expectTypeOf<Plugin<typeof Counter>>().toExtend<Plugin<typeof Mirror>>();
    // @ts-expect-error
    expectTypeOf<Plugin<typeof Mirror>>().toExtend<Plugin<typeof Counter>>();
    const Near = contract("test:types/counter@1", {
      add: { params: [z.uint32(), z.boolean()], returns: z.uint64() },
      reset: { params: [] },
    });
    // @ts-expect-error the second parameter of `add` differs
    expectTypeOf<Plugin<typeof Near>>().toExtend<Plugin<typeof Counter>>();
  });

  test("of zod/mini has its types too", () => {
    expectTypeOf<Plugin<typeof Mirror>["call"]["turn"]>().toEqualTypeOf<
      (lines: string[]) => Promise<boolean>
    >();
  });

  test("has views, and options of swaps, that the contract names", () => {
    expectTypeOf<View<typeof Counter>["callSync"]["add"]>().returns.toEqualTypeOf<bigint>();
    const look: SwapOptions<typeof Counter> = { verify: ({ callSync }) => callSync.add(1, "a") > 0n };
    const following: FollowOptions<typeof Counter> = { verify: look.verify! };
    expectTypeOf<Parameters<Plugin<typeof Counter>["swap"]>[1]>().toEqualTypeOf<typeof look | undefined>();
    expectTypeOf<Parameters<Plugin<typeof Counter>["follow"]>[1]>().toEqualTypeOf<
      typeof following | undefined
    >();
  });
});

describe("a plugin of any contract", () => {
  test("is what every plugin is: a host keeps those of many contracts in one list", async () => {
    const typed = await load(Counter, await counter());
    const untyped = await load(await counter());
    const all: Plugin[] = [typed, untyped];
    const byName = new Map<string, Plugin>([["one", typed]]);
    const named = (plugin: Plugin) => `${plugin.name} ${plugin.version}`;
    expect(all.map(named)).toEqual([named(typed), named(untyped)]);
    expectTypeOf<Plugin<typeof Mirror>>().toExtend<Plugin>();
    expectTypeOf<View<typeof Mirror>>().toExtend<View>();
    await byName.get("one")?.swap(await counter(), { verify: (twin) => twin.call.reset?.() });
    expect(await all[0]!.as(Counter).call.add(1, "a")).toBe(7n);
    for (const plugin of all) await plugin.close();
  });

  test("is none of a certain one, until `as` has looked", () => {
    // @ts-expect-error
    expectTypeOf<Plugin>().toExtend<Plugin<typeof Counter>>();
    expectTypeOf<ReturnType<Plugin["as"]>>().toEqualTypeOf<View>();
  });

  test("checks what it is given when it is called, and tells nothing of what it answers", async () => {
    await using plugin: Plugin = await load(Counter, await counter());
    expectTypeOf(plugin.call.add!).returns.toEqualTypeOf<Promise<unknown>>();
    expectTypeOf(plugin.callSync.add!).returns.toBeUnknown();
    const wrong = await plugin.call.add!("one").catch((error: unknown) => error);
    expect((wrong as PluginError).code).toBe("argument");
    expect(wrong).toBeInstanceOf(PluginError);
  });
});
