/** Plugins in threads of their own call others, and are called. */
import { describe, expect, test } from "vitest";
import { loadAll } from "../../host/set/mod.ts";
import { refused } from "../faults/guest.ts";
import { guest } from "./guest.ts";

const able = "Suspending" in WebAssembly;
const apart = "worker" as const;

const pair = async (below: "none" | "worker", above: "none" | "worker") => {
  const set = await loadAll([
    { source: await guest("base"), isolation: below },
    { source: await guest("leaf"), isolation: above },
  ]);
  return { set, base: set.plugins[0], leaf: set.plugins[1] };
};

/** Calls of the one above, while both are swapped. */
async function underLoad({ set, base, leaf }: Awaited<ReturnType<typeof pair>>): Promise<void> {
  const swaps = [base.swap(await guest("base")), leaf.swap(await guest("leaf"))];
  const answers = await Promise.all(Array.from({ length: 40 }, () => leaf.call.add!(1)));
  await Promise.all(swaps);
  expect([answers.at(-1), await base.call.total!(), base.generation, leaf.generation]).toEqual([
    40, 40, 2, 2,
  ]);
  await set.close();
}

test("a plugin in a thread calls one that is here, and both are swapped meanwhile", async () => {
  await underLoad(await pair("none", apart));
});

test("plugins in two threads call one another, and both are swapped meanwhile", async () => {
  await underLoad(await pair(apart, apart));
});

test.skipIf(able)(
  "a plugin here cannot call one in a thread where the engine cannot suspend it",
  async () => {
    expect(await refused(pair(apart, "none"))).toContain(
      "[no-suspension] could not load leaf 1.0.0 with the others: test:dependencies/base@1.0.0 answers later",
    );
  },
);

describe.runIf(able)("an engine that can suspend a guest", () => {
  test("lets a plugin here call one in a thread", async () => {
    await underLoad(await pair(apart, "none"));
  });
});
