/** Several versions of a plugin in one process, behind one handle. */
import { InMemoryProvider, OpenFeature } from "@openfeature/server-sdk";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { contract, load, type Plugin } from "../../host/mod.ts";
import { pick, type Split, split } from "../../host/release/mod.ts";
import { connect, http, serve } from "../../host/remote/mod.ts";
import { guest } from "../faults/guest.ts";
import { failed } from "./failed.ts";

const Counter = contract("test:faults/counter@1", {
  add: { params: [z.uint32()], returns: z.uint32() },
  value: { params: [], returns: z.uint32() },
});
const KEYS = Array.from({ length: 400 }, (_, i) => `user-${i}`);
const SHARES = { "1.0.0": 75, "2.0.0": 25 };

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

let modules: Record<string, Uint8Array>;
beforeAll(async () => {
  modules = {
    "1.0.0": await guest("counter", "1.0.0"),
    "2.0.0": await guest("counter", "2.0.0"),
    "3.0.0": await guest("counter", "3.0.0"),
  };
});

async function loaded(version: string) {
  const plugin = await load(Counter, modules[version]!);
  open.push(plugin);
  return plugin;
}

async function two() {
  const variants = { "1.0.0": await loaded("1.0.0"), "2.0.0": await loaded("2.0.0") };
  return { ...variants, visits: split(Counter, SHARES, variants) };
}

type Counters = Record<string, number>;
function callsOf(visits: Pick<Split, "measures">): Counters {
  return Object.fromEntries(Object.entries(visits.measures()).map(([key, { calls }]) => [key, calls]));
}

describe("two versions behind one handle", () => {
  test("each get their share of the keys, and a key always the same one", async () => {
    const { visits, "1.0.0": old, "2.0.0": fresh } = await two();
    for (let round = 0; round < 2; round++) for (const key of KEYS) await visits.by(key).call.add(1);
    const wanted = KEYS.filter((key) => pick(visits.plan, key) === "2.0.0").length;
    expect(await fresh.call.value()).toBe(2 * wanted);
    expect(await old.call.value()).toBe(2 * (KEYS.length - wanted));
    expect(wanted / KEYS.length).toBeGreaterThan(0.15);
    expect(wanted / KEYS.length).toBeLessThan(0.35);
  });

  test("follow a plan that changes, also through functions that were taken out before", async () => {
    const { visits, "2.0.0": fresh } = await two();
    const key = KEYS.find((each) => pick(visits.plan, each) === "1.0.0")!;
    const { add } = visits.by(key).call;
    await add(1);
    const { salt, revision } = visits.plan;
    expect(visits.replan({ "1.0.0": 0, "2.0.0": 100 })).toMatchObject({ salt, revision: revision + 1 });
    await add(5);
    await visits.call.add(1);
    expect(await fresh.call.value()).toBe(6);
  });

  test("are swapped, each by its own handle, and stay in the split", async () => {
    const { visits, "1.0.0": old } = await two();
    visits.replan({ "1.0.0": 100 });
    await visits.call.add(2);
    await old.swap(await guest("counter", "1.0.1"));
    expect(await visits.call.add(2)).toBe(4);
  });

  test("take a third, and let one go that the plan does not name", async () => {
    const { visits } = await two();
    expect((await failed(() => visits.replan({ "3.0.0": 100 }))).message).toContain(
      "the plan names the version 3.0.0, and those that were given are 1.0.0, 2.0.0",
    );
    visits.add("3.0.0", await loaded("3.0.0"));
    visits.replan({ "1.0.0": 50, "3.0.0": 50 });
    expect((await failed(() => visits.remove("3.0.0"))).code).toBe("in-use");
    visits.remove("2.0.0");
    for (const key of KEYS) await visits.by(key).call.add(1);
    expect(Object.keys(visits.measures())).toEqual(["1.0.0", "3.0.0"]);
    expect((await failed(() => visits.by("a", { version: "2.0.0" }).call.value())).message).toBe(
      "[unavailable] could not call test:faults/counter@1: there is no version 2.0.0 of it here",
    );
  });

  test("may be near and far", async () => {
    const near = await loaded("1.0.0");
    const elsewhere = await loaded("2.0.0");
    const served = await serve(elsewhere as unknown as Plugin, http());
    open.push(served);
    const far = await connect(Counter, served.url);
    open.push(far);
    const visits = split(Counter, { near: 50, far: 50 }, { near, far });
    for (const key of KEYS.slice(0, 40)) await visits.by(key).call.add(1);
    expect((await near.call.value()) + (await elsewhere.call.value())).toBe(40);
    expect(await elsewhere.call.value()).toBeGreaterThan(0);
  });

  test("are held against the contract before the first call", async () => {
    const plugin = await loaded("1.0.0");
    const Other = contract("test:faults/counter@1", { sub: { params: [], returns: z.uint32() } });
    expect((await failed(() => split(Other, { a: 100 }, { a: plugin as never }))).code).toBe("mismatch");
    const call = { add: async () => 1 };
    expect((await failed(() => split(Counter, { a: 100 }, { a: { call } as never }))).message).toContain(
      "the version a does not fit: it lacks value of test:faults/counter@1",
    );
    for (const bad of [undefined, 3, {}, []])
      expect(["argument", "mismatch"]).toContain(
        (await failed(() => split(Counter, { a: 100 }, { a: bad as never }))).code,
      );
  });

  test("refuse a key that is none", async () => {
    const { visits } = await two();
    for (const bad of [undefined, 7, "a".repeat(2000)])
      expect((await failed(() => visits.by(bad as never))).code).toBe("argument");
  });
});

