/** A small cluster of the simulation: what `docs/scale.md` says holds, whatever is lost, late, frozen or killed. */
import { expect, test } from "vitest";
import { room } from "../keyed/room.ts";
import { keyFigures, releaseFigures } from "./figures.ts";
import { simulateKeys } from "./keys.ts";
import { convergencePicture, movedPicture, spreadPicture } from "./pictures.ts";
import { simulateReleases } from "./releases.ts";
import type { Size } from "./world.ts";

const SIZE: Size = { callers: 200, nodes: 20, keys: 10_000, live: 500, seed: 1 };
const modules = () => Promise.all([room("first", "1.0.0"), room("first", "2.0.0")]);
const broken = (figures: ReturnType<typeof keyFigures>) => figures.filter(({ holds }) => !holds);

test("a rollout comes to every caller, moves nobody back, and costs a message for each report", async () => {
  const found = await simulateReleases(SIZE, await modules());
  expect(broken(releaseFigures(found, SIZE))).toEqual([]);
  expect(convergencePicture(found, SIZE)).toContain("2.0.0 50 %");
});

test("keys are spread, move only where a node came or went, and have one owner each", async () => {
  const found = await simulateKeys(SIZE, await modules());
  expect(broken(keyFigures(found, SIZE))).toEqual([]);
  expect(spreadPicture(found, SIZE) + movedPicture(found, SIZE)).toContain("10,000 keys on 20 nodes");
});

test("the same seed gives the same figures", async () => {
  const small = { callers: 10, nodes: 10, keys: 100, live: 40, seed: 7 };
  const found = async () => JSON.stringify(await simulateKeys(small, await modules()));
  expect(await found()).toBe(await found());
});
