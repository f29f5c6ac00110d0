/** `moult serve-instances`: a server that runs the instances of plugins in other processes. */
import {
  type HttpOptions,
  http,
  type ServeInstancesOptions,
  serveInstances as serveOver,
} from "../remote/mod.ts";
import { EXIT } from "./failure.ts";
import { type DemandOptions, demanded, demandOptions } from "./given/demanded.ts";
import { type LimitOptions, limitOptions, limitsOf } from "./given/limits.ts";
import { refused } from "./given/refused.ts";
import { type TlsFiles, tlsOf, tlsOptions } from "./given/tls.ts";
import { tokenOf } from "./given/token.ts";
import { whole } from "./given/whole.ts";
import { interrupted } from "./interrupted.ts";
import type { Terminal } from "./terminal.ts";
import type { Verb } from "./verb.ts";

interface Options extends LimitOptions, DemandOptions, TlsFiles {
  readonly port: number;
  readonly host: string;
  readonly tokenFile?: string;
  readonly instances: number;
}

const HELP = `
A plugin moves here with plugin.swap(at(url, module)) of moult/remote, with its state, and back with plugin.swap(module).
Each instance runs in a thread of its own, is stopped when it takes longer than the limits say, and may ask for nothing
of this process: what it asks for is answered by the program that holds the plugin.

Ctrl-C and SIGTERM end it, and every instance with it. Exit code: 0.

Examples:
  moult serve-instances --port 4990
  moult serve-instances --host 0.0.0.0 --token-file token.txt --key release.key.pub --memory 256 --deadline 2000
`;

export const serveInstances: Verb = (program, run) => {
  tlsOptions(demandOptions(limitOptions(program.command("serve-instances"))))
    .summary("run plugins of other processes, which move here with their state")
    .description("Runs the instances of plugins whose programs are elsewhere.")
    .option("--port <port>", "where to listen; 0 for one that is free", whole(0, 65_535), 4990)
    .option("--host <address>", "other addresses than this machine's own want a token", "127.0.0.1")
    .option("--token-file <file>", "a file with the token that programs send; else MOULT_TOKEN")
    .option("--instances <number>", "how many may run at a time", whole(1, 100_000), 64)
    .addHelpText("after", HELP)
    .action(run(open));
};

async function open(terminal: Terminal, options: Options): Promise<number> {
  const { port, host: address, instances: maxInstances } = options;
  const token = await tokenOf(terminal, options.tokenFile);
  const tls = await tlsOf(terminal, options);
  const { limits } = limitsOf(options);
  const own: ServeInstancesOptions = {
    maxInstances,
    ...(limits && { limits }),
    ...(await demanded(terminal, options)),
  };
  await using served = await serving(
    { port, host: address, ...tls, ...(token !== undefined && { token }) },
    own,
  );
  if (terminal.json) terminal.printRecord({ url: served.url });
  else terminal.print(`instances run at ${served.url}`);
  await interrupted(terminal.signal);
  return EXIT.ok;
}

/** @throws Failure for what cannot be listened with */
async function serving(over: HttpOptions, own: ServeInstancesOptions) {
  try {
    return await serveOver(http(over), own);
  } catch (cause) {
    throw refused(cause);
  }
}
