/** `moult nodes`: which nodes there are in a fabric, and what they host. */
import { type NodeReport, nodesIn } from "../release/mod.ts";
import { EXIT } from "./failure.ts";
import { type FabricOptions, fabricOptions, openFabric } from "./given/fabric.ts";
import { count, heading, rows } from "./page/page.ts";
import type { Terminal } from "./terminal.ts";
import type { Verb } from "./verb.ts";

interface Options extends FabricOptions {
  readonly watch?: boolean;
}

const HELP = `
Exit codes: 0 they were shown; 1 the fabric is away; 2 used wrongly.

Examples:
  moult nodes --fabric nats://127.0.0.1:4222
  moult nodes --watch
`;

export const nodes: Verb = (program, run) => {
  fabricOptions(program.command("nodes"))
    .summary("show the nodes of a fabric, and what they host")
    .description("Shows each node that has reported itself: its versions, their calls, errors and latencies.")
    .option("--watch", "show them again whenever something changes, until Ctrl-C")
    .addHelpText("after", HELP)
    .action(run(show));
};

/** Milliseconds between two looks. */
const PACE = 500;

async function show(terminal: Terminal, options: Options): Promise<number> {
  await using fabric = await openFabric(terminal, options);
  let before = "";
  for (;;) {
    const all = await nodesIn(fabric);
    const facts = JSON.stringify(all.map(({ at: _, ...rest }) => rest));
    if (facts !== before) print(terminal, all, options.watch === true);
    before = facts;
    if (!options.watch || terminal.signal.aborted) return EXIT.ok;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, PACE);
      terminal.signal.addEventListener(
        "abort",
        () => {
          clearTimeout(timer);
          resolve();
        },
        { once: true },
      );
    });
    if (terminal.signal.aborted) return EXIT.ok;
  }
}

function print(terminal: Terminal, all: readonly NodeReport[], watched: boolean): void {
  if (terminal.json) {
    if (watched) terminal.printRecord(all);
    else terminal.printJson(all);
    return;
  }
  if (all.length === 0) terminal.say("no node has reported itself; moult host makes one");
  for (const { node, at, interval, hosted } of all) {
    const silent = Date.now() - at;
    const gone = silent > 5 * interval ? `, not heard of for ${Math.round(silent / 1000)} s` : "";
    heading(terminal, `${node}${gone}`);
    rows(
      terminal,
      hosted.map(({ name, version, status, why, measured: { calls, errors, p50, p99 } }) => {
        const failed = Object.values(errors).reduce((sum: number, each) => sum + (each ?? 0), 0);
        const times = p50 === undefined || p99 === undefined ? "" : `p50 ${ms(p50)}, p99 ${ms(p99)}`;
        return [name, version, status, `${count(calls)} calls`, `${count(failed)} errors`, why ?? times];
      }),
    );
  }
}

export function ms(time: number): string {
  return `${Number(time.toPrecision(3))} ms`;
}
