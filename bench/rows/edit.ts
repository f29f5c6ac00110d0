/** From a saved file to the first answer of its code. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { load } from "moult";
import { build, library } from "moult/transform";
import { type Case, type Context, same } from "../case.ts";
import { BENCH, ROOT } from "../folder.ts";
import { bare, type Core, read } from "../peers/assemblyscript.ts";

export async function edit({ quick }: Context): Promise<Case[]> {
  const folder = mkdtempSync(join(tmpdir(), "moult-bench-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  const text = readFileSync(join(BENCH, "guests", "echo.ts"), "utf8");
  const path = join(folder, "echo.ts");
  let edits = 0;
  const save = () =>
    writeFileSync(path, `${text}\nexport function edits(): i32 {\n  return ${++edits};\n}\n`);

  save();
  const parsed = library();
  const built = async () => (await build(path, { optimize: "debug", library: parsed })).wasm;
  const plugin = await load(await built());
  const call = plugin.callSync as unknown as { edits(): number };
  const inProcess = async () => {
    save();
    const began = performance.now();
    await plugin.swap(await built());
    same(call.edits(), edits, "moult");
    return (performance.now() - began) * 1e6;
  };
  const asc = join(ROOT, "node_modules", "assemblyscript", "bin", "asc.js");
  const cold = () => {
    save();
    const began = performance.now();
    const args = [asc, "echo.ts", "--outFile", "out.wasm", "-O0", "--disableWarning"];
    const { status } = spawnSync(process.execPath, args, { cwd: folder, stdio: "ignore" });
    same(status, 0, "asc");
    const exported = bare(read(folder, "out.wasm")).exports.edits as Core;
    same(exported(), edits, "asc");
    return (performance.now() - began) * 1e6;
  };
  const warm = quick ? 0 : 4;
  for (let i = 0; i < warm; i++) await inProcess();
  return [
    {
      name: "moult",
      role: "moult",
      note: "`build` in a process that has built before and keeps its library, unoptimized and with a source map; then `swap`",
      check: () => {},
      sample: inProcess,
      n: 1,
    },
    {
      name: "asc, cold",
      role: "peer",
      note: "AssemblyScript's command line at -O0, then a new instance",
      check: () => {},
      sample: cold,
      n: 1,
    },
  ];
}
