/** Plugins that are loaded together: all of them, in order, or none. */
import { expect, test } from "vitest";
import { z } from "zod";
import { capability, load, log, type Plugin } from "../../host/mod.ts";
import { type Asking, loadAll } from "../../host/set/mod.ts";
import { leafNamed } from "../dependency/by-hand.ts";
import { Base, Below, guest, Top } from "../dependency/guest.ts";
import { failure, guest as faulty, refused, wat } from "../faults/guest.ts";

/** In an order in which they cannot begin. */
const sources = async () =>
  [
    { source: await guest("top"), contract: Top },
    { source: await guest("middle"), contract: Below },
    { source: await guest("base"), contract: Base, reads: ["total", "sum"] },
  ] as const;

test("plugins are linked to one another, in whichever order they are given, and closed in reverse", async () => {
  const closed: string[] = [];
  {
    await using set = await loadAll(await sources());
    const [top, middle, base] = set.plugins;
    for (const each of set.plugins) (each as Plugin).on("close", ({ plugin }) => closed.push(plugin));
    expect(await top.call.add(2)).toBe(2);
    const [a, b, c]: number[] = [
      await middle.call.total(),
      await base.call.total(),
      await middle.call.sumBelow(),
    ];
    expect([a, b, c]).toEqual([2, 4, 4]);
    expect([set.get("base").as(Base).callSync.total(), set.has("base"), set.has("nobody")]).toEqual([
      4,
      true,
      false,
    ]);
    expect(() => set.get("nobody")).toThrow(
      '[argument] could not use a plugin of the set: found string "nobody", wanted one of top, middle, base',
    );
    expect(
      set.dependencies.map(({ from, to, functions }) => `${from} -> ${to}: ${functions.join(", ")}`),
    ).toEqual(["top -> base: add", "top -> middle: add", "middle -> base: add, total, sum, half, fail"]);
  }
  expect(closed).toEqual(["top", "middle", "base"]);
});

test("a list may be promised, and may be of sources alone; what all share stands behind it", async () => {
  const lines: string[] = [];
  const sink = { debug() {}, info: (line: string) => void lines.push(line), warn() {}, error() {} };
  const set = await loadAll(Promise.all([guest("base"), guest("leaf")]), {
    grant: [log(sink)],
    limits: { fuel: 1_000_000 },
  });
  expect(await set.plugins[1]!.call.add!(3)).toBe(3);
  expect(set.plugins.every(({ fuelUsed }) => fuelUsed !== undefined)).toBe(true);
  await set.close();
  await set.close();
});

test("what is missing, does not fit, is there twice or goes round is named before anything begins", async () => {
  let made = 0;
  const counter = capability(
    "test:dependencies/middle@1.0.0",
    { add: { params: [z.string()], returns: z.uint32() } },
    () => {
      made++;
      return { add: () => 0 };
    },
  );
  const text = await refused(
    loadAll([
      await guest("top"),
      await guest("middle", { interface: "test:dependencies/middle@2.0.0" }),
      await guest("base-narrow"),
      await guest("left"),
      await guest("right"),
      { source: await guest("leaf"), grant: [counter] },
      { source: await guest("leaf", { version: "2.0.0" }), reads: ["all"] },
      {
        source: await guest("base", { name: "other", interface: "test:dependencies/base@1.0.0" }),
        contract: Top,
      },
      await wat(`(import "env" "escape" (func))`),
    ]),
  );
  expect(text.split("; ")).toEqual([
    "[unresolved] could not load the plugins: 2 plugins are named leaf",
    "top 1.0.0 asks for test:dependencies/base@1.0.0, which base 1.0.0 and other 1.0.0 serve",
    "leave out all but one, or grant it by hand",
    "top 1.0.0 asks for test:dependencies/middle@1.0.0",
    "middle 1.0.0 does not serve that: wanted the interface test:dependencies/middle@1.0.0, found test:dependencies/middle@2.0.0",
    "leaf 1.0.0 asks for test:dependencies/base@1.0.0, which base 1.0.0 and other 1.0.0 serve",
    "leave out all but one, or grant it by hand",
    "leaf 2.0.0 asks for test:dependencies/base@1.0.0, which base 1.0.0 and other 1.0.0 serve",
    "leave out all but one, or grant it by hand",
    "left 1.0.0 -> right 1.0.0 -> left 1.0.0 call one another in a circle",
    "other 1.0.0 does not fit the contract test:dependencies/top@1: wanted the interface test:dependencies/top@1, found test:dependencies/base@1.0.0",
    "hand 1.0.0: it asks for what it was not granted: env.escape (function)",
    "reads of leaf 2.0.0 names all, and it has add",
    "none of them began",
  ]);
  expect(made).toBe(0);
});

