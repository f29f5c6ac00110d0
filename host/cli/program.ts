/** The command `moult`: from its arguments to an exit code. */
import { Command, CommanderError } from "commander";
import { AbiError } from "../../abi/mod.ts";
import { BuildError } from "../../abi/transform/mod.ts";
import { ProjectError } from "../dev/project.ts";
import { PluginError } from "../mod.ts";
import { EXIT, Failure } from "./failure.ts";
import { plainLines } from "./plain.ts";
import { type Manner, type Streams, type Terminal, terminal } from "./terminal.ts";
import type { Run, Verb } from "./verb.ts";
import { VERBS } from "./verbs.ts";

export interface ProgramOptions {
  /** Fires at Ctrl-C. */
  readonly signal: AbortSignal;
  readonly version: string;
  readonly streams: Streams;
  /** @default the working directory */
  readonly cwd?: string;
  /** @default the process's */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** @default all of them */
  readonly verbs?: readonly Verb[];
  /** How work is run that may never let the program go on. @default as any other */
  readonly blocking?: Terminal["blocking"];
}

/**
 * Runs the command. Nothing of it ends the process or sets its exit code.
 *
 * @param args without the program's own name
 * @returns the exit code
 */
export async function main(args: readonly string[], options: ProgramOptions): Promise<number> {
  const { signal, version, streams, verbs = VERBS } = options;
  let exit: number = EXIT.ok;
  const at = {
    signal,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.env === undefined ? {} : { env: options.env }),
    ...(options.blocking === undefined ? {} : { blocking: options.blocking }),
  };
  const open = (): Terminal => terminal(streams, { ...program.opts<Manner>(), ...at });
  const program = new Command("moult")
    .description("Make WebAssembly plugins whose code is replaced while they run.")
    .version(version, "-V, --version", "print the version")
    .option("--json", "print the result as one JSON document")
    .option("--quiet", "print results and errors only")
    .option("--verbose", "print stack traces too")
    .helpOption("-h, --help", "print help; `moult help VERB` explains a verb")
    .addHelpText("after", FIRST_STEPS)
    .showSuggestionAfterError()
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: (text) => void streams.out.write(text),
      writeErr: (text) => void streams.err.write(text),
      getOutHelpWidth: () => streams.out.columns ?? 80,
      getErrHelpWidth: () => streams.err.columns ?? 80,
    })
    .exitOverride();

  const run: Run =
    (work) =>
    async (...given) => {
      exit = (await work(open(), ...given)) ?? EXIT.ok;
    };
  for (const verb of verbs) verb(program, run);

  try {
    await program.parseAsync(args, { from: "user" });
    return exit;
  } catch (error) {
    return failed(error, { signal, terminal: open() });
  }
}

const FIRST_STEPS = `
First steps:
  moult new visits        make a plugin that builds, has state and a test
  cd visits && npm install
  moult dev               build it, call it, swap it with every save
`;

/** Tells a failure. @returns the exit code */
function failed(error: unknown, { signal, terminal }: { signal: AbortSignal; terminal: Terminal }): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  if (signal.aborted) {
    terminal.say("interrupted");
    return EXIT.interrupted;
  }
  const known =
    error instanceof Failure ||
    error instanceof PluginError ||
    error instanceof AbiError ||
    error instanceof BuildError ||
    error instanceof ProjectError;
  const text = error instanceof Error ? error.message : String(error);
  const label = terminal.style("red", "error:");
  terminal.complain(`${label} ${plainLines(known ? text : `moult failed, by a fault of its own: ${text}`)}`);
  if (error instanceof Failure && error.hint !== undefined)
    terminal.complain(`hint: ${plainLines(error.hint)}`);
  if (terminal.verbose && error instanceof Error) terminal.complain(plainLines(error.stack ?? ""));
  else if (!known) terminal.complain("hint: --verbose shows where; please report it");
  if (error instanceof Failure) return error.exit;
  return error instanceof ProjectError ? EXIT.usage : EXIT.refused;
}
