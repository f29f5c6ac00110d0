/** `moult dashboard`: a page for the browser of what is rolled out in a fabric. */
import { type DashboardOptions, serveDashboard } from "../dashboard/mod.ts";
import { http } from "../remote/mod.ts";
import { EXIT } from "./failure.ts";
import { type FabricOptions, fabricOptions, openFabric } from "./given/fabric.ts";
import { refused } from "./given/refused.ts";
import { type TlsFiles, tlsOf, tlsOptions } from "./given/tls.ts";
import { operatorToken } from "./given/token.ts";
import { whole } from "./given/whole.ts";
import { interrupted } from "./interrupted.ts";
import { plain } from "./plain.ts";
import type { Terminal } from "./terminal.ts";
import type { Verb } from "./verb.ts";

interface Options extends FabricOptions, TlsFiles {
  readonly port: number;
  readonly host: string;
  readonly operatorTokenFile?: string;
  readonly open?: true;
}

const HELP = `
Without a token everybody on this machine may look, and nobody can change anything. With --operator-token-file the page
asks for that token, and who has it may roll out, promote, abort and roll back; with --open besides, this machine may
look without it.

Ctrl-C and SIGTERM end it; rollouts go on. Exit code: 0.

Examples:
  moult dashboard --fabric nats://127.0.0.1:4222
  moult dashboard --fabric fabric --port 8090 --operator-token-file operator.txt
`;

export const dashboard: Verb = (program, run) => {
  tlsOptions(fabricOptions(program.command("dashboard")))
    .summary("show what is rolled out in a fabric in the browser")
    .description("Serves a page: who gets which version, how each does, rollouts with their steps, nodes.")
    .option("--port <port>", "where to listen; 0 for one that is free", whole(0, 65_535), 8090)
    .option("--host <address>", "other addresses than this machine's own want a token", "127.0.0.1")
    .option("--operator-token-file <file>", "the token of those who may roll out, promote, abort and go back")
    .option("--open", "this machine may look without a token")
    .addHelpText("after", HELP)
    .action(run(open));
};

async function open(terminal: Terminal, options: Options): Promise<number> {
  const { port, host, operatorTokenFile } = options;
  const token = await operatorToken(terminal, operatorTokenFile);
  const tls = await tlsOf(terminal, options);
  const looks: DashboardOptions = { open: options.open === true || token.length === 0 };
  await using fabric = await openFabric(terminal, options);
  const common = { host, port, ...tls, ...(token.length > 0 && { token }) };
  await using shown = await serving(() => serveDashboard(fabric, http(common), looks));
  const { url } = shown;
  if (terminal.json) terminal.printRecord({ fabric: fabric.shown, dashboard: url });
  else terminal.print(`the dashboard of ${plain(fabric.shown)} is at ${url}`);
  await interrupted(terminal.signal);
  return EXIT.ok;
}

/** @throws Failure for what cannot be listened with, and where */
async function serving<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw refused(cause);
  }
}
