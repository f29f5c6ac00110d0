/** `moult host`: a node that hosts what is rolled out in a fabric. */
import { controlRollouts, hostReleases } from "../release/mod.ts";
import { EXIT } from "./failure.ts";
import { type FabricOptions, fabricOptions, openFabric } from "./given/fabric.ts";
import { givenFile } from "./given/given-file.ts";
import { type LimitOptions, limitOptions, limitsOf } from "./given/limits.ts";
import { interrupted } from "./interrupted.ts";
import { plain } from "./plain.ts";
import type { Terminal } from "./terminal.ts";
import type { Verb } from "./verb.ts";

interface Options extends FabricOptions, LimitOptions {
  readonly trust?: readonly string[];
}

const HELP = `
Each version runs in a thread of its own, and comes back after a trap. The node makes the steps of rollouts, too.

Ctrl-C and SIGTERM end it: calls under way are answered, and no further one is taken. Exit code: 0.

Examples:
  moult host --fabric nats://127.0.0.1:4222
  moult host visits --fabric nats://127.0.0.1:4222 --trust public.pem --deadline 1000
`;

export const host: Verb = (program, run) => {
  limitOptions(fabricOptions(program.command("host")))
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
    .addHelpText("after", HELP)
    .action(run(open));
};

async function open(terminal: Terminal, names: readonly string[], options: Options): Promise<number> {
  const read = async (file: string) =>
    new TextDecoder().decode(await givenFile(terminal, file, "a public key"));
  const keys = await Promise.all((options.trust ?? []).map(read));
  await using fabric = await openFabric(terminal, options);
  const load = { ...limitsOf(options), ...(keys.length > 0 && { trust: { keys } }) };
  const only = names.length > 0 ? { names } : {};
  await using node = await hostReleases(fabric, { ...only, load });
  await using controller = await controlRollouts(fabric, only);
  const fault = (error: unknown) =>
    terminal.complain(
      `${terminal.style("yellow", "warning:")} ${plain(String((error as Error)?.message ?? error))}`,
    );
  node.on("fault", fault);
  controller.on("fault", fault);
  if (terminal.json) terminal.printRecord({ node: node.node, fabric: fabric.shown });
  else terminal.print(`node ${node.node} hosts in ${plain(fabric.shown)}`);
  let told = new Map<string, string>();
  node.on("version", ({ name, version, status, why }) => {
    if (told.get(`${name} ${version}`) === status) return;
    told = new Map([...told, [`${name} ${version}`, status]]);
    if (terminal.json) terminal.printRecord({ name, version, status, ...(why && { why }) });
    else terminal.print(`${plain(name)} ${plain(version)}: ${status}`);
  });
  await interrupted(terminal.signal);
  terminal.say("calls under way are answered, and no further one is taken");
  return EXIT.ok;
}
