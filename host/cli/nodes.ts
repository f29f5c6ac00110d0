/** `moult nodes`: which nodes there are in a fabric, and what they host. */
import { setTimeout } from "node:timers/promises";
import { type KeyedNode, keyedNodesIn, measuredOf } from "../keyed/mod.ts";
import { type HostedVersion, type Measured, type NodeReport, nodesIn } from "../release/mod.ts";
import type { Fabric } from "../remote/mod.ts";
import { EXIT } from "./failure.ts";
import { type FabricOptions, fabricOptions, openFabric } from "./given/fabric.ts";
import { count, heading, rows } from "./page/page.ts";
import type { Terminal } from "./terminal.ts";
import type { Verb } from "./verb.ts";

interface Options extends FabricOptions {
  readonly watch?: boolean;
}

const HELP = `
Of a node that has keys of a plugin (moult host --keyed) it shows how many, by their version; how many came from other
nodes, went to others, and were taken over from nodes that were gone; and how many epochs it began. With --watch it shows
their calls in a second, too.

Exit codes: 0 they were shown; 1 the fabric is away; 2 used wrongly.

Examples:
  moult nodes --fabric nats://127.0.0.1:4222
  moult nodes --watch
`;

export const nodes: Verb = (program, run) => {
  fabricOptions(program.command("nodes"))
    .summary("show the nodes of a fabric, and what they host")
    .description(
      "Shows each node that has reported itself: its versions and its keys, their calls, errors and latencies.",
    )
    .option("--watch", "show them again whenever something changes, until Ctrl-C")
    .addHelpText("after", HELP)
    .action(run(show));
};

/** Milliseconds between two looks. */
const PACE = 500;

async function show(terminal: Terminal, options: Options): Promise<number> {
  await using fabric = await openFabric(terminal, options);
  let before: readonly Shown[] = [];
  let told = "";
  for (;;) {
    const all = await shownIn(fabric, before);
    const facts = JSON.stringify(all.map(({ at: _, ...rest }) => rest));
    if (facts !== told) print(terminal, all, options.watch === true);
    told = facts;
    before = all;
    if (!options.watch || terminal.signal.aborted) return EXIT.ok;
    await setTimeout(PACE, undefined, { signal: terminal.signal }).catch(() => {});
    if (terminal.signal.aborted) return EXIT.ok;
  }
}

/** A node, with its keys where it has any. */
interface Shown extends NodeReport {
  readonly keyed?: Omit<KeyedNode, "node" | "at" | "interval" | "versions"> & {
    readonly measured: Measured;
    /** Calls in a second, since it was heard of before. */
    readonly rate?: number;
  };
}

/** A node with keys reports its versions, too, while a plan names several. @param before what was shown before */
async function shownIn(fabric: Fabric, before: readonly Shown[]): Promise<Shown[]> {
  const [hosts, keyed] = await Promise.all([nodesIn(fabric), keyedNodesIn(fabric)]);
  const others = hosts.filter(({ node }) => keyed.every((each) => each.node !== node));
  return [
    ...others,
    ...keyed.map(({ node, at, interval, versions, ...own }): Shown => {
      const host = hosts.find((each) => each.node === node);
      const measured = measuredOf({ versions });
      const known = before.find((each) => each.node === node);
      const calls = measured.calls - (known?.keyed?.measured.calls ?? 0);
      const rate = known?.keyed && (at > known.at ? (1_000 * calls) / (at - known.at) : known.keyed.rate);
      const shown = { ...own, measured, ...(rate !== undefined && { rate }) };
      return { node, at, interval, hosted: host?.hosted ?? [], plans: host?.plans ?? {}, keyed: shown };
    }),
  ];
}

function print(terminal: Terminal, all: readonly Shown[], watched: boolean): void {
  if (terminal.json) {
    if (watched) terminal.printRecord(all);
    else terminal.printJson(all);
    return;
  }
  if (all.length === 0) terminal.say("no node has reported itself; moult host makes one");
  for (const { node, at, interval, hosted, keyed } of all) {
    const silent = Date.now() - at;
    const gone = silent > 5 * interval ? `, not heard of for ${Math.round(silent / 1000)} s` : "";
    heading(terminal, `${node}${gone}`);
    if (keyed) rows(terminal, keysOf(keyed));
    rows(terminal, hosted.map(versionOf));
  }
}

function versionOf({ name, version, status, why, measured }: HostedVersion): readonly string[] {
  const [calls, errors, times] = sumsOf(measured);
  return [name, version, status, calls, errors, why ?? times];
}

function keysOf({
  name,
  keys,
  measured,
  rate,
  came,
  went,
  taken,
  epochs,
}: NonNullable<Shown["keyed"]>): (readonly string[])[] {
  const [calls, errors, times] = sumsOf(measured);
  const by = Object.entries(keys).sort(([a], [b]) => a.localeCompare(b, "en", { numeric: true }));
  const all = by.reduce((sum, [, each]) => sum + each, 0);
  const pace = rate === undefined ? "" : `${count(Math.round(rate))} a second, `;
  const moved = `${count(came)} came, ${count(went)} went, ${count(taken)} taken over, ${count(epochs)} epochs`;
  const versions = by.map(([version, each]) => `${version} ${count(each)}`).join(", ");
  return [
    [name, `${count(all)} keys`, versions],
    ["", "", moved],
    ["", calls, `${pace}${errors}${times && `, ${times}`}`],
  ];
}

function sumsOf({
  calls,
  errors,
  p50,
  p99,
}: Measured): readonly [calls: string, errors: string, times: string] {
  const failed = Object.values(errors).reduce((sum: number, each) => sum + (each ?? 0), 0);
  const times = p50 === undefined || p99 === undefined ? "" : `p50 ${ms(p50)}, p99 ${ms(p99)}`;
  return [`${count(calls)} calls`, `${count(failed)} errors`, times];
}

export function ms(time: number): string {
  return `${Number(time.toPrecision(3))} ms`;
}
