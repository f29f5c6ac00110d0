/** The functions of a plugin, as a verb lists them that was given none. */
import type { Manifest } from "../../../abi/tools.ts";
import { functionLine } from "../given/function-line.ts";
import { plain } from "../plain.ts";
import type { Terminal } from "../terminal.ts";
import { rows } from "./page.ts";

export function functionList(terminal: Terminal, { name, version, exports }: Manifest): void {
  const functions = exports.map(functionLine);
  if (terminal.json) {
    terminal.printJson({ plugin: name, version, functions });
    return;
  }
  terminal.say(
    plain(`${name} ${version} has ${functions.length === 0 ? "no functions" : "these functions:"}`),
  );
  rows(
    terminal,
    functions.map((each) => [each.name, each.type]),
  );
}
