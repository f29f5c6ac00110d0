/** A plugin that a verb got as source: built as `moult build` does, but not written to files. */
import type { Build } from "../../../abi/transform/mod.ts";
import { compiler } from "../../dev/compiler.ts";
import type { Recipe } from "../../dev/recipe.ts";
import { mapOptions } from "../artifacts.ts";
import { plainLines } from "../plain.ts";
import type { Terminal } from "../terminal.ts";

/** The same bytes as those of `moult build`. Prints the warnings. @throws BuildError */
export async function builtInMemory(terminal: Terminal, { project, optimize, asc }: Recipe): Promise<Build> {
  const map = mapOptions(project.name);
  const at = { from: terminal.cwd, signal: terminal.signal };
  await using own = compiler();
  const built = await own.build(project.entry, { ...at, ...map, optimize, asc: [...map.asc, ...asc] });
  for (const warning of built.warnings) terminal.say(plainLines(warning));
  return built;
}
