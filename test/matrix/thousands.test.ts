/** The row about many swaps, by thousands of them. */
import { expect, test } from "vitest";
import { near } from "./driver.ts";
import { module } from "./module.ts";
import { Stage } from "./stage.ts";

const SWAPS = Number(process.env.MOULT_SWAPS ?? 1_000);

test("F36: the thousandth swap, and with MOULT_SWAPS=10000 the ten-thousandth, goes as the second did and leaves nothing behind", async () => {
  const stage = await Stage.open(near, { size: 100 });
  // Compiled once: what is repeated is the swap.
  const versions = await Promise.all(
    ["2.0.0", "3.0.0"].map(async (each) =>
      WebAssembly.compile((await module("ledger", each)).slice().buffer),
    ),
  );
  for (let n = 2; n <= SWAPS + 1; n++) {
    const record = await stage.plugin.swap(versions[n % 2]!);
    expect(record.to?.generation).toBe(n);
    if (n % 100 === 0) await stage.push();
    if (n % 500 === 0) expect(stage.alive).toBe(1);
  }
  expect(stage.plugin.history().length).toBeLessThanOrEqual(100);
  await stage.end();
});
