/** `moult inspect`: the content of a module or a snapshot, or how several plugins call one another. None of their code is run. */
import { AbiError } from "../../abi/tools.ts";
import { Malformed } from "../../abi/wasm/mod.ts";
import { EXIT, Failure } from "./failure.ts";
import { moduleFile } from "./given/module-file.ts";
import { fileKind, whatItIs } from "./inspected/file-kind.ts";
import { inspectModule } from "./inspected/inspected-module.ts";
import { inspectSet, isSet, mermaid } from "./inspected/inspected-set.ts";
import { inspectSnapshot } from "./inspected/inspected-snapshot.ts";
import { printModule } from "./page/module-page.ts";
import { printSet } from "./page/set-page.ts";
import { printSnapshot } from "./page/snapshot-page.ts";
import { cut } from "./page/table.ts";
import { plain } from "./plain.ts";
import type { Terminal } from "./terminal.ts";
import type { Verb } from "./verb.ts";

export const inspect: Verb = (program, run) => {
  program
    .command("inspect")
    .summary("show what a module or a snapshot holds")
    .description(
      "Shows the content of a WebAssembly module or a snapshot; its bytes decide which it is.\n" +
        "Of a module: its manifest, functions, permissions, memory, state, and where its bytes go.\n" +
        "Of a snapshot: its plugin, and every value. Of several modules, or a folder of them: which calls\n" +
        "which. Nothing of a file is run.",
    )
    .argument("<file...>", "a .wasm module or a snapshot, or oci://...; several modules, or a folder of them")
    .option("--mermaid", "of several modules: print the graph for Mermaid")
    .addHelpText(
      "after",
      "\nExit codes: 0 it was shown; 1 it cannot be used, or not all of it; 2 there is no such file.\n\n" +
        "Examples:\n  moult inspect build/visits.wasm\n" +
        "  moult inspect visits.avro --json | jq .state.total\n" +
        "  moult inspect plugins/\n",
    )
    .action(run(show));
};

/** Characters of a warning, since a manifest may have many faults. */
const LONGEST = 2_000;

async function show(
  terminal: Terminal,
  files: readonly string[],
  { mermaid: drawn = false }: { readonly mermaid?: boolean },
): Promise<number> {
  if (drawn || (await isSet(terminal, files))) return showSet(terminal, files, drawn);
  return showFile(terminal, files[0]!);
}

async function showSet(terminal: Terminal, files: readonly string[], drawn: boolean): Promise<number> {
  const set = await inspectSet(terminal, files);
  if (terminal.json) terminal.printJson(set);
  else if (drawn) terminal.print(mermaid(set));
  else printSet(terminal, set);
  warn(terminal, set.problems);
  return set.problems.length > 0 ? EXIT.refused : EXIT.ok;
}

function warn(terminal: Terminal, problems: readonly string[]): void {
  const warning = terminal.style("yellow", "warning:");
  for (const problem of problems) terminal.complain(`${warning} ${plain(cut(problem, LONGEST))}`);
}

async function showFile(terminal: Terminal, file: string): Promise<number> {
  const { bytes } = await moduleFile(terminal, file, { what: "a module or a snapshot" });
  const kind = fileKind(bytes);
  try {
    if (kind === "snapshot") {
      const snapshot = await inspectSnapshot(bytes);
      if (terminal.json) terminal.printJson({ file, ...snapshot });
      else printSnapshot(terminal, file, snapshot);
      return EXIT.ok;
    }
    if (kind === "module") {
      const module = await inspectModule(bytes);
      if (terminal.json) terminal.printJson({ file, ...module });
      else printModule(terminal, file, module);
      warn(terminal, module.problems);
      return module.problems.length > 0 ? EXIT.refused : EXIT.ok;
    }
  } catch (cause) {
    if (cause instanceof RangeError) {
      throw new Failure(`could not inspect ${file}: it holds more than can be shown (${cause.message})`, {
        cause,
      });
    }
    if (!(cause instanceof AbiError || cause instanceof Malformed)) throw cause;
    throw new Failure(`could not inspect ${file}: ${cause.message}`, { cause });
  }
  throw new Failure(`could not inspect ${file}: it is ${whatItIs(bytes)}`);
}
