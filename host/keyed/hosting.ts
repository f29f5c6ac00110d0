/** Which versions a node of keyed instances can host: each that a plan names beside others is loaded once, to see it. */
import { reason } from "../errors.ts";
import type { Fabric } from "../fabric/fabric.ts";
import { nodeKey } from "../release/address.ts";
import type { Plan } from "../release/plan.ts";
import type { HostedVersion, NodeReport, Status } from "../release/reports.ts";
import { Measures } from "../remote/measures.ts";
import { after, type Timers } from "../timer.ts";
import { Reports } from "./reports.ts";
import type { Versions } from "./versions.ts";

export interface HostingOptions {
  readonly name: string;
  readonly node: string;
  /** Milliseconds between two reports. */
  readonly interval: number;
  readonly timers: Timers;
  readonly versions: Versions;
  readonly onFault: (error: unknown) => void;
}

/** Milliseconds before a version that could not be loaded is tried again: each time twice as many. */
const [AGAIN, LONGEST] = [1_000, 60_000];
/** Characters of a reason. */
const MOST = 1_000;

interface Tried {
  status: Status;
  why?: string;
  /** Cancels the next attempt. */
  clear(): void;
}

export class Hosting {
  readonly #options: HostingOptions;
  readonly #reports: Reports;
  readonly #tried = new Map<string, Tried>();
  #plan: Plan | undefined;

  constructor(fabric: Fabric, options: HostingOptions) {
    const { node, interval, timers, onFault } = options;
    this.#options = options;
    const record = (): NodeReport => ({
      ...{ node, at: Date.now(), interval, hosted: this.#hosted() },
      plans: { [options.name]: this.#plan!.revision },
    });
    this.#reports = new Reports(fabric, { key: nodeKey(node), interval, timers, record, onFault });
  }

  follow(plan: Plan): void {
    this.#plan = plan;
    const several = plan.split.length > 1 ? plan.split.map(({ version }) => version) : [];
    for (const [version, { clear }] of this.#tried) {
      if (several.includes(version)) continue;
      clear();
      this.#tried.delete(version);
    }
    for (const version of several) if (!this.#tried.has(version)) this.#begin(version);
    this.#reports.follow(plan);
  }

  /** Counts a call of a version. */
  record(version: string, milliseconds: number, error?: unknown): void {
    this.#reports.record(version, milliseconds, error);
  }

  end(): Promise<void> {
    for (const { clear } of this.#tried.values()) clear();
    this.#tried.clear();
    return this.#reports.end();
  }

  #hosted(): HostedVersion[] {
    const { name } = this.#options;
    return [...this.#tried].map(([version, { status, why }]) => {
      const { measured } = this.#reports.measures.get(version) ?? new Measures();
      return { name, version, status, ...(why !== undefined && { why }), measured };
    });
  }

  #begin(version: string): void {
    const tried: Tried = { status: "loading", clear: () => {} };
    this.#tried.set(version, tried);
    void this.#try(version, tried, AGAIN);
  }

  async #try(version: string, tried: Tried, wait: number): Promise<void> {
    const { versions, timers, onFault } = this.#options;
    try {
      const plugin = await versions.load(version);
      await plugin.close({ drain: 0 });
      tried.status = "serving";
      delete tried.why;
    } catch (error) {
      onFault(error);
      tried.status = "failed";
      tried.why = reason(error).slice(0, MOST);
      if (this.#tried.get(version) !== tried) return;
      const again = () => void this.#try(version, tried, Math.min(LONGEST, 2 * wait));
      tried.clear = after(wait, again, { name: "again", unref: true, timers });
    }
    this.#reports.now();
  }
}
