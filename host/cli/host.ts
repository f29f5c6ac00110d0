/** `moult host`: a node that hosts what is rolled out in a fabric. */
import { hostKeyed, type KeyedHostOptions } from "../keyed/mod.ts";
import { controlRollouts, hostReleases, type ReleaseHostOptions } from "../release/mod.ts";
import type { Fabric, HttpNodeOptions } from "../remote/mod.ts";
import { EXIT, Failure } from "./failure.ts";
import { type FabricOptions, fabricOptions, openFabric } from "./given/fabric.ts";
import { givenFile } from "./given/given-file.ts";
import { isolationFor } from "./given/isolation.ts";
import { type LimitOptions, limitOptions, limitsOf } from "./given/limits.ts";
import { logSink } from "./given/log-sink.ts";
import { namedGrants } from "./given/named-grants.ts";
import { type ReachOptions, reach, reachOptions } from "./given/reach.ts";
import { timeOf } from "./given/rollout-steps.ts";
import { whole } from "./given/whole.ts";
import { interrupted } from "./interrupted.ts";
import { plain } from "./plain.ts";
import type { Terminal } from "./terminal.ts";
import type { Verb } from "./verb.ts";

interface Options extends FabricOptions, LimitOptions, ReachOptions {
  readonly trust?: readonly string[];
  readonly keyed?: readonly string[];
  readonly host?: string;
  readonly port?: number;
  readonly url?: string;
  readonly drain?: number;
  readonly grace?: number;
  readonly maxCalls?: number;
  readonly maxInstances?: number;
  readonly idle?: number;
}

const HELP = `
Each version runs in a thread of its own, and comes back after a trap. The node makes the steps of rollouts, too.
With --keyed it has instances for keys of a plugin, with their state, and shares them with the other nodes; it hosts
other plugins only where they are named.

What plugins may reach is said as for "moult run" (--grant log, --config, --kv, --http), for all that the node hosts.

A node of a hub (http://…) is called at an address of its own: a free port of this machine alone, if none is said.

Ctrl-C and SIGTERM end it: calls under way are answered, no further one is taken, and its keys go to other nodes. Exit
code: 0.

Examples:
  moult host --fabric http://127.0.0.1:4900
  moult host titles --keyed visits --fabric http://hub.example:4900 --host 10.0.0.7 --token-file token.txt
  moult host visits --fabric nats://127.0.0.1:4222 --trust public.pem --deadline 1000
`;

export const host: Verb = (program, run) => {
  limitOptions(reachOptions(fabricOptions(program.command("host"))))
    .summary("host what is rolled out in a fabric")
    .description(
      "Loads the versions that plans name, answers their calls, and lets them go when no plan does.",
    )
    .argument("[names...]", "plugins; all, if none is said")
    .option(
      "--trust <file>",
      "a public key: versions that it did not sign are not loaded",
      (file: string, all: readonly string[] = []) => [...all, file],
    )
    .option(
      "--keyed <name>",
      "a plugin that has an instance for each key",
      (name: string, all: readonly string[] = []) => [...all, name],
    )
    .option("--host <address>", "where callers of a hub's node reach it; wants a token")
    .option("--port <port>", "and its port", whole(0, 65_535))
    .option("--url <url>", "and its URL, where that is another one: behind a proxy, say")
    .option(
      "--drain <time>",
      "that calls under way may take when a version or the node ends; else 10s",
      timeOf,
    )
    .option("--grace <time>", "for which callers may not know that a version goes; else 10s", timeOf)
    .option("--max-calls <calls>", "that are under way or wait; else 1,000", whole(1, 1e9))
    .option("--max-instances <keys>", "with --keyed: that live here at a time; else 1,000", whole(1, 1e9))
    .option(
      "--idle <time>",
      "with --keyed: without a call, after which a key's instance is closed; else 1m",
      timeOf,
    )
    .addHelpText("after", HELP)
    .action(run(open));
};

