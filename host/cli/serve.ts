/** `moult serve`: a plugin for callers in other processes. */
import { resolve } from "node:path";
import { dashboard } from "../dashboard/mod.ts";
import { grpc } from "../grpc/mod.ts";
import type { Plugin } from "../mod.ts";
import { directoryStore } from "../node/mod.ts";
import { type HttpOptions, http, type Served, serve as serveOver, type Transport } from "../remote/mod.ts";
import { EXIT, Failure } from "./failure.ts";
import { type DemandOptions, demanded, demandOptions } from "./given/demanded.ts";
import { type LimitOptions, limitOptions, limitsOf } from "./given/limits.ts";
import { openPlugin, pluginFile } from "./given/plugin-file.ts";
import { type ReachOptions, reach, reachOptions } from "./given/reach.ts";
import { refused } from "./given/refused.ts";
import { type TlsFiles, tlsOf, tlsOptions } from "./given/tls.ts";
import { operatorToken, tokenOf } from "./given/token.ts";
import { whole } from "./given/whole.ts";
import { interrupted } from "./interrupted.ts";
import { plain } from "./plain.ts";
import type { Terminal } from "./terminal.ts";
import type { Verb } from "./verb.ts";

interface Options extends ReachOptions, LimitOptions, DemandOptions, TlsFiles {
  readonly port: number;
  readonly grpc?: number;
  readonly host: string;
  readonly tokenFile?: string;
  readonly operatorTokenFile?: string;
  readonly store?: string;
  /** `true` where nothing follows it. */
  readonly dashboard?: true | string;
}

const HELP = `
It runs in a thread of its own, and comes back after a trap. Callers use "connect" of moult/remote, "moult call", or
curl: curl --json '["/about"]' http://127.0.0.1:8080/call/visit

With --operator-token-file, who sends that token may also use "moult swap", "accept", "rollback", "history", "status"
and "snapshot"; everybody else then wants a token too, to call.

--dashboard shows it in the browser: what serves, calls and errors as they come, every swap. The page asks for the
operator's token; "--dashboard open" lets everybody on this machine look, and change nothing.

Ctrl-C and SIGTERM end it: calls under way are answered, no further one is taken. Exit code: 0.

Examples:
  moult serve build/visits.wasm --port 8080
  moult serve build/visits.wasm --port 8080 --grpc 50051
  moult serve . --host 0.0.0.0 --token-file token.txt --store data
  moult serve build/visits.wasm --operator-token-file operator.txt --tls-cert cert.pem --tls-key key.pem
`;

export const serve: Verb = (program, run) => {
  tlsOptions(demandOptions(limitOptions(reachOptions(program.command("serve")))))
    .summary("serve a plugin to other processes")
    .description(
      "Loads a plugin, and answers calls over HTTP, in JSON for people, in bytes for moult's own callers; and over gRPC.",
    )
    .argument(
      "<file>",
      "a .wasm module, oci://..., or a plugin's folder or .ts entry, which is built in memory",
    )
    .option("--port <port>", "where to listen; 0 for one that is free", whole(0, 65_535), 8080)
    .option("--grpc <port>", "serve it over gRPC too, there", whole(0, 65_535))
    .option("--host <address>", "other addresses than this machine's own want a token", "127.0.0.1")
    .option("--token-file <file>", "a file with the token that callers send; else MOULT_TOKEN")
    .option("--operator-token-file <file>", "the token of those who may also swap, roll back and look")
    .option(
      "--dashboard [open]",
      "a page for the browser, at /dashboard/, for operators, or open to this machine",
    )
    .option("--store <folder>", "keep its state and every call there")
    .addHelpText("after", HELP)
    .action(run(open));
};

/** @throws Failure for another word, and where nobody could look at it */
function dashboardOf({ dashboard: given, operatorTokenFile }: Options): Pick<HttpOptions, "dashboard"> {
  if (given === undefined) return {};
  const usage = (why: string) => new Failure(`could not serve a dashboard: ${why}`, { exit: EXIT.usage });
  if (given !== true && given !== "open")
    throw usage(`wanted --dashboard, or --dashboard open; found ${given}`);
  if (given === true && operatorTokenFile === undefined)
    throw usage("nobody could look at it; give --operator-token-file, or --dashboard open");
  return { dashboard: dashboard({ open: given === "open" }) };
}

/** @throws Failure for what cannot be listened with */
function transportOf<O>(over: (options: O) => Transport, options: O): Transport {
  try {
    return over(options);
  } catch (cause) {
    throw refused(cause);
  }
}

/** @throws Failure where it cannot listen */
function listening(plugin: Plugin, transport: Transport): Promise<Served> {
  return serveOver(plugin, transport).catch((cause) => Promise.reject(refused(cause)));
}

async function open(terminal: Terminal, file: string, options: Options): Promise<number> {
  const { port, host, store } = options;
  const token = await tokenOf(terminal, options.tokenFile);
  const operators = await operatorToken(terminal, options.operatorTokenFile);
  const tokens = [...(token === undefined ? [] : [token]), ...operators];
  const tls = await tlsOf(terminal, options);
  const shown = dashboardOf(options);
  const common = { host, ...tls, ...(tokens.length > 0 && { token: tokens }) };
  const transport = transportOf(http, { ...common, ...shown, port });
  const overGrpc =
    options.grpc === undefined ? undefined : transportOf(grpc, { ...common, port: options.grpc });
  const proofs = await demanded(terminal, options);
  const found = await pluginFile(terminal, file, "release", proofs.lock);
  await using reached = await reach(terminal, options);
  await using plugin = await openPlugin(terminal, found, {
    grant: reached.names,
    made: reached.grants,
    afterTrap: "restart",
    ...limitsOf(options),
    ...proofs,
    isolation: "worker",
    ...(store !== undefined && { store: directoryStore(resolve(terminal.cwd, store)) }),
  });
  await using served = await listening(plugin, transport);
  await using beside = overGrpc && (await listening(plugin, overGrpc));
  const { name, version } = plugin;
  const { url } = served;
  const page = shown.dashboard && `${url}dashboard/`;
  if (terminal.json)
    terminal.printRecord({
      plugin: name,
      version,
      url,
      ...(beside && { grpc: beside.url }),
      ...(page && { dashboard: page }),
    });
  else
    terminal.print(
      `${plain(name)} ${plain(version)} is served at ${url}${beside ? ` and ${beside.url}` : ""}`,
    );
  if (page && !terminal.json) terminal.say(`its dashboard is at ${page}`);
  await interrupted(terminal.signal);
  terminal.say("calls under way are answered, and no further one is taken");
  return EXIT.ok;
}
