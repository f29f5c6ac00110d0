/**
 * One node of all looks after what is everybody's: it says which plan all callers know, and deletes what those left
 * behind who are gone. If each node listened to every caller, there would be a message for each pair of them.
 */
import * as z from "zod/mini";
import type { Fabric } from "../fabric/fabric.ts";
import { after, type Timers } from "../timer.ts";
import { CALLERS, callersKey, knownKey, NODES, STEWARD } from "./address.ts";
import { LEASE, Lease } from "./lease.ts";
import type { Plan } from "./plan.ts";
import { Presence } from "./presence.ts";
import { readRecord, recordBytes } from "./record.ts";
import { type CallerReport, callerSchema, type NodeReport, nodeSchema } from "./reports.ts";

export interface StewardOptions {
  readonly timers: Timers;
  /** The plans of the plugins whose callers it knows of, though there are none. */
  readonly plans: ReadonlyMap<string, Plan>;
  readonly onFault: (error: unknown) => void;
}

const knownSchema = z.object({ revision: z.int().check(z.nonnegative()) });

/** The last plan of a plugin that all of its callers know, as far as it was said. @throws PluginError those of the fabric */
export async function knownIn(fabric: Fabric, name: string): Promise<number> {
  const entry = await fabric.kv.get(knownKey(name));
  return entry ? readRecord(knownSchema, entry, `what callers of ${name} know`).revision : 0;
}

export class Steward {
  readonly #fabric: Fabric;
  readonly #options: StewardOptions;
  readonly #lease: Lease;
  readonly #said = new Map<string, number>();
  #nodes: Presence<NodeReport> | undefined;
  #callers: Presence<CallerReport> | undefined;
  #clear = () => {};
  #ended = false;
  #looking: Promise<void> | undefined;

  constructor(fabric: Fabric, options: StewardOptions) {
    this.#fabric = fabric;
    this.#options = options;
    this.#lease = new Lease(fabric, STEWARD, options.timers);
  }

  start(): void {
    this.#looking = this.#look()
      .catch(this.#options.onFault)
      .then(() => {
        if (this.#ended) return;
        const { timers } = this.#options;
        this.#clear = after(LEASE, () => this.start(), { name: "interval", unref: true, timers });
      });
  }

  async end(): Promise<void> {
    this.#ended = true;
    this.#clear();
    await this.#looking;
    this.#rest();
    await this.#lease.end().catch(this.#options.onFault);
  }

  async #look(): Promise<void> {
    if (!(await this.#lease.look())) return this.#rest();
    const { timers, onFault } = this.#options;
    const watched = { timers, onFault };
    this.#nodes ??= await Presence.watch(this.#fabric, { ...watched, prefix: NODES, schema: nodeSchema });
    this.#callers ??= await Presence.watch(this.#fabric, {
      ...watched,
      prefix: CALLERS,
      schema: callerSchema,
    });
    for (const [name, revision] of this.#known(this.#callers.live)) {
      if (this.#said.get(name) === revision) continue;
      await this.#fabric.kv.put(knownKey(name), recordBytes({ revision }));
      this.#said.set(name, revision);
    }
    await Promise.all([this.#nodes.forget(), this.#callers.forget()]);
  }

  /** The oldest plan that somebody calls by, for each plugin. */
  #known(callers: ReadonlyMap<string, CallerReport>): Map<string, number> {
    const oldest = new Map<string, number>();
    for (const [key, { revision }] of callers) {
      const prefix = key.slice(0, key.indexOf(".") + 1);
      oldest.set(prefix, Math.min(revision, oldest.get(prefix) ?? revision));
    }
    const known = new Map<string, number>();
    for (const [name, { revision }] of this.#options.plans) {
      const prefix = callersKey(name).slice(CALLERS.length);
      known.set(name, Math.min(revision, oldest.get(prefix) ?? revision));
    }
    return known;
  }

  #rest(): void {
    for (const each of [this.#nodes, this.#callers]) each?.stop();
    this.#nodes = undefined;
    this.#callers = undefined;
    this.#said.clear();
  }
}
