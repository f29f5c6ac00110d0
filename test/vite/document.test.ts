import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { expect, inject, it } from "vitest";
import { stranger } from "../docs/stranger.ts";

it("does what docs/vite.md says", async () => {
  const one = await stranger(inject("packed"));
  try {
    await one.follow("docs/vite.md");
    const assets = await readdir(join(one.folder, "dist/assets"));
    expect(assets).toContainEqual(expect.stringMatching(/^counter-[\w-]{8}\.wasm$/));
  } finally {
    await one.leave();
  }
});