test("a plugin that nothing here serves is named, as one that asks for functions that the plugin lacks", async () => {
  expect(await refused(loadAll([await guest("leaf")]))).toBe(
    "[unresolved] could not load the plugins: leaf 1.0.0 asks for test:dependencies/base@1.0.0, which no plugin here serves, and which it was not granted; none of them began",
  );
  expect(await refused(loadAll([await guest("middle"), await guest("base-narrow")]))).toBe(
    "[unresolved] could not load the plugins: middle 1.0.0 asks for test:dependencies/base@1.0.0; base 1.0.0 does not serve that: sum: wanted () -> record { total: u32 }, found no such function; none of them began",
  );
});

test("no more problems are told than a line has room for", async () => {
  const many = await Promise.all(Array.from({ length: 20 }, (_, i) => leafNamed(`leaf${i}`)));
  const text = await refused(loadAll(many));
  expect(text).toContain("; and 8 more; none of them began");
});

test("where one fails to begin, those before it are closed", async () => {
  const outside = await load(await guest("base"));
  const error = await failure(
    loadAll([
      { source: await guest("leaf"), grant: [await outside.grant()] },
      await guest("base"),
      await faulty("trap-in-start"),
    ]),
  );
  expect(error.message).toMatch(
    /^\[failed-start\] could not load counter 1\.0\.0 with the others: its start failed: .*; 2 that had begun were closed$/,
  );
  // Nothing calls it any more.
  await outside.close();
  const first = await failure(loadAll([{ source: await guest("base"), state: new Uint8Array(4) }]));
  expect(first.message).toMatch(
    /^\[bad-snapshot\] could not load base 1\.0\.0 with the others: .*; none began$/,
  );
});

test("permit decides for each plugin, when all were read, and denies what it does not say", async () => {
  const asked: Asking[] = [];
  const found = async () => [
    { source: await guest("base"), uses: [] },
    { source: await guest("leaf"), uses: [], package: "@acme/leaf" },
  ];
  const denied =
    "[unresolved] could not load the plugins: leaf 1.0.0 asks for test:dependencies/base@1.0.0, which base 1.0.0 serves, " +
    'and may not call it: permit it by uses: ["test:dependencies/base"]; none of them began';
  expect(await refused(loadAll(await found()))).toBe(denied);
  expect(await refused(loadAll(await found(), { permit: () => ({}) }))).toBe(denied);
  const set = await loadAll(await found(), {
    permit: async (asking) => {
      asked.push(asking);
      return { uses: ["test:dependencies/base@1.0.0"] };
    },
  });
  expect(
    asked.map(({ name, version, package: from, digest, asks }) => [
      name,
      version,
      from,
      digest?.length,
      asks,
    ]),
  ).toEqual([
    ["base", "1.0.0", undefined, 64, []],
    [
      "leaf",
      "1.0.0",
      "@acme/leaf",
      64,
      [{ interface: "test:dependencies/base@1.0.0", functions: ["add"], servedBy: ["base"] }],
    ],
  ]);
  await set.close();
  const without = await loadAll(await found(), { permit: ({ name }) => name === "base" && {} });
  expect(without.plugins.map(({ name }) => name)).toEqual(["base"]);
  await without.close();
});