async function open(terminal: Terminal, names: readonly string[], options: Options): Promise<number> {
  const read = async (file: string) =>
    new TextDecoder().decode(await givenFile(terminal, file, "a public key"));
  const keys = await Promise.all((options.trust ?? []).map(read));
  await using fabric = await openFabric(terminal, { ...options, node: placeOf(options) });
  const { keyed = [], drain, grace, maxCalls, maxInstances, idle } = options;
  if (keyed.length === 0 && (maxInstances !== undefined || idle !== undefined))
    throw new Failure("--max-instances and --idle are for --keyed", { exit: EXIT.usage });
  await using reached = await reach(terminal, options);
  const named = namedGrants(
    reached.names,
    logSink((line) => terminal.say(line)),
  );
  const grant = [...reached.grants, ...named];
  const load = {
    ...limitsOf(options),
    ...(keys.length > 0 && { trust: { keys } }),
    ...(grant.length > 0 && { grant: [reached.grants, named] }),
  };
  const common = given({ drain, maxCalls });
  const hosts: AsyncDisposable[] = [];
  try {
    if (names.length > 0 || keyed.length === 0) {
      const own = { ...common, ...given({ grace }), ...(names.length > 0 && { names }), load };
      hosts.push(...(await hostVersions(terminal, fabric, own)));
    }
    const own = { ...common, ...given({ maxInstances, idle }), load: { ...isolationFor(grant), ...load } };
    for (const name of keyed) hosts.push(await hostKeys(terminal, fabric, name, own));
    await interrupted(terminal.signal);
    terminal.say("calls under way are answered, and no further one is taken");
    return EXIT.ok;
  } finally {
    await Promise.all(hosts.map((each) => each[Symbol.asyncDispose]()));
  }
}

/** Those that were said. */
function given<T extends object>(options: T): { [K in keyof T]?: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as never;
}

/** Where callers reach it; nothing where that was not said. */
function placeOf({ host: address, port, url }: Options): HttpNodeOptions | undefined {
  if (address === undefined && port === undefined && url === undefined) return undefined;
  return {
    ...(address !== undefined && { host: address }),
    ...(port !== undefined && { port }),
    ...(url !== undefined && { url }),
  };
}

function warning(terminal: Terminal): (error: unknown) => void {
  return (error) =>
    terminal.complain(
      `${terminal.style("yellow", "warning:")} ${plain(String((error as Error)?.message ?? error))}`,
    );
}

async function hostVersions(
  terminal: Terminal,
  fabric: Fabric,
  options: ReleaseHostOptions,
): Promise<AsyncDisposable[]> {
  const { names } = options;
  const node = await hostReleases(fabric, options);
  const controller = await controlRollouts(fabric, names ? { names } : {});
  node.on("fault", warning(terminal));
  controller.on("fault", warning(terminal));
  if (terminal.json) terminal.printRecord({ node: node.node, fabric: fabric.shown });
  else terminal.print(`node ${node.node} hosts in ${plain(fabric.shown)}`);
  let told = new Map<string, string>();
  node.on("version", ({ name, version, status, why }) => {
    if (told.get(`${name} ${version}`) === status) return;
    told = new Map([...told, [`${name} ${version}`, status]]);
    if (terminal.json) terminal.printRecord({ name, version, status, ...(why && { why }) });
    else terminal.print(`${plain(name)} ${plain(version)}: ${status}`);
  });
  return [controller, node];
}

async function hostKeys(
  terminal: Terminal,
  fabric: Fabric,
  name: string,
  options: KeyedHostOptions,
): Promise<AsyncDisposable> {
  const node = await hostKeyed(fabric, name, options);
  node.on("fault", warning(terminal));
  if (terminal.json) terminal.printRecord({ node: node.node, keyed: name, fabric: fabric.shown });
  else terminal.print(`node ${node.node} has keys of ${plain(name)} in ${plain(fabric.shown)}`);
  const tell = (is: string, key: string) => {
    if (terminal.json) terminal.printRecord({ keyed: name, key, is });
    else if (terminal.verbose) terminal.print(`${plain(name)} ${plain(key)}: ${is}`);
  };
  node.on("claim", ({ key }) => tell("here", key));
  node.on("end", ({ key }) => tell("gone", key));
  return node;
}
