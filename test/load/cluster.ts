/** What the nodes of a load are joined by: a hub in a process of its own, or a NATS server. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Fabric } from "../../host/fabric/fabric.ts";
import { natsFabric } from "../../host/nats/mod.ts";
import { changePlan, publish } from "../../host/release/mod.ts";
import { httpFabric } from "../../host/remote/mod.ts";
import { natsServer } from "../fabric/nats-server.ts";
import { ledger, NAME } from "./ledger.ts";
import { Process } from "./process.ts";

export type Engine = "http" | "nats";

export class Cluster {
  /** Of this run's files. */
  readonly folder = mkdtempSync(join(tmpdir(), "moult-load-"));
  readonly #closing: (() => unknown)[] = [() => rmSync(this.folder, { recursive: true, force: true })];
  #url = "";
  #fabric: Fabric | undefined;

  static async open(engine: Engine): Promise<Cluster> {
    const cluster = new Cluster();
    try {
      await cluster.#open(engine);
    } catch (error) {
      await cluster.close();
      throw error;
    }
    return cluster;
  }

  get fabric(): Fabric {
    return this.#fabric!;
  }

  /** Closes it with the cluster, before what was kept earlier. */
  keep<T extends { close(): unknown }>(one: T): T {
    this.#closing.push(() => one.close());
    return one;
  }

  /** Starts a node, and waits until it is ready. */
  async node(file: string, ...args: string[]): Promise<Process> {
    const node = new Process(file, this.#url, NAME, ...args);
    this.#closing.push(() => node.kill());
    await node.ready;
    return node;
  }

  async close(): Promise<void> {
    for (const each of this.#closing.splice(0).reverse()) await each();
  }

  async #open(engine: Engine): Promise<void> {
    if (engine === "nats") this.#url = this.keep(await natsServer()).url;
    else {
      const hub = new Process("hub.mjs");
      this.#closing.push(() => hub.kill());
      this.#url = String((await hub.ready).url);
    }
    this.#fabric = this.keep(
      await (engine === "nats" ? natsFabric(this.#url, { name: NAME }) : httpFabric(this.#url)),
    );
    for (const kind of ["first", "second"] as const) await publish(this.#fabric, await ledger(kind));
    await changePlan(this.#fabric, NAME, () => ({ "1.0.0": 100 }));
  }
}
