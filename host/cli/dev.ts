/** `moult dev`: a plugin that is built and swapped after every save, and can be called meanwhile. */
import { resolve } from "node:path";
import { project } from "../dev/project.ts";
import { type WatchOptions, watch } from "../dev/watch.ts";
import { EXIT, Failure } from "./failure.ts";
import { givenFile } from "./given/given-file.ts";
import { logSink } from "./given/log-sink.ts";
import { namedGrants } from "./given/named-grants.ts";
import { type ReachOptions, reach, reachOptions } from "./given/reach.ts";
import { interrupted } from "./interrupted.ts";
import { devCalls } from "./live/dev-calls.ts";
import { devPrompt } from "./live/dev-prompt.ts";
import { devView } from "./live/dev-view.ts";
import { liveAnswers } from "./live/live-answers.ts";
import { livePlugin } from "./live/live-plugin.ts";
import { offers } from "./live/offers.ts";
import type { Terminal } from "./terminal.ts";
import type { Verb } from "./verb.ts";

interface Options extends ReachOptions {
  readonly state?: string;
  readonly call?: string;
  readonly every: number;
  readonly debug?: boolean;
  readonly release?: boolean;
}

const HELP = `
Calls are typed at the prompt, or come from standard input, a line each: visit "/about". Arguments are as in "moult run".
Lines that begin with a dot are for moult: .help tells them.

A save that does not build, or is refused, changes nothing: the version before serves on, with its state. When the
interface changes, the plugin is loaded anew with its state. Exit code: 0.

Examples:
  moult dev                                         the plugin in this folder
  moult dev --grant log --call 'visit "/"'          calls it every second
  moult dev build/visits.wasm                       follows a module that something else builds
`;

export const dev: Verb = (program, run) => {
  reachOptions(program.command("dev"))
    .summary("build a plugin, call it, and swap it with every save")
    .description(
      "Builds a plugin and loads it. Every save of its files becomes a swap, and the state stays: " +
        "at first without optimizing, which is quick, then for speed.",
    )
    .argument("[path]", "a plugin's folder, its entry file, or a .wasm", ".")
    .option("--state <file>", "a snapshot to begin with")
    .option("--call <call>", "a call to make again and again")
    .option("--every <ms>", "how often, in milliseconds", milliseconds, 1_000)
    .option("--debug", "never build for speed")
    .option("--release", "build for speed at once")
    .addHelpText("after", HELP)
    .action(run(develop));
};

async function develop(terminal: Terminal, path: string, options: Options): Promise<number> {
  const full = resolve(terminal.cwd, path);
  const granted = full.endsWith(".wasm") ? [] : (await project(full)).grant;
  const state = options.state && (await givenFile(terminal, options.state, "a snapshot"));
  const view = devView(terminal);
  await using reached = await reach(terminal, options);
  const names = [...granted, ...reached.names];
  const sink = logSink((line) => view.note(line));
  const grant = [...reached.grants, ...namedGrants(names, sink)];
  using answers = liveAnswers({ grant: [...new Set(names)], onNote: (lines) => view.compared(lines) });
  await using plugin = livePlugin({
    grant,
    state: state || undefined,
    onRevival: (record) => view.revived(record),
    onTaken(look) {
      // The optimized build of the same source, which was already compared.
      const again = look.made.optimize === "release" && look.before?.optimize === "debug";
      if (!again) answers.look(look);
    },
    blocking: terminal.blocking,
  });
  const taking = offers(plugin, view);
  await using source = watch(full, {
    optimize: ways(options),
    from: terminal.cwd,
    onEvent(event) {
      if (event.kind === "failed") {
        view.failed(event.error);
        taking.failed();
      }
      if (event.kind === "made") taking.offer(event.made, event.times);
    },
  });
  const leave = source.subscribe(() => {});
  const calls = devCalls(terminal, { plugin, view });
  const renew = () => taking.renew(source.latest);
  using prompt = devPrompt(terminal, { view, calls, renew, first: taking.first });
  using _ = options.call === undefined ? undefined : calls.repeat(options.call, options.every);
  await Promise.race([interrupted(terminal.signal), prompt.ended]);
  leave();
  await taking.idle();
  view.end();
  return EXIT.ok;
}

function ways({ debug, release }: Options): NonNullable<WatchOptions["optimize"]> {
  if (debug && release) {
    throw new Failure("could not build both ways alone: give --debug or --release", { exit: EXIT.usage });
  }
  return debug ? "debug" : release ? "release" : "both";
}

function milliseconds(text: string): number {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number > 0 && number < 2 ** 31) return number;
  throw new Failure(`could not call every ${text}: wanted milliseconds, a whole number above 0`, {
    exit: EXIT.usage,
  });
}
