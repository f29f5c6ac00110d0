/** `import "moult"` in a process that has loaded nothing yet. */
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { rolldown } from "rolldown";
import type { Case, Context } from "../case.ts";
import { BENCH, ROOT } from "../folder.ts";

export async function imported(_: Context): Promise<Case[]> {
  const one = join(BENCH, "dist", "one.js");
  await bundled(one);
  const cases = [
    ["moult", "moult", "moult", "the package's entry, with what it shares with other entries"],
    ["one bundled file", "limit", pathToFileURL(one).href, "the same, bundled into one file but for zod"],
    ["zod alone", "peer", "zod", "which moult imports, as every host with a contract does"],
  ] as const;
  return cases.map(([name, role, specifier, note]) => ({
    name,
    role,
    note,
    check: () => cold(specifier),
    sample: () => cold(specifier),
    n: 1,
  }));
}

/** Nanoseconds of the import alone, as the new process measures them. */
function cold(specifier: string): number {
  const text = `const began = performance.now();
await import(${JSON.stringify(specifier)});
process.stdout.write(String((performance.now() - began) * 1e6));`;
  const args = ["--input-type=module", "--eval", text];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: BENCH, encoding: "utf8" });
  if (status !== 0) throw new Error(`could not import ${specifier}: ${stderr.trim()}`);
  return Number(stdout);
}

async function bundled(file: string): Promise<void> {
  const bundler = await rolldown({
    input: join(ROOT, "host", "mod.ts"),
    external: [/^node:/, /^zod(\/|$)/],
    platform: "node",
    resolve: { conditionNames: ["moult-source", "node", "import", "default"] },
    transform: { target: "es2022" },
  });
  const { output } = await bundler.generate({ format: "esm", codeSplitting: false });
  await bundler.close();
  writeFileSync(file, output[0].code);
}
