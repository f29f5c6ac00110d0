/** A fabric as a dashboard shows it: its plans, rollouts, callers and nodes, by what they write there. */
import { reason } from "../errors.ts";
import type { Change, Fabric, Watching } from "../fabric/fabric.ts";
import { keyedNodeSchema } from "../keyed/account.ts";
import { BEATS } from "../keyed/address.ts";
import { NODES, named, PLANS, ROLLOUTS } from "../release/address.ts";
import { abortRollout, promoteRollout, releasesOf, rollBack, startRollout } from "../release/mod.ts";
import { readPlan } from "../release/plans.ts";
import { readRecord } from "../release/record.ts";
import { type NodeReport, nodeSchema } from "../release/reports.ts";
import { readRollout } from "../release/rollouts.ts";
import type { Board, BoardLive, NodeLine, Operations, PluginView } from "./board.ts";
import { PluginWatch } from "./plugin-watch.ts";
import type { SplitWatch } from "./split-watch.ts";

/** Intervals after which a node that was not heard of counts as gone. */
const MISSED = 3;
/** Nodes that are told of, the plugin's own first. */
const SHOWN = 100;
/** Milliseconds for which a fault is told. */
const FRESH = 10_000;

interface Heard {
  readonly report: NodeReport;
  /** By our own clock. */
  readonly at: number;
}

export class FabricBoard implements Board {
  readonly title: string;
  readonly operations: Operations;
  readonly #fabric: Fabric;
  readonly #splits: readonly SplitWatch[];
  readonly #plugins = new Map<string, PluginWatch>();
  readonly #nodes = new Map<string, Heard>();
  #watchings: Watching[] = [];
  #fault: { readonly text: string; readonly at: number } | undefined;

  private constructor(fabric: Fabric, splits: readonly SplitWatch[]) {
    this.#fabric = fabric;
    this.#splits = splits;
    this.title = fabric.shown;
    this.operations = {
      releases: async (name) => (await releasesOf(fabric, name)).map(({ version }) => version),
      start: (name, options) => startRollout(fabric, name, options),
      promote: (name, full) => promoteRollout(fabric, name, { full }),
      abort: (name) => abortRollout(fabric, name, { why: "somebody aborted it in the dashboard" }),
      back: (name) => rollBack(fabric, name),
    };
  }

  /** @param splits of this process, which are shown beside it @throws PluginError those of the fabric */
  static async open(fabric: Fabric, splits: readonly SplitWatch[]): Promise<FabricBoard> {
    const board = new FabricBoard(fabric, splits);
    const watch = async (prefix: string, take: (change: Change) => void) => {
      const taking = (change: Change) => board.#try(() => take(change));
      board.#watchings.push(await fabric.kv.watch(prefix, taking));
    };
    try {
      await watch(PLANS, (change) => {
        const plan = "deleted" in change ? undefined : change;
        board.#of(change.key, PLANS)?.plan(plan && ((name) => readPlan(plan, name)));
      });
      await watch(ROLLOUTS, (change) => {
        const entry = "deleted" in change ? undefined : change;
        board.#of(change.key, ROLLOUTS)?.rollout(entry && ((name) => readRollout(entry, name)));
      });
      await watch(NODES, (change) => board.#node(change));
      await watch(BEATS, (change) => board.#beat(change));
    } catch (error) {
      board.close();
      throw error;
    }
    for (const each of board.#plugins.values()) each.found();
    return board;
  }

  async look(name: string | undefined, since: number): Promise<BoardLive> {
    const now = Date.now();
    for (const each of this.#plugins.values()) each.rest(now);
    const all = [...this.#plugins.values()].filter((each) => each.planned);
    const lines = [...all, ...this.#splits].map(({ line }) => line);
    const plugins = lines.sort((a, b) => (a.name < b.name ? -1 : 1));
    const wanted = plugins.some((each) => each.name === name) ? name : plugins[0]?.name;
    const fault = this.#fault && now - this.#fault.at < FRESH ? this.#fault.text : undefined;
    const plugin = wanted === undefined ? undefined : await this.#view(wanted, since, now);
    return {
      ...{ now, plugins, nodes: this.#counted(now) },
      ...(fault !== undefined && { fault }),
      ...(plugin && { plugin }),
    };
  }

  async #view(name: string, since: number, now: number): Promise<PluginView> {
    const split = this.#splits.find((each) => each.name === name);
    if (split) return split.view(since, now);
    const view = await this.#plugins.get(name)!.view(since, now, this.#live(now));
    return { ...view, ...this.#nodesOf(name, now, view.keyed !== undefined) };
  }

  /** A node of keyed instances reports there, too, while a plan names several versions. */
  #counted(now: number): BoardLive["nodes"] {
    const live = new Set(this.#live(now).map(({ node }) => node));
    for (const { keyed } of this.#plugins.values()) for (const node of keyed.live(now)) live.add(node);
    const gone = [...this.#nodes.values()].filter((each) => isGone(each, now)).length;
    return { live: live.size, gone };
  }

  close(): void {
    for (const each of this.#watchings) each.stop();
    for (const each of this.#plugins.values()) each.close();
    for (const each of this.#splits) each.close();
  }

  /** Who may write there may have written anything: what cannot be read is told, and passed over. */
  #try(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#failed(error);
    }
  }

  readonly #failed = (error: unknown): void => {
    this.#fault = { text: reason(error), at: Date.now() };
  };

  #of(key: string, prefix: string): PluginWatch | undefined {
    const name = named(key.slice(prefix.length));
    if (name === undefined) return undefined;
    const known = this.#plugins.get(name);
    if (known) return known;
    const watch = new PluginWatch(this.#fabric, name, this.#failed);
    this.#plugins.set(name, watch);
    return watch;
  }

  #node(change: Change): void {
    if ("deleted" in change) this.#nodes.delete(change.key);
    else {
      const report = readRecord(nodeSchema, change, `the record ${change.key}`);
      this.#nodes.set(change.key, { report, at: Date.now() });
    }
  }

  #beat(change: Change): void {
    const dot = change.key.lastIndexOf(".");
    const node = change.key.slice(dot + 1);
    const { keyed } = this.#of(change.key.slice(0, dot), BEATS) ?? {};
    if ("deleted" in change) keyed?.leave(node, Date.now());
    else {
      const report = readRecord(keyedNodeSchema, change, `the record ${change.key}`);
      keyed?.take({ ...report, node }, Date.now());
    }
  }

  #live(now: number): NodeReport[] {
    return [...this.#nodes.values()].filter((each) => !isGone(each, now)).map(({ report }) => report);
  }

  /** Of many, those that host the plugin. @param only whether the others are left out */
  #nodesOf(
    name: string,
    now: number,
    only: boolean,
  ): { readonly nodes: readonly NodeLine[]; readonly more: number } {
    let all = [...this.#nodes.values()].map((each): NodeLine => {
      const { node, hosted } = each.report;
      const own = hosted.filter((version) => version.name === name);
      return { node, silent: now - each.at, gone: isGone(each, now), hosted: own };
    });
    if (only) all = all.filter(({ hosted }) => hosted.length > 0);
    all.sort((a, b) => rank(a) - rank(b) || (a.node < b.node ? -1 : 1));
    return { nodes: all.slice(0, SHOWN), more: Math.max(0, all.length - SHOWN) };
  }
}

function isGone({ report, at }: Heard, now: number): boolean {
  return now - at > MISSED * report.interval;
}

/** Those that host it come first. */
function rank({ hosted }: NodeLine): number {
  return hosted.length > 0 ? 0 : 1;
}
