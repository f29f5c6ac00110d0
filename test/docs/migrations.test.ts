/** The four plugins of docs/migrations.md, each through its five versions, with the right values after every swap. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { library } from "../../abi/transform/mod.ts";
import { type Contract, contract, load } from "../../host/mod.ts";
import { build } from "../kept/build.ts";
import { snippetsOf } from "./snippets.ts";

const document = readFileSync(new URL("../../docs/migrations.md", import.meta.url), "utf8");
const files = snippetsOf(document).flatMap((one) => (one.kind === "file" ? [one] : []));
const folder = mkdtempSync(join(tmpdir(), "moult-migrations-"));
afterAll(() => rmSync(folder, { recursive: true }));

const modules = new Map<string, Uint8Array>();
const trees = library();
beforeAll(async () => {
  for (const { path, text } of files) {
    const entry = join(folder, path);
    mkdirSync(dirname(entry), { recursive: true });
    writeFileSync(entry, text);
    const version = `${/v(\d)\.ts$/.exec(path)![1]}.0.0`;
    const options = {
      optimize: "debug",
      sourceMap: false,
      library: trees,
      name: dirname(path),
      version,
    } as const;
    const made = await build(entry, options);
    expect([path, made.warnings]).toEqual([path, []]);
    modules.set(path.replace(/\.ts$/, ""), made.wasm);
  }
});

type Calls = readonly (readonly [call: string, args: readonly unknown[], answer?: unknown])[];
type Called = Record<string, (...args: unknown[]) => Promise<unknown>>;

async function make(calls: Calls, called: (name: string) => Promise<Called> | Called): Promise<void> {
  for (const [name, args, answer] of calls) {
    const found = await (await called(name))[name]!(...args);
    if (answer !== undefined) expect([name, found]).toEqual([name, answer]);
  }
}

interface Story {
  /** What all five versions have: by this the plugin is called while it is swapped. */
  readonly common: Contract;
  /** Of each version: what is called once it serves, and answered. */
  readonly versions: readonly Calls[];
  /** How the state crosses to each but the first. */
  readonly ways: readonly (readonly string[])[];
}

const stories: Readonly<Record<string, Story>> = {
  "order-book": {
    common: contract("test:migrations/book@1", {
      fill: { params: [z.uint32(), z.uint32()] },
      depth: { params: [z.uint32()], returns: z.uint64() },
    }),
    versions: [
      [
        ["place", [1, 100, 50]],
        ["place", [2, 100, 30]],
        ["place", [3, 101, 7]],
        ["fill", [1, 20]],
        ["depth", [100], 60n],
      ],
      [
        ["depth", [100], 60n],
        ["fill", [2, 10]],
        ["depth", [100], 50n],
        ["owner", [3], "house"],
      ],
      [
        ["fill", [1, 5]],
        ["depth", [100], 45n],
        ["depth", [101], 7n],
      ],
      [
        ["depth", [100], 45n],
        ["fill", [1, 5]],
        ["depth", [100], 40n],
      ],
      [
        ["depth", [100], 40n],
        ["fill", [3, 7]],
        ["depth", [101], 0n],
        ["count", [100], 2],
      ],
    ],
    ways: [
      ["Book", "Book"],
      ["Book", "Book"],
      ["BookV3", "Book"],
      ["Book", "Book"],
    ],
  },
  cache: {
    common: contract("test:migrations/cache@1", {
      get: { params: [z.string()], returns: z.string() },
      oldest: { params: [], returns: z.string() },
    }),
    versions: [
      [
        ["put", ["a", "1"]],
        ["put", ["b", "2"]],
        ["put", ["c", "3"]],
        ["oldest", [], "a"],
      ],
      [
        ["get", ["b"], "2"],
        ["hits", ["b"], 1],
        ["oldest", [], "a"],
      ],
      [
        ["get", ["c"], "3"],
        ["hits", ["b"], 1],
        ["size", [], 3],
      ],
      [
        ["get", ["a"], "1"],
        ["oldest", [], "a"],
        ["life", [], 60],
      ],
      [
        ["get", ["b"], "2"],
        ["oldest", [], "a"],
        ["life", [], 60_000],
      ],
    ],
    ways: [
      ["Cache", "Cache"],
      ["Cache", "Cache"],
      ["CacheV3", "Cache"],
      ["CacheV4", "Cache"],
    ],
  },
  sessions: {
    common: contract("test:migrations/sessions@1", {
      touch: { params: [z.string()], returns: z.uint64() },
    }),
    versions: [
      [
        ["open", ["x", "Ada", "ada@example.org"]],
        ["open", ["y", "Bob", "bob@example.org"]],
        ["touch", ["x"], 1n],
      ],
      [
        ["touch", ["x"], 2n],
        ["roles", ["y"], "guest"],
      ],
      [
        ["touch", ["x"], 3n],
        ["who", ["x"], "Ada <ada@example.org>"],
      ],
      [
        ["touch", ["x"], 4n],
        ["who", ["y"], "Bob <bob@example.org>"],
      ],
      [
        ["touch", ["x"], 5n],
        ["who", ["x"], "Ada <ada@example.org>"],
      ],
    ],
    ways: [
      ["Store", "Store"],
      ["Store (UserV2 -> User)"],
      ["Store (SessionV3 -> Session)"],
      ["Store", "Store"],
    ],
  },
  index: {
    common: contract("test:migrations/index@1", {
      find: { params: [z.string()], returns: z.string() },
    }),
    versions: [
      [
        ["add", [1, "to be or not to be"]],
        ["add", [2, "to moult"]],
        ["find", ["to"], "1:0 1:4 2:0 "],
      ],
      [["find", ["be"], "1:1 1:5 "]],
      [["find", ["to"], "doc-1:0 doc-1:4 doc-2:0 "]],
      [["find", ["to"], "doc-1:0,4 doc-2:0 "]],
      [
        ["find", ["be"], "doc-1:1,5 "],
        ["searches", [], 101n],
      ],
    ],
    ways: [["Index", "Index"], ["Index (PostingV2 -> Posting)"], ["IndexV3", "Index"], ["Index", "Index"]],
  },
};

