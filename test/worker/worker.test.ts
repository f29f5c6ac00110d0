import { expect, test } from "vitest";
import { z } from "zod";
import { contract, load } from "../../host/mod.ts";
import { build } from "../kept/build.ts";

const Runaway = contract("test:runaway/runaway@1", {
  arm: { params: [z.uint32()] },
  armed: { params: [], returns: z.uint32() },
  spin: { params: [] },
  fib: { params: [z.uint32()], returns: z.uint32() },
  keep: { params: [z.uint32()], returns: z.uint32() },
  echo: { params: [z.array(z.string())], returns: z.array(z.string()) },
});
const SOURCE = new URL("../guests/limits/runaway.ts", import.meta.url);
const runaway = async (version = "1.0.0") => (await build(SOURCE, { version })).wasm;

test("first", async () => {
  const plugin = await load(Runaway, await runaway(), { isolation: "worker", limits: { deadline: 200 } });
  expect(await plugin.call.fib(10)).toBe(55);
  const texts = ["", "a", "grün ✓", "x".repeat(300_000)];
  expect(await plugin.call.echo(texts)).toEqual(texts);
  const t = performance.now();
  for (let i = 0; i < 2000; i++) await plugin.call.fib(1);
  console.log((performance.now() - t) / 2000, "ms a call");
  const swapped = await plugin.swap(await runaway("2.0.0"));
  console.log(swapped);
  await plugin.close();
});
test("spin", async () => {
  const plugin = await load(Runaway, await runaway(), {
    isolation: "worker",
    limits: { deadline: 200 },
    afterTrap: "restart",
  });
  expect(await plugin.call.keep(3)).toBe(3);
  const t = performance.now();
  await plugin.call.spin().catch((e) => console.log(String(e)));
  console.log(performance.now() - t);
  const u = performance.now();
  console.log(await plugin.call.keep(4), performance.now() - u);
  await plugin.close();
});