describe("a choice", () => {
  test("of the caller counts more than the plan", async () => {
    const { visits, "2.0.0": fresh } = await two();
    visits.replan({ "1.0.0": 100, "2.0.0": 0 });
    await visits.by("ann", { version: "2.0.0" }).call.add(3);
    expect(await fresh.call.value()).toBe(3);
  });

  test("by rules looks at the caller's attributes", async () => {
    const { visits, "2.0.0": fresh } = await two();
    visits.replan({
      split: [
        { version: "1.0.0", weight: 100 },
        { version: "2.0.0", weight: 0 },
      ],
      rules: [{ version: "2.0.0", attributes: { staff: ["true"] } }],
    });
    await visits.by("ann", { attributes: { staff: true } }).call.add(3);
    await visits.by("ann").call.add(3);
    expect(await fresh.call.value()).toBe(3);
  });

  test("by a provider of OpenFeature", async () => {
    const flag = {
      disabled: false,
      variants: { old: "1.0.0", fresh: "2.0.0" },
      defaultVariant: "old",
      contextEvaluator: ({ targetingKey }: { targetingKey?: string }) =>
        targetingKey?.startsWith("staff-") ? "fresh" : "old",
    };
    await OpenFeature.setProviderAndWait(new InMemoryProvider({ counter: flag }));
    const client = OpenFeature.getClient();
    const variants = { "1.0.0": await loaded("1.0.0"), "2.0.0": await loaded("2.0.0") };
    const visits = split(Counter, SHARES, variants, {
      decide: ({ key = "", attributes, stable }) =>
        client.getStringValue("counter", stable, { targetingKey: key, ...attributes }),
    });
    for (const key of ["staff-1", "staff-2", "ann", "bob"]) await visits.by(key).call.add(1);
    expect(callsOf(visits)).toEqual({ "1.0.0": 2, "2.0.0": 2 });
    await OpenFeature.close();
  });

  test("that fails, or that the plan does not have, is the plan's, and is told", async () => {
    const variants = { "1.0.0": await loaded("1.0.0"), "2.0.0": await loaded("2.0.0") };
    const answers = [
      () => "9.9.9",
      () => {
        throw new Error("no flags");
      },
      () => Promise.reject(new Error("no provider")),
      () => undefined,
      () => Promise.resolve("2.0.0"),
    ];
    const visits = split(Counter, { "1.0.0": 100, "2.0.0": 0 }, variants, {
      decide: () => answers.shift()!(),
    });
    const faults: unknown[] = [];
    visits.on("fault", (error) => faults.push((error as Error).message));
    for (let i = 0; i < 5; i++) await visits.call.add(1);
    expect(callsOf(visits)).toEqual({ "1.0.0": 4, "2.0.0": 1 });
    expect(faults).toEqual([
      "decide answered 9.9.9, which the plan does not have",
      "no flags",
      "no provider",
    ]);
  });
});

test("measures are kept for each version: calls, errors by kind, and how long they took", async () => {
  const { visits } = await two();
  await visits.by("a", { version: "1.0.0" }).call.add(1);
  const refused = await failed(() => visits.by("a", { version: "1.0.0" }).call.add(-1));
  expect(refused.code).toBe("argument");
  const { "1.0.0": measured } = visits.measures();
  expect(measured).toMatchObject({ calls: 1, errors: {} });
  expect(measured!.p50).toBeGreaterThanOrEqual(0);
  expect(measured!.p99).toBeGreaterThanOrEqual(measured!.p50!);
});
