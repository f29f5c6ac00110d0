/** `moult run`: calls a plugin's function by hand. */
import { toJson } from "../../abi/tools.ts";
import { guestStack, placeOf, stackText, trapText } from "../dev/guest-stack.ts";
import { type ErrorCode, type Plugin, PluginError } from "../mod.ts";
import { EXIT, Failure } from "./failure.ts";
import { type AskedCall, askedCall } from "./given/asked-call.ts";
import { type DemandOptions, demanded, demandOptions } from "./given/demanded.ts";
import { givenFile } from "./given/given-file.ts";
import { type LimitOptions, limitOptions, limitsOf } from "./given/limits.ts";
import { openPlugin, type PluginFile, pluginFile } from "./given/plugin-file.ts";
import { type Reach, type ReachOptions, reach, reachOptions } from "./given/reach.ts";
import { savedFile } from "./given/saved-file.ts";
import { guestFrames } from "./inspected/guest-frames.ts";
import { functionList } from "./page/function-list.ts";
import { readable } from "./page/readable.ts";
import { plain } from "./plain.ts";
import type { Terminal } from "./terminal.ts";
import type { Verb } from "./verb.ts";

interface Options extends ReachOptions, LimitOptions, DemandOptions {
  readonly state?: string;
  readonly save?: string;
}

const HELP = `
Arguments are JSON, one for each parameter: 7, true, '{"x":1}', '[1,2]'.
  text, enums       may stand without quotes
  64-bit integers   in quotes where they lie inside and are beyond 2^53
  bytes             a list, or base64 in quotes
  an option         its value, or null
What the function answers is printed the same way.

Exit codes: 0 it answered; 1 it answered an error, trapped, or was refused;
2 it was used wrongly, and not called.

Examples:
  moult run build/visits.wasm                   which functions there are
  moult run build/visits.wasm visit /about --grant log
  moult run . visit /about --state v.avro --save v.avro
  moult run . refresh --kv data --http https://api.example.com
  moult run . visit /about --fuel 10000000       how much a call does
`;

export const run: Verb = (program, run) => {
  demandOptions(limitOptions(reachOptions(program.command("run"))))
    .summary("call a plugin's function by hand")
    .description(
      "Loads a plugin, calls one function and prints what it answers; without a function, lists them.",
    )
    .argument(
      "<file>",
      "a .wasm module, oci://..., or a plugin's folder or .ts entry, which is built in memory",
    )
    .argument("[function]", "its name")
    .argument("[args...]", "its arguments, as JSON")
    .option("--state <file>", "a snapshot to begin with")
    .option("--save <file>", "where to write a snapshot afterwards")
    .addHelpText("after", HELP)
    .action(run(call));
};

async function call(
  terminal: Terminal,
  file: string,
  name: string | undefined,
  typed: readonly string[],
  options: Options,
): Promise<number> {
  const proofs = await demanded(terminal, options);
  const found = await pluginFile(terminal, file, "debug", proofs.lock);
  if (name === undefined) {
    functionList(terminal, found.manifest);
    return EXIT.ok;
  }
  const asked = askedCall(found.manifest, name, typed);
  const { manifest } = found;
  if (options.save !== undefined && !manifest.state) {
    throw new Failure(
      `could not save ${options.save}: ${manifest.name} ${manifest.version} has no state; nothing was called`,
      { exit: EXIT.usage },
    );
  }
  await using reached = await reach(terminal, options);
  const plugin = await open(terminal, found, { ...options, reached, proofs });
  try {
    const exit = await answer(terminal, plugin, { asked, found, ...options });
    if (options.save !== undefined)
      await savedFile(terminal, options.save, await terminal.blocking(() => plugin.snapshot()));
    return exit;
  } finally {
    await terminal.blocking(() => plugin.close());
  }
}

interface Opening extends Options {
  readonly reached: Reach;
  readonly proofs: Awaited<ReturnType<typeof demanded>>;
}

