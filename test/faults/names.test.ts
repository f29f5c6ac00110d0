// biome-ignore-all lint/suspicious/noThenProperty: objects with such names are what this is about
// biome-ignore-all lint/suspicious/noPrototypeBuiltins: so are these
/** Names of functions and fields that JavaScript has a meaning for: they harm nobody. */
import { describe, expect, expectTypeOf, test } from "vitest";
import { z } from "zod";
import { lift, lower } from "../../abi/canonical/mod.ts";
import { camelCase, type ValueType } from "../../abi/type.ts";
import type { Crossing } from "../../host/contract/crossing.ts";
import { capability, contract, type FunctionsOf, load, type Plugin, wit } from "../../host/mod.ts";
import { heap } from "../canonical/heap.ts";
import { manifest, refused, wat } from "./guest.ts";

/** Names that objects, promises and engines look for. */
const NAMES = [
  "then",
  "to-string",
  "value-of",
  "constructor",
  "has-own-property",
  "to-json",
  "catch",
  "name",
  "length",
];

const module = () => {
  const exported = NAMES.map((name, i) => `(func (export "${name}") (result i32) i32.const ${i})`);
  return wat(`(memory (export "memory") 1) ${exported.join(" ")}`, {
    manifest: manifest({ exports: NAMES.map((name) => ({ name, params: [], result: "u32" })) }),
  });
};

describe("a plugin that exports functions of such names", () => {
  test("and is loaded without a contract, has all but `then`, and says so", async () => {
    await using plugin = await load(await module());
    const names = NAMES.map(camelCase).filter((name) => name !== "then");
    for (const half of [plugin.call, plugin.callSync, plugin.within({ timeout: 1_000 }).call]) {
      expect(Object.keys(half).sort()).toEqual([...names].sort());
      for (const inherited of Object.getOwnPropertyNames(Object.prototype)) {
        expect([inherited, inherited in half]).toEqual([inherited, names.includes(inherited)]);
      }
    }
    for (const name of names) {
      expect(await plugin.call[name]!()).toBe(NAMES.map(camelCase).indexOf(name));
      expect(plugin.callSync[name]!()).toBe(NAMES.map(camelCase).indexOf(name));
    }
    expect(plugin.warnings).toEqual([
      "the function then of hand 1.0.0 cannot be called: its name would make a promise of every object that it stands in",
    ]);
  });

  test("can be awaited, and so can its calls and views", async () => {
    await using plugin = await load(await module());
    const opened = async () => plugin.call;
    expect(await opened()).toBe(plugin.call);
    expect(await plugin.callSync).toBe(plugin.callSync);
    expect(await Promise.all([plugin, plugin.call])).toEqual([plugin, plugin.call]);
    const view = plugin.as(
      contract("moult:plugin/world@1", { constructor: { params: [], returns: z.uint32() } }),
    );
    expect(await (await view.call).constructor()).toBe(3);
  });

  test("is swapped and mirrored as any other", async () => {
    await using plugin = await load(await module());
    await plugin.swap(await module(), { verify: async (twin) => void (await twin.call), probation: {} });
    expect(await plugin.call.toString!()).toBe(1);
    await plugin.rollback();
    expect(await plugin.call.constructor!()).toBe(3);
  });
});

describe("a contract and a capability", () => {
  const why = `a function named "then" makes a promise of the object that it stands in; say another name`;

  test("have no function named then", async () => {
    expectTypeOf<Crossing<{ then: { params: [] } }>["then"]>().toExtend<string>();
    const params: [] = [];
    expect(await refused(() => contract("test:names/f@1", { then: { params } } as never))).toBe(
      `[bad-contract] could not use test:names/f@1: ${why}`,
    );
    expect(
      await refused(() =>
        capability("test:names/g@1", { then: { params, kind: "post" } } as never, () => ({}) as never),
      ),
    ).toBe(`[bad-contract] could not use test:names/g@1: ${why}`);
  });

  test("may name all the others", async () => {
    const returns = z.uint32();
    const Odd = contract("moult:plugin/world@1", {
      toString: { params: [], returns },
      valueOf: { params: [], returns },
      constructor: { params: [], returns },
      hasOwnProperty: { params: [], returns },
      toJson: { params: [], returns },
    });
    await using plugin: Plugin<FunctionsOf<typeof Odd>> = await load(Odd, await module());
    expect([plugin.callSync.toString(), plugin.callSync.valueOf(), plugin.callSync.hasOwnProperty()]).toEqual(
      [1, 2, 4],
    );
    expect([await plugin.call.constructor(), await plugin.call.toJson()]).toEqual([3, 5]);
  });
});

describe("a value with fields of such names", () => {
  const type: ValueType = {
    record: ["then", "to-string", "value-of", "constructor", "to-j-s-o-n"].map((name) => ({
      name,
      type: { option: "string" },
    })),
  };
  const flags: ValueType = { flags: ["constructor", "to-string", "then"] };
  const crossed = (of: ValueType, value: unknown) => {
    const guest = heap();
    lower(of, guest, value, 1_024);
    return lift(of, guest, 1_024);
  };
  const none = {
    then: undefined,
    toString: undefined,
    valueOf: undefined,
    constructor: undefined,
    toJSON: undefined,
  };

  test("has those that it was given, and none that every object inherits", () => {
    expect(crossed(type, {})).toEqual(none);
    expect(crossed(type, Object.create(null))).toEqual(none);
    expect(crossed(type, { constructor: "a", then: "b" })).toEqual({ ...none, constructor: "a", then: "b" });
    expect(crossed(type, new (class Given {})())).toEqual(none);
    expect(crossed(flags, {})).toEqual({ constructor: false, toString: false, then: false });
    expect(crossed(flags, { constructor: true })).toEqual({
      constructor: true,
      toString: false,
      then: false,
    });
  });

  test("may come from a class, with accessors", () => {
    class Given {
      get toString(): never {
        return "text" as never;
      }
    }
    expect(crossed(type, new Given())).toEqual({ ...none, toString: "text" });
  });

  test("is no promise when it is answered", async () => {
    const answer = crossed(type, { then: "a", toJSON: "b" });
    expect(await answer).toBe(answer);
    expect(JSON.parse(JSON.stringify(answer))).toEqual({ then: "a", toJSON: "b" });
  });
});

test("a contract may have a record with them", () => {
  const Odd = contract("test:names/records@1", {
    f: {
      params: [z.object({ constructor: z.string(), then: z.optional(z.uint32()) })],
      returns: wit.result(z.string(), z.string()),
    },
  });
  expect(Odd.functions.get("f")?.params[0]?.type).toEqual({
    record: [
      { name: "constructor", type: "string" },
      { name: "then", type: { option: "u32" } },
    ],
  });
});
