/** The modules that `program.js` reads, as files of a folder. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { LOOP, module, post, realloc, run, say } from "../faults/odd.ts";
import { build } from "../kept/build.ts";

export async function writeModules(folder: string): Promise<void> {
  const runaway = await build(new URL("../guests/limits/runaway.ts", import.meta.url), { version: "1.0.0" });
  const plain = `${realloc("(i32.const 64)")} ${run()} ${say}`;
  const before = (name: string) => module(`${plain} (func (export "${name}") (loop (br 0)))`);
  const modules = {
    runaway: runaway.wasm,
    cabi_realloc: await module(`${realloc(LOOP)} ${run()} ${say}`),
    cabi_post: await module(`${plain} ${post}`),
    _initialize: await before("_initialize"),
    start: await before("moult:plugin/life@1.0.0#start"),
  };
  for (const [name, bytes] of Object.entries(modules)) await writeFile(join(folder, `${name}.wasm`), bytes);
}
