/** Nodes that host releases, each with a directory that its next process goes on with. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { FunctionsOf } from "../../host/mod.ts";
import { load } from "../../host/mod.ts";
import { directoryStore } from "../../host/node/mod.ts";
import { callReleases, type ReleaseCallerOptions } from "../../host/release/mod.ts";
import type { Cluster } from "./cluster.ts";
import { Ledger, ledger, Made, NAME } from "./ledger.ts";
import { TIMEOUT } from "./part.ts";
import type { Process } from "./process.ts";

export class ReleaseNodes {
  readonly #cluster: Cluster;
  readonly #nodes: Process[] = [];

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  static async start(cluster: Cluster, count: number): Promise<ReleaseNodes> {
    const nodes = new ReleaseNodes(cluster);
    await Promise.all(Array.from({ length: count }, (_, slot) => nodes.begin(slot)));
    return nodes;
  }

  get slots(): readonly number[] {
    return [...this.#nodes.keys()];
  }

  /** @returns once the node serves */
  async begin(slot: number): Promise<void> {
    this.#nodes[slot] = await this.#cluster.node("release-node.mjs", this.#folder(slot));
  }

  /** Lets its calls end. @returns how it ended */
  stop(slot: number): Promise<string> {
    return this.#nodes[slot]!.stop();
  }

  kill(slot: number): Promise<string> {
    return this.#nodes[slot]!.kill();
  }

  caller(options?: ReleaseCallerOptions<FunctionsOf<typeof Ledger>>) {
    return callReleases(this.#cluster.fabric, Ledger, NAME, { timeout: TIMEOUT, ...options });
  }

  /** Stops all nodes. @returns what their directories say of the calls, by a recovery of each */
  async made(): Promise<Made> {
    await Promise.all(this.#nodes.map((each) => each.stop()));
    const modules = { "1.0.0": await ledger("first"), "2.0.0": await ledger("second") };
    const made = new Made();
    for (const slot of this.slots) {
      for (const version of readdirSync(this.#folder(slot)) as (keyof typeof modules)[]) {
        const store = directoryStore(join(this.#folder(slot), version));
        const plugin = await load(Ledger, modules[version], { store });
        made.add(await plugin.call.times());
        await plugin.close();
      }
    }
    return made;
  }

  #folder(slot: number): string {
    return join(this.#cluster.folder, String(slot));
  }
}
