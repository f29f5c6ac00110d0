/**
 * Getting started, as a new user does it: with nothing but what the page says. Its server has a port of its own, so both
 * ways stand in this file, and run one after the other.
 */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { expect, inject, it } from "vitest";
import { newcomer, type Stranger, stranger } from "./stranger.ts";

it.each<[string, (packed: string) => Promise<Stranger>]>([
  ["the packed package, with what is installed here", stranger],
  ["an empty folder, with `npm init` and `npm install`", newcomer],
])(
  "leads from %s to a second version with the state of the first",
  { timeout: 600_000 },
  async (_, arrive) => {
    const one = await arrive(inject("packed"));
    await one.follow("docs/start.md");
    expect(await readdir(join(one.folder, "visits", "test", "released"))).toEqual([
      "1.0.0.avro",
      "1.1.0.avro",
    ]);
    await one.leave();
  },
);
