import { readdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect, it } from "vitest";
import { pack, stranger } from "../docs/stranger.ts";

it("does what docs/vite.md says", async () => {
  const packed = await pack();
  const one = await stranger(packed);
  try {
    await one.follow("docs/vite.md");
    const assets = await readdir(join(one.folder, "dist/assets"));
    expect(assets).toContainEqual(expect.stringMatching(/^counter-[\w-]{8}\.wasm$/));
  } finally {
    await one.leave();
    await rm(dirname(packed), { recursive: true });
  }
});
