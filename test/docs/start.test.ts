/** Getting started, as a new user does it: with nothing but what the page says. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { expect, inject, it } from "vitest";
import { newcomer } from "./stranger.ts";

it("leads from an empty folder, with `npm init` and `npm install`, to a second version with the state of the first", {
  timeout: 600_000,
}, async () => {
  const one = await newcomer(inject("packed"));
  await one.follow("docs/start.md");
  expect(await readdir(join(one.folder, "visits", "test", "released"))).toEqual(["1.0.0.avro", "1.1.0.avro"]);
  await one.leave();
});
