import { afterEach, expect, it, vi } from "vitest";
import { z } from "zod";
import { contract, load } from "../../../host/mod.ts";
import { warmUp } from "../../../host/swap/warm.ts";
import { versions } from "../../versions.ts";

afterEach(() => vi.restoreAllMocks());

const version = versions(new URL("../../../wasm-plugins/counter/", import.meta.url));
const Counter = contract("demo:counter/counter@1", {
  add: { params: [z.uint32()], returns: z.uint32() },
  value: { params: [], returns: z.uint32() },
});
const never = new AbortController().signal;

it("makes the calls again and again, each after the one before, and then ends", async () => {
  // Time stands still, so that nothing but the number of rounds ends it.
  vi.spyOn(performance, "now").mockReturnValue(0);
  let [inside, rounds] = [0, 0];
  await warmUp(async () => {
    expect(inside++).toBe(0);
    await Promise.resolve();
    inside--;
    rounds++;
  }, never);
  expect(rounds).toBe(32);
});

it("ends when its time is up, however long a round takes", async () => {
  let [now, rounds] = [0, 0];
  vi.spyOn(performance, "now").mockImplementation(() => now);
  await warmUp(() => {
    rounds++;
    now += 60;
  }, never);
  expect(rounds).toBe(2);
});

it("warms a twin with the state in it, while the incumbent serves and the successor stays as it was", async () => {
  await using counter = await load(Counter, await version("v1"));
  counter.callSync.add(40);
  const seen: number[] = [];
  let verified = false;
  await counter.swap(await version("v1"), {
    verify: () => {
      verified = true;
    },
    warm: (twin) => {
      expect(verified).toBe(true);
      seen.push(twin.callSync.add(1));
      counter.callSync.add(100);
    },
  });
  expect(seen).toEqual(seen.map((_, i) => 41 + i));
  expect(counter.callSync.value()).toBe(40 + 100 * seen.length);
});

it("has nothing to warm in a rehearsal", async () => {
  await using counter = await load(Counter, await version("v1"));
  const warm = vi.fn();
  await counter.swap(await version("v1"), { warm, dryRun: true });
  expect(warm).not.toHaveBeenCalled();
});
