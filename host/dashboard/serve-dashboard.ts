/** A page for the browser of a whole fabric, or of a split: which versions get which calls, and how they do. */

import { turn } from "../awaitable.ts";
import type { Fabric } from "../fabric/fabric.ts";
import { isGroup, misfit } from "../option.ts";
import { closedOnce } from "../remote/closed-once.ts";
import type { HttpTransport } from "../remote/http.ts";
import type { Board } from "./board.ts";
import { boardSite } from "./board-site.ts";
import { type DashboardOptions, isOpenTo } from "./dashboard-options.ts";
import { FabricBoard } from "./fabric-board.ts";
import { FOLDER } from "./page-files.ts";
import { SplitBoard } from "./split-board.ts";
import { type ShownSplit, SplitWatch } from "./split-watch.ts";

/** A dashboard that is served. */
export interface ServedDashboard extends AsyncDisposable {
  /** Where the page is. */
  readonly url: string;
  /** Stops listening. What it showed stays open. */
  close(): Promise<void>;
}

/**
 * Serves a page of everything that is rolled out in a fabric: plans and their shares, rollouts with their steps and
 * what they are judged by, calls, errors and latencies of each version, nodes; with buttons to roll out, promote, abort
 * and roll back for who enters a token that may. Of a `split` of this process it shows the shares and the calls.
 *
 * @param of a fabric, a split, or several splits with or without a fabric
 * @param transport its tokens want the verb `status` to look, `swap` to roll out and promote, `rollback` to abort and
 * to roll back
 * @throws PluginError `argument`; `unavailable` where it cannot listen; those of the fabric
 * @example const shown = await serveDashboard(fabric, http({ port: 8090, token: operators }));
 */
export async function serveDashboard(
  of: Fabric | ShownSplit | readonly (Fabric | ShownSplit)[],
  transport: HttpTransport,
  options: DashboardOptions = {},
): Promise<ServedDashboard> {
  const open = isOpenTo(options);
  if (typeof transport?.show !== "function")
    throw misfit(transport, "the transport of a dashboard", "http({ port: 8090, token })");
  const board = await boardOf(of);
  const site = boardSite(board);
  const listening = await transport.show(site, open).catch((error: unknown) => {
    board.close();
    throw error;
  });
  const end = async () => {
    site.end();
    board.close();
    await listening.stop();
    await turn();
    listening.cut();
  };
  return closedOnce(`${listening.url}${FOLDER.slice(1)}`, end);
}

/** @throws PluginError `argument`; those of the fabric */
async function boardOf(of: unknown): Promise<Board> {
  const all: readonly unknown[] = Array.isArray(of) ? of : [of];
  const fabrics = all.filter(isFabric);
  const splits = all.filter(isSplit);
  if (all.length === 0 || fabrics.length > 1 || fabrics.length + splits.length < all.length)
    throw misfit(
      of,
      "what a dashboard shows",
      "a fabric, what split() made, or a list of those with one fabric at most",
    );
  const twice = splits.find(({ name }, i) => splits.findIndex((each) => each.name === name) < i);
  if (twice) throw misfit(twice.name, "the name of a second split", "a name of its own: split(…, { name })");
  const watches = splits.map((each) => new SplitWatch(each));
  const [fabric] = fabrics;
  return fabric ? FabricBoard.open(fabric, watches) : new SplitBoard(watches);
}

function isFabric(given: unknown): given is Fabric {
  return isGroup(given) && isGroup((given as Partial<Fabric>).kv);
}

function isSplit(given: unknown): given is ShownSplit {
  return isGroup(given) && typeof (given as Partial<ShownSplit>).tallies === "function";
}