test("a permit that throws or answers nonsense refuses the set", async () => {
  const plugins = [await guest("base")];
  const thrown = () => {
    throw new Error("no key");
  };
  expect(await refused(loadAll(plugins, { permit: thrown }))).toBe(
    "[unresolved] could not load the plugins: permit threw for base 1.0.0: no key; none of them began",
  );
  expect(await refused(loadAll(plugins, { permit: (() => true) as never }))).toBe(
    "[argument] could not use the answer of permit for base 1.0.0: found boolean true, wanted { grant: [...], uses: [...] }, or false",
  );
  expect(await refused(loadAll(plugins, { permit: () => ({ uses: "all" as never }) }))).toContain(
    "could not use uses",
  );
});

test("what is no list of plugins is refused by name", async () => {
  const plain = await guest("base");
  expect(await refused(loadAll(plain as never))).toContain("could not use the plugins of loadAll");
  expect(await refused(loadAll([{}] as never))).toContain(
    "could not use plugin 1 of loadAll: found undefined",
  );
  expect(await refused(loadAll([undefined] as never))).toContain("plugin 1 of loadAll");
  expect(await refused(loadAll([{ source: plain, reads: "add" }] as never))).toContain("could not use reads");
  expect(await refused(loadAll([plain], { permit: 5 as never }))).toContain("could not use permit");
});

test("a set is not closed past a plugin outside of it that calls one in it", async () => {
  const set = await loadAll(await sources());
  const leaf = await load(await guest("leaf"), { grant: [await set.get("base").grant()] });
  expect(await refused(set.close())).toBe(
    "[in-use] could not close base: leaf 1.0.0 would have nothing to call; close what calls it first",
  );
  expect(await leaf.call.add!(1)).toBe(1);
  await leaf.close();
  await set.close();
});

test("fifty plugins are read, linked in rows, and called", async () => {
  const names = Array.from({ length: 49 }, (_, i) => `leaf${i}`);
  const leaves = await Promise.all(names.map(leafNamed));
  await using set = await loadAll([...leaves, await guest("base")]);
  const answers = await Promise.all(set.plugins.slice(0, 49).map((each) => each.call.add!(1)));
  expect(answers.at(-1)).toBe(49);
});

test("a later version may call what began before it, and what it asks for besides has to be approved", async () => {
  await using set = await loadAll([await guest("base"), await guest("idle", { name: "leaf" })]);
  const leaf = set.get("leaf");
  const next = await guest("leaf", { version: "2.0.0" });
  expect(await refused(leaf.swap(next))).toContain("[asks-more]");
  await leaf.swap(next, { approve: () => true });
  expect(await leaf.call.add!(2)).toBe(2);
  expect(await refused(set.get("base").close())).toContain("[in-use] could not close base: leaf 2.0.0");
  await using denied = await loadAll([
    await guest("base"),
    { source: await guest("idle", { name: "leaf" }), uses: ["test:dependencies/other"] },
  ]);
  expect(await refused(denied.get("leaf").swap(next, { approve: () => true }))).toContain("[missing-grant]");
});

test("of several interfaces of one name, the one that has all that is asked for serves", async () => {
  const narrow = await guest("base-narrow", { name: "narrow", interface: "test:dependencies/base@1.3.0" });
  await using set = await loadAll([
    narrow,
    await guest("base"),
    { source: await guest("middle"), contract: Below },
  ]);
  expect(set.dependencies.map(({ from, to }) => `${from} -> ${to}`)).toEqual(["middle -> base"]);
  expect(await set.plugins[2].call.add(2)).toBe(2);
  expect(await set.plugins[2].call.sumBelow()).toBe(2);
});