describe.each(Object.entries(stories))("%s", (name, { common, versions, ways }) => {
  test("goes through its five versions, and has the right values in each", async () => {
    const state = await begun(name, versions[0]!);
    await using plugin = await load(common, modules.get(`${name}/v1`)!, { state });
    for (const [n, calls] of versions.entries()) {
      const module = modules.get(`${name}/v${n + 1}`)!;
      if (n > 0) expect((await plugin.swap(module)).steps).toEqual(ways[n - 1]);
      if (n === 0) continue;
      // What this version alone has is asked of a copy.
      await make(calls, async (called) => {
        if (common.functions.has(called)) return plugin.call as unknown as Called;
        return (await load(module, { state: await plugin.snapshot() })).call as unknown as Called;
      });
    }
  });
});

/** The state of a first version, after these calls. */
async function begun(name: string, calls: Calls): Promise<Uint8Array> {
  await using plugin = await load(modules.get(`${name}/v1`)!);
  await make(calls, () => plugin.call as unknown as Called);
  return plugin.snapshot();
}

test("a store of sessions comes from version 1 to version 5 in one go, since the older classes are kept", async () => {
  const { common, versions } = stories.sessions!;
  const state = await begun("sessions", versions[0]!);
  await using plugin = await load(common, modules.get("sessions/v1")!, { state });
  const { steps } = await plugin.swap(modules.get("sessions/v5")!);
  expect(steps).toEqual(["Store (SessionV3 -> Visit, UserV2 -> UserV3)"]);
  await using copy = await load(modules.get("sessions/v5")!, { state: await plugin.snapshot() });
  await make(
    [
      ["touch", ["x"], 2n],
      ["who", ["y"], "Bob <bob@example.org>"],
    ],
    () => copy.call as unknown as Called,
  );
});

test("no step takes more than twelve lines", () => {
  const lengths = files.flatMap(({ path, text }) =>
    [...text.matchAll(/^( *)static from[\s\S]*?^\1\}$|^ *static from.*\}$/gm)].map(([step]) => ({
      path,
      lines: step.split("\n").length,
    })),
  );
  expect(lengths.length).toBeGreaterThan(8);
  expect(lengths.filter(({ lines }) => lines > 12)).toEqual([]);
});
