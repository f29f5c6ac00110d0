/** A process waits for its threads as long as it waits for them, and no longer. */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { build } from "../kept/build.ts";

test("a program that awaits nothing else comes to its end, and then ends", async () => {
  const folder = mkdtempSync(join(tmpdir(), "moult-alone-"));
  const path = join(folder, "runaway.wasm");
  writeFileSync(path, (await build(new URL("../guests/limits/runaway.ts", import.meta.url))).wasm);
  const { VITEST: _, ...env } = process.env;
  const { code, out } = await new Promise<{ code: unknown; out: string }>((resolve) => {
    const sources = new URL("../sources.mjs", import.meta.url).href;
    const program = fileURLToPath(new URL("./alone.ts", import.meta.url));
    const args = ["--import", sources, "--conditions", "moult-source", program, path];
    execFile(process.execPath, args, { env }, (error, stdout, stderr) =>
      resolve({ code: error?.code ?? 0, out: stdout + (error ? stderr : "") }),
    );
  });
  rmSync(folder, { recursive: true });
  expect([code, out]).toEqual([0, "out-of-time\n7\n7 3\nclosed\n"]);
});
