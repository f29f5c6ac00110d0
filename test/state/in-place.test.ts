/** Snapshots that the instance which serves takes of itself. */
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { contract, load } from "../../host/mod.ts";
import { refused } from "../faults/guest.ts";
import { build } from "../kept/build.ts";

const Tangle = contract("test:in-place/tangle@1", {
  add: { params: [z.uint32()], returns: z.uint32() },
  hold: { params: [] },
});
const OwnCode = contract("test:in-place/tangle@1", { count: { params: [], returns: z.uint32() } });
const guest = async (name: string) =>
  (await build(new URL(`../guests/in-place/${name}.ts`, import.meta.url), { optimize: "debug" })).wasm;
const inPlace = { inPlace: true };

const PLACES: readonly (readonly [string, { readonly isolation?: "worker" }])[] = [
  ["in this process", {}],
  ["in a thread", { isolation: "worker" }],
];

describe.each(PLACES)("a snapshot in place, %s", (_, options) => {
  test("is the same as one of a copy, and disturbs nobody", async () => {
    await using plugin = await load(Tangle, await guest("tangle"), options);
    for (let n = 1; n <= 60; n++) {
      expect(await plugin.call.add(n)).toBe(n);
      const own = await plugin.snapshot(inPlace);
      if (n % 20 === 0) expect(Buffer.compare(own, await plugin.snapshot())).toBe(0);
    }
    await using next = await load(Tangle, await guest("tangle"), { state: await plugin.snapshot(inPlace) });
    expect(await next.call.add(0)).toBe(61);
  });

  test("that fails ends the version as a trap does, while a copy's failure ends the copy", async () => {
    const taking = { ...options, afterTrap: "restart" } as const;
    await using plugin = await load(Tangle, await guest("tangle"), taking);
    await plugin.call.add(7);
    await plugin.call.hold();
    expect(await refused(plugin.snapshot())).toContain("its save failed (on a copy)");
    expect(plugin.history()).toEqual([]);
    expect(await refused(plugin.snapshot(inPlace))).toContain("its save failed");
    // Another instance is there, with every call.
    expect(await plugin.call.add(8)).toBe(2);
    expect(plugin.history().map(({ outcome }) => outcome)).toEqual(["restarted"]);
  });

  test("runs no code of the author's own", async () => {
    await using plugin = await load(OwnCode, await guest("own-code"), options);
    for (let i = 0; i < 2; i++) await plugin.snapshot(inPlace);
    expect(await plugin.call.count()).toBe(0);
  });
});

test("a snapshot in place makes no instance", async () => {
  await using plugin = await load(Tangle, await guest("tangle"), { afterTrap: "restart" });
  await plugin.snapshot(inPlace);
  const { Instance } = WebAssembly;
  let made = 0;
  WebAssembly.Instance = class extends (Instance as NonNullable<typeof Instance>) {
    constructor(...given: ConstructorParameters<NonNullable<typeof Instance>>) {
      super(...given);
      made++;
    }
  };
  try {
    for (let n = 0; n < 5; n++) {
      await plugin.call.add(n);
      await plugin.snapshot(inPlace);
    }
    expect(made).toBe(0);
    await plugin.snapshot();
    expect(made).toBe(1);
  } finally {
    WebAssembly.Instance = Instance;
  }
});

test("options of a snapshot are checked", async () => {
  await using plugin = await load(Tangle, await guest("tangle"));
  expect(await refused(plugin.snapshot({ inPlace: "yes" as never }))).toMatch(
    /^\[argument\].*inPlace.*wanted true or false/,
  );
});
