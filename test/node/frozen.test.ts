/** Programs that harden their realm, as `--frozen-intrinsics` and SES do, on the built program: `npm test` builds it. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { build } from "../kept/build.ts";

it("imports moult, loads, calls, grants and swaps where every intrinsic is frozen", async () => {
  const folder = mkdtempSync(join(tmpdir(), "moult-frozen-"));
  try {
    const source = new URL("../guests/frozen/plugin.ts", import.meta.url);
    const { wasm } = await build(source, { optimize: "debug", sourceMap: false });
    writeFileSync(join(folder, "plugin.wasm"), wasm);
    const child = fileURLToPath(new URL("frozen-child.mjs", import.meta.url));
    const args = ["--frozen-intrinsics", "--no-warnings", child, join(folder, "plugin.wasm")];
    expect(execFileSync(process.execPath, args, { encoding: "utf8" }).split("\n")).toEqual([
      "true",
      "asked hello",
      "asked ",
      "hello true err: no word",
      "put away",
      "put away",
      "2 guest-error: nothing is checked",
      "put away",
      "",
    ]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
