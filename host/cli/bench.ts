/** `moult bench`: the time that calls, loading and swaps of a plugin take. */
import { cpus } from "node:os";
import { camelCase, type Manifest } from "../../abi/tools.ts";
import type { GrantName } from "../dev/grant-name.ts";
import { GRANTS } from "../dev/settings.ts";
import { PluginError } from "../mod.ts";
import { EXIT, Failure } from "./failure.ts";
import { type AskedCall, askedCall } from "./given/asked-call.ts";
import { givenFile } from "./given/given-file.ts";
import { addGrant } from "./given/named-grants.ts";
import { openPlugin, pluginFile } from "./given/plugin-file.ts";
import {
  measureCall,
  measureCallSync,
  measureLoad,
  measureSwap,
  type Subject,
} from "./measured/measured-plugin.ts";
import type { Budget } from "./measured/sampling.ts";
import { duration, type Statistics, statistics } from "./measured/statistics.ts";
import { bytes, count, rows } from "./page/page.ts";
import { progress } from "./page/progress.ts";
import { plain } from "./plain.ts";
import type { Terminal } from "./terminal.ts";
import type { Verb } from "./verb.ts";

interface Options {
  readonly grant?: readonly GrantName[];
  readonly state?: string;
  readonly seconds: number;
}

/** One measured operation, in milliseconds. */
interface Row {
  readonly what: "callSync" | "call" | "load" | "swap";
  readonly statistics: Statistics;
  /** Calls in each measurement, which is their mean. */
  readonly batch?: number;
  readonly stateBytes?: number;
}

const HELP = `
Measured are
  callSync, call   of one function: the first that takes nothing, unless you
                   name one
  load             from the module's bytes to the first answer
  swap             the pause, in which calls wait, of a swap to the same
                   module with its state
The first fifth of the time warms up. Calls are measured in batches; a fresh
instance takes over after 100,000. A p99 is told of 100 measurements and more.

Exit codes: 0 it was measured; 1 the function answered an error or trapped;
2 it was used wrongly; 130 Ctrl-C, and what was measured so far is printed.

Examples:
  moult bench build/visits.wasm visit /about
  moult bench . --seconds 20 --state v.avro --json
`;

export const bench: Verb = (program, run) => {
  program
    .command("bench")
    .summary("measure calls, loading and swaps of a plugin")
    .description("Measures what calling, loading and swapping a plugin takes on this machine.")
    .argument("<file>", "a .wasm module, or a plugin's folder or .ts entry, which is built for release")
    .argument("[function]", "what is called")
    .argument("[args...]", "its arguments, as JSON")
    .option("--grant <name>", `let it reach ${GRANTS.join(", ")}; more than once for more`, addGrant)
    .option("--state <file>", "a snapshot to begin with")
    .option("--seconds <number>", "how long it may take, about", seconds, 4)
    .addHelpText("after", HELP)
    .action(run(measure));
};

function seconds(text: string): number {
  const number = Number(text);
  if (number > 0 && number <= 3600) return number;
  throw new Failure(`could not measure for ${plain(text)} seconds: wanted a number above 0, up to 3600`, {
    exit: EXIT.usage,
  });
}

async function measure(
  terminal: Terminal,
  path: string,
  name: string | undefined,
  typed: readonly string[],
  options: Options,
): Promise<number> {
  const file = await pluginFile(terminal, path, "release");
  const { manifest } = file;
  const asked = name === undefined ? askedOf(terminal, manifest) : askedCall(manifest, name, typed);
  const state =
    options.state === undefined ? {} : { state: await givenFile(terminal, options.state, "a snapshot") };
  // Its log lines would take most of the measured time, and of the output. And Ctrl-C ends the measuring, not
  // the plugin that is being measured.
  const { signal } = new AbortController();
  const quiet: Terminal = { ...terminal, say: () => {}, signal, blocking: async (work) => work() };
  const open = { grant: options.grant ?? [], ...state };
  const compiled = await WebAssembly.compile(file.bytes).catch((cause: Error) => {
    throw new Failure(`could not load ${path}: ${cause.message}`, { cause });
  });
  const subject: Subject = { terminal: quiet, file, compiled, open, asked };
  // A function that answers once is expected to answer again: only in this call must Ctrl-C end the process.
  if (asked) await tryOut({ ...subject, terminal: { ...quiet, blocking: terminal.blocking } }, asked);
  const found = await take(terminal, subject, options.seconds * 1000);
  const about = {
    plugin: manifest.name,
    version: manifest.version,
    ...(asked && { function: asked.name, args: typed }),
    node: process.version,
    machine: `${process.platform} ${process.arch}, ${cpus()[0]?.model ?? "an unknown processor"}`,
  };
  const interrupted = terminal.signal.aborted;
  if (terminal.json) {
    const measured = found.map(({ what, statistics, ...rest }) => [what, { ...statistics, ...rest }]);
    terminal.printJson({
      ...about,
      unit: "milliseconds",
      interrupted,
      measured: Object.fromEntries(measured),
    });
  } else {
    const called = asked ? `, ${asked.name}(${typed.join(", ")})` : "";
    terminal.print(plain(`${about.plugin} ${about.version}${called}; Node ${about.node}, ${about.machine}`));
    print(terminal, found);
  }
  if (interrupted) terminal.say("interrupted: this is what was measured until then");
  return interrupted ? EXIT.interrupted : EXIT.ok;
}

