import { expect, it } from "vitest";
import { versions } from "../versions.ts";
import { reservation } from "./memory.ts";
import { soak } from "./soak.ts";
import { failures, table } from "./table.ts";

const version = versions(new URL("../guests/soak/", import.meta.url));

it.each([10_000, 1_000_000])(
  "swapped over and over under calls, a state of %i bytes is what a plain replay says",
  async (size) => {
    const soaked = await soak({ versions: [await version("a"), await version("b")], size, swaps: 60 });

    expect(soaked).toMatchObject({ swaps: 60, lost: 0, doubled: 0, different: 0 });
    expect(soaked.calls).toBeGreaterThan(60);
  },
);

it.runIf(reservation())("has at most two memories when it rests, and none when it is closed", async () => {
  const soaked = await soak({ versions: [await version("a"), await version("b")], size: 10_000, swaps: 60 });

  expect(soaked.memories?.end).toBeLessThanOrEqual(2);
  expect(soaked.memories?.closed).toBe(0);
});

it("says which promise was not kept", async () => {
  const soaked = await soak({ versions: [await version("a"), await version("b")], size: 100, swaps: 2 });
  const broken = { ...soaked, lost: 3, doubled: 1, different: 2, memories: { end: 4, most: 9, closed: 1 } };

  expect(failures({ ...broken, resident: { ...soaked.resident, start: 10, end: 90 } })).toEqual([
    "100 B: 3 calls were lost",
    "100 B: 1 calls were made twice",
    "100 B: 2 answers or states differ from the replay",
    "100 B: 4 memories were alive after a collection, more than 2",
    "100 B: 1 memories were alive after the plugin was closed",
    "100 B: resident memory grew by 80 MiB",
  ]);
  expect(table([soaked], { node: "v20.20.2", reserved: 10_240 })).toContain("| 100 B | 2 |");
});
