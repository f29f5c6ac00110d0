import { expect, it } from "vitest";
import { z } from "zod";
import { contract, load } from "../../host/mod.ts";
import { versions } from "../../test/versions.ts";

const Counter = contract("demo:counter/counter@1", {
  add: { params: [z.uint32()], returns: z.uint32() },
  value: { params: [], returns: z.uint32() },
});
const Counted = contract("demo:counter/counter@1", { calls: { params: [], returns: z.uint32() } });

const version = versions(new URL("./", import.meta.url));

it("keeps its value when the code changes, and widens it", async () => {
  const counter = await load(Counter, await version("v1"));
  expect(counter.callSync.add(40)).toBe(40);
  const { add, value } = counter.call;

  const record = await counter.swap(await version("v2"));

  expect(record).toMatchObject({ outcome: "swapped", steps: ["Counter", "Counter"] });
  expect(await add(2)).toBe(42);
  expect(await value()).toBe(42);
  expect(counter.as(Counted).callSync.calls()).toBe(1);
  await counter.close();
});

it("is not narrowed again: the way back would lose bits", async () => {
  const counter = await load(Counter, await version("v2"));
  counter.callSync.add(7);
  await expect(counter.swap(await version("v1"))).rejects.toMatchObject({ code: "incompatible-state" });
  expect(counter.callSync.value()).toBe(7);
  await counter.close();
});