async function open(
  terminal: Terminal,
  found: PluginFile,
  { reached: { names: grant, grants: made }, proofs, state, ...options }: Opening,
): Promise<Plugin> {
  const limits = { ...limitsOf(options), ...proofs };
  if (state === undefined) return openPlugin(terminal, found, { grant, made, ...limits });
  const snapshot = await givenFile(terminal, state, "a snapshot");
  try {
    return await openPlugin(terminal, found, { grant, made, ...limits, state: snapshot });
  } catch (cause) {
    if (!(cause instanceof PluginError) || !OF_STATE.includes(cause.code)) throw cause;
    throw new Failure(`could not begin from ${state}: ${cause.message}`, { cause });
  }
}

/** Codes of errors for which the snapshot may be to blame. */
const OF_STATE: readonly ErrorCode[] = [
  "bad-snapshot",
  "incompatible-state",
  "failed-restore",
  "failed-check",
  "no-state",
];

/** What is called, of which plugin, under which limits. */
interface AnsweredCall extends LimitOptions {
  readonly asked: AskedCall;
  readonly found: PluginFile;
}

/** Makes the call and prints the answer. @returns the exit code */
async function answer(terminal: Terminal, plugin: Plugin, call: AnsweredCall): Promise<number> {
  const { name, args, ok, err } = call.asked;
  const about = { plugin: plugin.name, version: plugin.version, function: name };
  const used = () => plugin.fuelUsed !== undefined && { fuel: plugin.fuelUsed };
  const { columns } = terminal;
  let answered: unknown;
  try {
    answered = await terminal.blocking(() => plugin.call[name]!(...(args as never[])));
    tellFuel(terminal, plugin);
  } catch (error) {
    if (!(error instanceof PluginError)) throw error;
    if (error.code !== "guest-error") throw failed(error, call);
    tellFuel(terminal, plugin);
    const payload = err === undefined ? undefined : toJson(err, error.payload);
    if (terminal.json) terminal.printJson({ ...about, error: payload ?? null, ...used() });
    else {
      const [first = "", ...more] = payload === undefined ? ["(no value)"] : readable(payload, { columns });
      const label = terminal.style("red", "error:");
      terminal.complain(`${label} ${plain(plugin.name)}.${name} answered an error: ${first}`);
      for (const line of more) terminal.complain(line);
    }
    return EXIT.refused;
  }
  if (terminal.json) terminal.printJson({ ...about, ...(ok && { answer: toJson(ok, answered) }), ...used() });
  else if (ok !== undefined)
    for (const line of readable(toJson(ok, answered), { columns })) terminal.print(line);
  return EXIT.ok;
}

/** How much the call did, where that is counted: what a limit may be made of. */
function tellFuel(terminal: Terminal, { fuelUsed }: Plugin): void {
  if (fuelUsed !== undefined && !terminal.json)
    terminal.say(`took ${fuelUsed.toLocaleString("en")} units of fuel`);
}

/** Explains to the user why the call failed. */
function failed(error: PluginError, { asked, found, memory }: AnsweredCall): Error {
  const { cause } = error;
  if (error.code === "argument") {
    return new Failure(error.message, { exit: EXIT.usage, hint: asked.takes, cause: error });
  }
  if (error.code !== "trapped") return error;
  const why = cause instanceof Error ? trapText(cause, found.origin) : error.message;
  const where = authorsPlace(cause, found) ?? functions(cause, found);
  const text = `${found.manifest.name}.${asked.name} trapped: ${why}${where}`;
  const hint = memory !== undefined && `it may have ${memory} MiB of memory; if it needs more, say --memory`;
  return new Failure(text, { cause: error, ...(hint && { hint }) });
}

/** The author's line, and the calls that led there; nothing without a fitting source map. */
function authorsPlace(trap: unknown, { sourceMap, origin }: PluginFile): string | undefined {
  if (sourceMap === undefined) return undefined;
  let stack: ReturnType<typeof guestStack>;
  try {
    stack = guestStack(trap, sourceMap, origin);
  } catch {
    // The file beside the module is no source map.
    return undefined;
  }
  if (stack.length === 0) return undefined;
  const place = placeOf(stack);
  const frame = place?.frame === undefined ? "" : `\n${place.file}\n${place.frame}`;
  return `${frame}\n${stackText(stack)}`;
}

function functions(trap: unknown, { module }: PluginFile): string {
  return guestFrames(trap, module)
    .map((frame) => `\n    at ${plain(frame)}`)
    .join("");
}
