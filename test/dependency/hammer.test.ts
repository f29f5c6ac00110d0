/**
 * Plugins that call one another, swapped under load: `MOULT_SWAPS=20000` for a run of minutes, `MOULT_SEED` to repeat one.
 */
import { expect, it } from "vitest";
import { hammer } from "./hammer.ts";

const SWAPS = Number(process.env.MOULT_SWAPS ?? 150);
const SEED = Number(process.env.MOULT_SEED ?? Date.now() % 1_000_000);

it("three plugins that call one another are swapped at random: no call fails, and nothing waits for ever", {
  timeout: 600_000,
}, async () => {
  const { calls, swapped, refused, rolledBack, restarted } = await hammer(SEED, SWAPS);
  if (process.env.MOULT_SWAPS) console.log({ calls, swapped, refused, rolledBack, restarted });
  expect(calls).toBeGreaterThan(SWAPS);
  expect(swapped + refused).toBeGreaterThan(SWAPS / 2);
});