/** The first function without parameters. */
function askedOf(terminal: Terminal, manifest: Manifest): AskedCall | undefined {
  const found = manifest.exports.find(({ params }) => params.length === 0);
  if (found) return askedCall(manifest, found.name, []);
  const names = manifest.exports.map((each) => camelCase(each.name)).join(", ");
  terminal.say(`no call is measured: every function takes something; name one of ${names || "none"}`);
  return undefined;
}

/** Calls once, to find a call that fails, or never ends, before anything is measured. */
async function tryOut({ terminal, file, open }: Subject, { name, args }: AskedCall): Promise<void> {
  const plugin = await openPlugin(terminal, file, open);
  try {
    await terminal.blocking(() => plugin.call[name]!(...(args as never[])));
  } catch (cause) {
    if (!(cause instanceof PluginError)) throw cause;
    throw new Failure(`${cause.message}; nothing was measured`, {
      exit: cause.code === "argument" ? EXIT.usage : EXIT.refused,
      cause,
    });
  } finally {
    await plugin.close();
  }
}

/** Takes the measurements, one kind after the other, each for its share of the time. */
async function take(terminal: Terminal, subject: Subject, time: number): Promise<Row[]> {
  const { asked } = subject;
  const { signal } = terminal;
  const line = progress(terminal);
  const found: Row[] = [];
  const sorts = asked ? (["callSync", "call", "load", "swap"] as const) : (["load", "swap"] as const);
  for (const [i, what] of sorts.entries()) {
    if (signal.aborted) break;
    const onProgress = (share: number) => line.draw(`measuring ${what}`, (i + share) / sorts.length);
    const budget: Budget = { signal, time: time / sorts.length, onProgress };
    const { measured, ...rest } = await measurements(subject, what, budget);
    const told = statistics(measured);
    if (told) found.push({ what, statistics: told, ...rest });
  }
  line.end();
  return found;
}

interface Measurements {
  readonly measured: readonly number[];
  readonly batch?: number;
  readonly stateBytes?: number;
}

async function measurements(subject: Subject, what: Row["what"], budget: Budget): Promise<Measurements> {
  const { asked } = subject;
  if (what === "load") return { measured: await measureLoad(subject, budget) };
  if (what === "swap" || !asked) {
    const { pauses, stateBytes } = await measureSwap(subject, budget);
    return { measured: pauses, stateBytes };
  }
  return (what === "call" ? measureCall : measureCallSync)(subject, asked, budget);
}

const TITLES = {
  callSync: "callSync",
  call: "call, awaited",
  load: "load to the first answer",
  swap: "swap: the pause",
} as const;

function print(terminal: Terminal, found: readonly Row[]): void {
  if (found.length === 0) return;
  const cells = found.map(({ what, statistics: { samples, median, quartiles, p99 }, batch, stateBytes }) => [
    TITLES[what],
    duration(median),
    quartiles.map(duration).join(" to "),
    // The 99th percentile of batches says nothing about single calls.
    p99 === undefined || batch !== undefined ? "" : duration(p99),
    `${count(samples)}${batch === undefined ? "" : ` batches of ${count(batch)}`}` +
      `${stateBytes === undefined ? "" : `, ${bytes(stateBytes)} of state`}`,
  ]);
  rows(terminal, [["", "median", "the middle half", "p99", "measurements"], ...cells], [1, 3]);
}
