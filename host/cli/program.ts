/** The command `moult`: from its arguments to an exit code. */
import { relative } from "node:path";
import { Command, CommanderError } from "commander";
import { AbiError } from "../../abi/tools.ts";
import { BuildError } from "../../abi/transform/mod.ts";
import { ProjectError } from "../dev/project.ts";
import { PluginError } from "../mod.ts";
import { EXIT, Failure } from "./failure.ts";
import { tellUnbuilt } from "./page/build-page.ts";
import { fold } from "./page/wrap.ts";
import { plainLines } from "./plain.ts";
import { type Manner, type Stream, type Streams, type Terminal, terminal } from "./terminal.ts";
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
  /** Runs work that may never return. @default runs it like any other work */
  readonly blocking?: Terminal["blocking"];
}

/**
 * Runs the command. It neither ends the process nor sets its exit code.
 *
 * @param args the arguments, without the program's own name
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
  const out = watched(streams.out);
  const open = (): Terminal => terminal({ ...streams, out }, { ...program.opts<Manner>(), ...at });
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
      writeOut: (text) => void streams.out.write(broken(streams.out, text)),
      writeErr: (text) => void streams.err.write(broken(streams.err, text)),
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
    return failed(error, { signal, terminal: open(), printed: out.printed });
  }
}

/** The parser does not wrap text that is added to its help, so this does. */
function broken({ isTTY, columns }: Stream, text: string): string {
  return isTTY === true && columns ? fold(text, columns) : text;
}

/** A stream that remembers whether anything was printed to it. */
function watched(stream: Stream): Stream & { readonly printed: boolean } {
  let printed = false;
  return {
    write(text) {
      printed = true;
      return stream.write(text);
    },
    get isTTY() {
      return stream.isTTY === true;
    },
    get columns() {
      return stream.columns ?? 80;
    },
    get printed() {
      return printed;
    },
  };
}

const FIRST_STEPS = `
First steps:
  moult new visits        make a plugin that builds, has state and a test
  cd visits && npm install
  moult dev               build it, call it, swap it with every save
`;

interface Ending {
  readonly signal: AbortSignal;
  readonly terminal: Terminal;
  /** Whether a result was printed before the failure. */
  readonly printed: boolean;
}

/**
 * Reports a failure, as JSON too where that is asked for and nothing else was printed.
 * @returns the exit code
 */
function failed(error: unknown, { signal, terminal, printed }: Ending): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  if (signal.aborted) {
    terminal.say("interrupted");
    return EXIT.interrupted;
  }
  if (error instanceof BuildError && error.diagnostics.length > 0) {
    const path = relative(terminal.cwd, error.entry).replaceAll("\\", "/");
    tellUnbuilt(terminal, error, path);
    return EXIT.refused;
  }
  const known =
    error instanceof Failure ||
    error instanceof PluginError ||
    error instanceof AbiError ||
    error instanceof BuildError ||
    error instanceof ProjectError;
  const text = error instanceof Error ? error.message : String(error);
  const { hint = undefined } = error instanceof Failure ? error : {};
  if (terminal.json && !printed) terminal.printRecord({ ok: false, error: text, ...(hint && { hint }) });
  const label = terminal.style("red", "error:");
  terminal.complain(`${label} ${plainLines(known ? text : `moult failed, by a fault of its own: ${text}`)}`);
  if (hint !== undefined) terminal.complain(`hint: ${plainLines(hint)}`);
  if (terminal.verbose && error instanceof Error) terminal.complain(plainLines(error.stack ?? ""));
  else if (!known) terminal.complain("hint: --verbose shows where; please report it");
  if (error instanceof Failure) return error.exit;
  return error instanceof ProjectError ? EXIT.usage : EXIT.refused;
}
