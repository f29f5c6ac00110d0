/** `moult test`: builds a plugin and runs its tests with the vitest that is installed beside it. */
import { resolve } from "node:path";
import type { Command } from "commander";
import { BuildError } from "../../abi/transform/mod.ts";
import { cachedBuild } from "../dev/build-cache.ts";
import { compiler } from "../dev/compiler.ts";
import { type Project, project } from "../dev/project.ts";
import { EXIT, Failure } from "./failure.ts";
import { tellUnbuilt } from "./page/build-page.ts";
import { plain, plainLines } from "./plain.ts";
import type { Terminal } from "./terminal.ts";
import { runTests, vitestOf } from "./test-run.ts";
import type { Verb } from "./verb.ts";

export const test: Verb = (program, run) => {
  program
    .command("test")
    .summary("build a plugin and run its tests")
    .description("Builds a plugin and runs its tests with vitest.")
    .argument("[path]", "the plugin's folder, or its entry file (default: this folder)")
    .argument("[args...]", "after --: arguments for vitest")
    .option(
      "--release",
      "write the state that this version leaves for those that come, where expectReleased is asked",
    )
    .addHelpText("after", HELP)
    .action(
      run(
        async (terminal, path: string | undefined, more: string[], options: { readonly release?: true }) => {
          const given = [path, ...more].filter((each) => each !== undefined);
          const { own, passed } = divided(given, program);
          const found = await project(resolve(terminal.cwd, own ?? "."));
          const vitest = await vitestOf(found);
          if (!/^4\./.test(vitest.version)) {
            terminal.say(`this is vitest ${plain(vitest.version)}; moult is tested with vitest 4`);
          }
          if (!(await builds(terminal, found))) return EXIT.refused;
          return runTests(terminal, vitest, { project: found, passed, release: options.release ?? false });
        },
      ),
    );
};

const HELP = `
Examples:
  moult test
  moult test plugins/visits
  moult test -- test/plugin.test.ts -t "takes over"    what follows -- is for vitest
  moult test --release                                 write released/VERSION.avro, once for each version

Exit codes: 0 all passed, 1 something failed or does not build, 2 nothing to run or used wrongly, 130 Ctrl-C
`;

/** Our arguments come before the two hyphens, vitest's after them; the parser puts them together. */
function divided(given: readonly string[], program: Command): { own: string | undefined; passed: string[] } {
  const { rawArgs = [] } = program as Command & { readonly rawArgs?: readonly string[] };
  const hyphens = rawArgs.indexOf("--");
  const passed = hyphens < 0 ? [] : rawArgs.slice(hyphens + 1);
  const own = given.slice(0, given.length - passed.length);
  if (own.length > 1) {
    throw new Failure(`could not test ${own.join(" ")}: wanted one folder or entry file`, {
      exit: EXIT.usage,
      hint: `what is for vitest stands after --: moult test -- ${own.slice(1).join(" ")}`,
    });
  }
  return { own: own[0], passed };
}

/** Builds in a thread that may crash without harm, and where the tests will find the result. */
async function builds(terminal: Terminal, { entry, name }: Project): Promise<boolean> {
  await using own = compiler();
  try {
    const { warnings } = await cachedBuild(entry, { compiler: own, from: terminal.cwd });
    for (const warning of warnings) terminal.say(plainLines(warning));
    return true;
  } catch (error) {
    if (!(error instanceof BuildError) || error.diagnostics.length === 0) throw error;
    tellUnbuilt(terminal, error, name);
    return false;
  }
}
