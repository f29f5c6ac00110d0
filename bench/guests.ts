/** Builds all guests, those of the peers with the peers' own tools. */
import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "moult/transform";
import { BENCH, ROOT } from "./folder.ts";
import { withOwnMemory } from "./own-memory.ts";
import { transpile } from "./peers/jco.ts";

export async function buildGuests(to: string, say: (what: string) => void): Promise<void> {
  rmSync(to, { recursive: true, force: true });
  mkdirSync(to, { recursive: true });
  for (const name of ["echo", "state", "tree", "work", "kernels"]) {
    say(`${name} with moult`);
    const { wasm } = await build(join(BENCH, "guests", `${name}.ts`));
    writeFileSync(join(to, `${name}.wasm`), wasm);
  }
  say("with asc alone");
  asc("echo", to, ["--exportRuntime", "--bindings", "raw", "--outFile", "plain.wasm"]);
  asc("by-hand", to, ["--exportRuntime", "--outFile", "by-hand.wasm"]);
  asc("tree-by-hand", to, ["--exportStart", "_initialize", "--outFile", "tree-by-hand.wasm"]);
  asc("work", to, ["--outFile", "work-plain.wasm"]);
  asc("json", to, ["--exportRuntime", "--transform", "json-as/transform", "--outFile", "json.wasm"]);
  say("with Extism's kit");
  asc("extism", to, ["--use", "abort=guests/extism/abort", "--outFile", "extism.wasm"]);
  // A module of moult's follows the Canonical ABI, so jco gets exactly the same code.
  const { wasm } = await build(join(BENCH, "guests", "echo.ts"), { asc: ["--use", "abort="] });
  const core = withOwnMemory(wasm);
  for (const jco of ["jco", "jco-1.8"] as const) {
    say(`with ${jco}`);
    await transpile(jco, core, join(to, jco));
  }
}

/** By the compiler's command line, as its users do. */
function asc(name: string, to: string, options: readonly string[]): void {
  const compiler = join(ROOT, "node_modules", "assemblyscript", "bin", "asc.js");
  const args = [`guests/${name}.ts`, "-O3", "--noColors", "--disableWarning", ...options];
  args[args.length - 1] = join(to, args.at(-1)!);
  const { status, stderr } = spawnSync(process.execPath, [compiler, ...args], {
    cwd: BENCH,
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`could not build guests/${name}.ts:\n${stderr}`);
}
