/** `moult check`: whether a module may be loaded, and may replace an older one. */
import { setFlagsFromString } from "node:v8";
import { InvalidArgumentError, Option } from "commander";
import { AbiError, readSnapshot, type Snapshot } from "../../abi/tools.ts";
import { ALLOWED, type Check, type CheckOptions, check as checkModule } from "../dev/check/check.ts";
import { type DriveCall, DriveError, readDrive } from "../dev/check/drive.ts";
import type { GrantName } from "../dev/grant-name.ts";
import { GRANTS } from "../dev/settings.ts";
import { examine, PluginError } from "../mod.ts";
import { EXIT, Failure } from "./failure.ts";
import { contractFile } from "./given/contract-file.ts";
import { givenFile } from "./given/given-file.ts";
import { moduleSource } from "./given/module-source.ts";
import { whole } from "./given/whole.ts";
import { printCheck } from "./page/check-report.ts";
import type { Terminal } from "./terminal.ts";
import type { Verb } from "./verb.ts";

/** The module would swap, but its version number announces too little, or it asks for more than before. */
export const EXIT_UNANNOUNCED = 3;

const EXITS: Readonly<Record<Check["verdict"], number>> = {
  well: EXIT.ok,
  refused: EXIT.refused,
  unannounced: EXIT_UNANNOUNCED,
};

interface Options {
  readonly from?: string;
  readonly state?: string;
  readonly contract?: string;
  readonly drive?: string;
  readonly grant: readonly GrantName[];
  readonly allow: NonNullable<CheckOptions["allow"]>;
  readonly seed: number;
  readonly timeout: number;
  readonly memory: number;
  readonly rehearsal: boolean;
}

export const check: Verb = (program, run) => {
  program
    .command("check")
    .description("tell whether a module may be loaded, and may replace an older one")
    .argument("<new>", "a .wasm file, or a plugin's folder or entry file, which is built in memory")
    .option("--from <old>", "the version that it is to replace: the same three")
    .option("--state <file>", "a snapshot of the state that has to cross")
    .option("--contract <file>", "a .js or .mjs file that exports the host's contract; importing it runs it")
    .option("--drive <file>", 'calls of the old version, as JSON: [["handle", "a line"], ["report"]]')
    .addOption(several("--grant <names>", "what the rehearsal grants", GRANTS))
    .addOption(several("--allow <names>", "reasons to fail that are allowed", ALLOWED))
    .option("--seed <number>", "the seed of made-up calls", whole(0, 2 ** 32 - 1), 1)
    .option("--timeout <seconds>", "seconds for the rehearsal", whole(1, 86_400), 30)
    .option("--memory <mib>", "MiB of memory for each instance in the rehearsal", whole(1, 4096), 256)
    .option("--no-rehearsal", "run nothing of the plugin")
    .addHelpText("after", HELP)
    .action(run((terminal, path: string, options: Options) => work(terminal, path, options)));
};

const HELP = `
Exit codes:
  0  nothing speaks against it
  1  it would be refused, or breaks callers; or a version holds something outside
     of its state, which a swap loses (--allow answers)
  2  it was used wrongly
  3  it would swap, but its version number says less than has changed, or it
     asks for more permissions (--allow version,permissions)
`;

async function work(terminal: Terminal, path: string, options: Options): Promise<number> {
  const { seed, timeout, memory, allow, rehearsal } = options;
  const next = await moduleSource(terminal, path);
  const old = options.from === undefined ? undefined : await moduleSource(terminal, options.from);
  const { bytes: state, snapshot } = await stateFile(terminal, options.state);
  const contract =
    options.contract === undefined ? undefined : await contractFile(terminal, options.contract);
  if (old) await readable(old.bytes, `--from ${options.from}`, options.from);
  const file = old ? options.from : path;
  const drive = await driveFile(terminal, options.drive, { bytes: old?.bytes ?? next.bytes, file });
  // The engine's own limit holds for the whole process, which ends with the check. A page has 64 KiB.
  setFlagsFromString(`--wasm-max-mem-pages=${memory * 16}`);
  const found = await checkModule(next.bytes, {
    file: path,
    old: old?.bytes,
    state,
    origin: snapshot,
    contract,
    drive,
    seed,
    allow,
    timeout: timeout * 1000,
    rehearse: rehearsal,
    signal: terminal.signal,
    grant: [...new Set([...next.grant, ...options.grant])],
  });
  const exit = EXITS[found.verdict];
  if (terminal.json) terminal.printJson(documentOf(found, exit));
  else printCheck(terminal, found);
  return exit;
}

function documentOf({ old, next, ...found }: Check, exit: number) {
  const identity = (manifest: Check["next"]) =>
    manifest && { name: manifest.name, version: manifest.version, interface: manifest.interface };
  return { exit, new: identity(next), old: identity(old), ...found };
}

async function stateFile(
  terminal: Terminal,
  path: string | undefined,
): Promise<{ bytes?: Uint8Array; snapshot?: Snapshot }> {
  if (path === undefined) return {};
  const bytes = await givenFile(terminal, path, "a snapshot");
  try {
    return { bytes, snapshot: await readSnapshot(bytes) };
  } catch (cause) {
    if (!(cause instanceof AbiError)) throw cause;
    throw new Failure(`could not use --state ${path}: ${cause.message}`, { exit: EXIT.usage, cause });
  }
}

async function driveFile(
  terminal: Terminal,
  path: string | undefined,
  module: { readonly bytes: Uint8Array; readonly file: string | undefined },
): Promise<DriveCall[] | undefined> {
  if (path === undefined) return undefined;
  const text = new TextDecoder().decode(await givenFile(terminal, path, "calls in JSON"));
  const { manifest } = await readable(module.bytes, "the module", module.file);
  try {
    return readDrive(JSON.parse(text), manifest);
  } catch (cause) {
    if (!(cause instanceof DriveError || cause instanceof SyntaxError)) throw cause;
    const why = cause instanceof DriveError ? cause.message : `it is not JSON: ${cause.message}`;
    throw new Failure(`could not use --drive ${path}: ${why}`, { exit: EXIT.usage, cause });
  }
}

/** A file that is only needed to check another module has to be readable itself. */
async function readable(module: Uint8Array, what: string, from?: string) {
  try {
    return await examine(module, { from });
  } catch (cause) {
    if (!(cause instanceof PluginError)) throw cause;
    throw new Failure(`could not use ${what}: ${cause.message}`, { exit: EXIT.usage, cause });
  }
}

/** Names with commas between them; the option may be repeated. */
function several(flags: string, description: string, known: readonly string[]): Option {
  const option = new Option(flags, `${description}: ${known.join(", ")}`).default([], "nothing");
  return option.argParser((value: string, before: readonly string[]) => {
    const names = value.split(",").map((name) => name.trim());
    const stranger = names.find((name) => !known.includes(name));
    if (stranger !== undefined) throw new InvalidArgumentError(`Wanted some of ${known.join(", ")}.`);
    return [...before, ...names];
  });
}
