/** A few inputs of each fuzzer, others each day. `npm run fuzz` gives more. */
import { describe, expect, it } from "vitest";
import { seedOf } from "../hammer/random.ts";
import { FUZZERS } from "./fuzzers.ts";
import { allGuests, installed } from "./guests.ts";
import { same } from "./rewriter.ts";
import { round } from "./round.ts";

/** `MOULT_SEED` sets another. The seed of a failure is in its message. */
const SEED = process.env.MOULT_SEED ?? new Date().toISOString().slice(0, 10);
const seed = /^\d+$/.test(SEED) ? Number(SEED) : seedOf(SEED) >>> 1;

describe(`inputs of any kind (seed ${seed})`, () => {
  it.each(FUZZERS.map((each) => [each.name, each] as const))("%s", async (_, fuzzer) => {
    const { failure } = await round({ fuzzer, property: await fuzzer.property(), seed, runs: fuzzer.few });
    expect(failure).toBe(undefined);
  });
});

it("every guest of these tests, and every module that is installed, does the same with limits in it", async () => {
  const all = [...(await allGuests()), ...installed()];
  expect(all.length).toBeGreaterThan(60);
  for (const { name, bytes } of all) {
    try {
      same(bytes, [seed, 1, -5, seed >> 3], true);
    } catch (cause) {
      throw new Error(`${name}: ${(cause as Error).message}`, { cause });
    }
  }
});
