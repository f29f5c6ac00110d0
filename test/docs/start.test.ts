/** Getting started, as a new user does it: from the packed package, and with nothing but what the page says. */
import { readdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect, it } from "vitest";
import { pack, stranger } from "./stranger.ts";

it("leads from nothing to a second version with the state of the first", { timeout: 600_000 }, async () => {
  const packed = await pack();
  const one = await stranger(packed);
  await one.follow("docs/start.md");
  expect(await readdir(join(one.folder, "visits", "test", "released"))).toEqual(["1.0.0.avro", "1.1.0.avro"]);
  await one.leave();
  await rm(dirname(packed), { recursive: true });
});
