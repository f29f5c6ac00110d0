/** `moult hub`: what nodes and callers of a cluster are joined by. */
import { resolve } from "node:path";
import { directoryFabric } from "../node/mod.ts";
import { http, memoryFabric, serveFabric } from "../remote/mod.ts";
import { EXIT } from "./failure.ts";
import { refused } from "./given/refused.ts";
import { type TlsFiles, tlsOf, tlsOptions } from "./given/tls.ts";
import { tokenOf } from "./given/token.ts";
import { whole } from "./given/whole.ts";
import { interrupted } from "./interrupted.ts";
import type { Terminal } from "./terminal.ts";
import type { Verb } from "./verb.ts";

interface Options extends TlsFiles {
  readonly port: number;
  readonly host: string;
  readonly tokenFile?: string;
}

const HELP = `
It has the versions that are published, the plans, and where the nodes are. Calls do not come by: callers find the nodes,
and call them straight. A process has the folder for itself; without one, all is gone with the process.

Ctrl-C and SIGTERM end it: calls go on meanwhile, and nothing new can be published. Exit code: 0.

Examples:
  moult hub cluster
  moult hub cluster --host 0.0.0.0 --token-file token.txt
`;

export const hub: Verb = (program, run) => {
  tlsOptions(program.command("hub"))
    .summary("be what nodes and callers are joined by")
    .description("Keeps versions, plans and the list of nodes, for everybody who joins by its URL.")
    .argument("[folder]", "where it keeps them; in memory, if none is said")
    .option("--port <port>", "where to listen; 0 for one that is free", whole(0, 65_535), 4900)
    .option("--host <address>", "other addresses than this machine's own want a token", "127.0.0.1")
    .option("--token-file <file>", "a file with the token that all of them send; else MOULT_TOKEN")
    .addHelpText("after", HELP)
    .action(run(open));
};

async function open(terminal: Terminal, folder: string | undefined, options: Options): Promise<number> {
  const { port, host } = options;
  const token = await tokenOf(terminal, options.tokenFile);
  const over = { port, host, ...(await tlsOf(terminal, options)), ...(token !== undefined && { token }) };
  try {
    await using fabric =
      folder === undefined ? memoryFabric() : await directoryFabric(resolve(terminal.cwd, folder));
    await using served = await serveFabric(fabric, http(over));
    if (terminal.json) terminal.printRecord({ url: served.url });
    else terminal.print(`the hub is at ${served.url}`);
    await interrupted(terminal.signal);
    return EXIT.ok;
  } catch (cause) {
    throw refused(cause);
  }
}
