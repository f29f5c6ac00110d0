/** Getting started, as a new user does it: from the packed package, and with nothing but what the page says. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { expect, inject, it } from "vitest";
import { stranger } from "./stranger.ts";

it("leads from nothing to a second version with the state of the first", { timeout: 600_000 }, async () => {
  const one = await stranger(inject("packed"));
  await one.follow("docs/start.md");
  expect(await readdir(join(one.folder, "visits", "test", "released"))).toEqual(["1.0.0.avro", "1.1.0.avro"]);
  await one.leave();
});
