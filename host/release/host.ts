/** A node: it hosts the versions that the plans of a fabric name, and answers their calls. */
import type { Change, Fabric, Watching } from "../fabric/fabric.ts";
import { load } from "../load.ts";
import { checkAmount, optionsOf } from "../option.ts";
import { randomName } from "../random-name.ts";
import { after, checkTime, type Timers } from "../timer.ts";
import { named, nodeKey, PLANS, planKey } from "./address.ts";
import { Beat } from "./beat.ts";
import { Hosted, type HostedOptions, type HostingOptions, type Loader } from "./hosted.ts";
import { checkInterval, ENGINE } from "./intervals.ts";
import { Notices } from "./notices.ts";
import { type Plan, stableOf } from "./plan.ts";
import { readPlan } from "./plans.ts";
import type { Release } from "./release.ts";
import type { HostedVersion, NodeReport } from "./reports.ts";
import { knownIn, Steward } from "./steward.ts";

export interface ReleaseHostOptions {
  /** The plugins that are hosted. @default all that have a plan */
  readonly names?: readonly string[];
  /**
   * How each version is loaded: grants, limits, trust, a store.
   * @default in a thread of its own, with a deadline for each call; fresh after a trap; nothing granted
   */
  readonly load?: HostedOptions | ((release: Release) => HostedOptions);
  /** Milliseconds that calls under way may take to end when a version or the node does. @default 10_000 */
  readonly drain?: number;
  /**
   * Milliseconds for which a version that the plan no longer names is kept for callers who have not reported that they
   * know.
   * @default 10_000
   */
  readonly grace?: number;
  /** Milliseconds between two reports of this node. @default 1_000 */
  readonly interval?: number;
  /** Calls of one version that are under way or wait, at most. @default 1_000 */
  readonly maxCalls?: number;
  /** Bytes of memory that the arguments of a call may take. @default 16_777_216 */
  readonly maxBytes?: number;
  /** Where time comes from. @default the engine's */
  readonly timers?: Timers;
}

export interface ReleaseHostEvents {
  /** A version is loaded, serves, failed or ends. */
  readonly version: HostedVersion;
  /** What could not be done now, and is tried again: the engine is away, a version cannot be loaded. */
  readonly fault: unknown;
}

/** A node of a fabric. */
export interface ReleaseHost extends AsyncDisposable {
  /** Its name in the fabric. */
  readonly node: string;
  readonly hosted: readonly HostedVersion[];
  /** Adds a listener. @returns a function that removes it */
  on<K extends keyof ReleaseHostEvents & string>(
    type: K,
    listener: (event: ReleaseHostEvents[K]) => void,
  ): () => void;
  /** Takes no more calls, lets those under way end, and closes its plugins. The fabric stays open. */
  close(): Promise<void>;
}

/**
 * Hosts what the plans of a fabric name: loads each version, checks its digest, answers its calls, and lets it go when
 * no plan names it and its callers know.
 *
 * @throws PluginError `argument`; those of the fabric
 * @example const host = await hostReleases(fabric, { load: { trust: { keys: [key] } } });
 */
export async function hostReleases(fabric: Fabric, options?: ReleaseHostOptions): Promise<ReleaseHost> {
  return openHost(fabric, optionsOf(options, "hostReleases"), load);
}

/** The same with plugins that are made otherwise, for simulations. */
export async function openHost(
  fabric: Fabric,
  options: ReleaseHostOptions,
  loader: Loader,
): Promise<ReleaseHost> {
  const host = new Host(fabric, options, loader);
  try {
    await host.open();
  } catch (error) {
    await host.close();
    throw error;
  }
  return host;
}

class Host implements ReleaseHost {
  readonly node = randomName();
  readonly #fabric: Fabric;
  readonly #names: ReadonlySet<string> | undefined;
  readonly #grace: number;
  readonly #timers: Timers;
  readonly #options: HostingOptions;
  readonly #notices = new Notices<ReleaseHostEvents>("a node", ["version", "fault"]);
  readonly on = this.#notices.on;
  readonly #plans = new Map<string, Plan>();
  readonly #hosted = new Set<Hosted>();
  readonly #beat: Beat;
  readonly #steward: Steward;
  /** The last plan of each plugin that all of its callers know. */
  readonly #known = new Map<string, number>();
  #watching: Watching | undefined;
  #clear = () => {};
  #closing: Promise<void> | undefined;

  constructor(fabric: Fabric, options: ReleaseHostOptions, loader: Loader) {
    const { names, load: given = {}, drain = 10_000, grace = 10_000, interval = 1_000 } = options;
    const { maxCalls = 1_000, maxBytes = 2 ** 24, timers = ENGINE } = options;
    checkTime(drain, "drain");
    checkTime(grace, "grace");
    checkInterval(interval);
    checkAmount(maxCalls, "maxCalls", "a number of calls");
    checkAmount(maxBytes, "maxBytes", "a number of bytes");
    this.#fabric = fabric;
    this.#names = names && new Set(names);
    this.#grace = grace;
    this.#timers = timers;
    const onFault = this.#notices.fault;
    const optionsOf = typeof given === "function" ? given : () => given;
    const onChange = () => void this.#beat.now();
    this.#options = {
      node: this.node,
      optionsOf,
      loader,
      drain,
      maxCalls,
      maxBytes,
      timers,
      onChange,
      onFault,
    };
    const record = (): NodeReport => ({
      node: this.node,
      at: Date.now(),
      interval,
      hosted: this.hosted,
      plans: Object.fromEntries([...this.#plans].map(([name, { revision }]) => [name, revision])),
    });
    this.#beat = new Beat(fabric, { key: nodeKey(this.node), interval, timers, record, onFault });
    this.#steward = new Steward(fabric, { timers, plans: this.#plans, onFault });
  }

  get hosted(): readonly HostedVersion[] {
    return [...this.#hosted].map((each) => each.report);
  }

  async open(): Promise<void> {
    const only = this.#names?.size === 1 ? [...this.#names][0] : undefined;
    const prefix = only === undefined ? PLANS : planKey(only);
    this.#watching = await this.#fabric.kv.watch(prefix, (change) => this.#take(change));
    await this.#beat.now();
    this.#steward.start();
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #take(change: Change): void {
    const name = named(change.key.slice(PLANS.length));
    if (this.#closing || name === undefined || (this.#names && !this.#names.has(name))) return;
    if ("deleted" in change) this.#follow(name, undefined, change.revision);
    else {
      try {
        this.#follow(name, readPlan(change, name), change.revision);
      } catch (error) {
        // What cannot be read changes nothing: the last plan holds.
        this.#options.onFault(error);
      }
    }
  }

  /** Hosts what the plan names, from now on, and lets go of what it does not. */
  #follow(name: string, plan: Plan | undefined, revision: number): void {
    if (plan) this.#plans.set(name, plan);
    else this.#plans.delete(name);
    const wanted = new Set(plan?.split.map((each) => each.version));
    const until = this.#timers.now() + this.#grace;
    for (const each of this.#hosted) {
      if (each.name !== name) continue;
      if (each.ending) continue;
      if (wanted.delete(each.version)) each.leaving = undefined;
      else each.leaving ??= { revision, until };
    }
    for (const version of wanted) this.#host(name, version);
    for (const each of this.#hosted)
      if (each.name === name) each.mirror(plan && each.version === stableOf(plan) ? plan.mirror : undefined);
    void this.#beat.now();
    this.#sweep();
  }

  #host(name: string, version: string): void {
    const hosted: Hosted = new Hosted(
      this.#fabric,
      { name, version },
      {
        ...this.#options,
        onChange: () => {
          this.#notices.emit("version", hosted.report);
          this.#options.onChange();
        },
      },
    );
    this.#hosted.add(hosted);
    hosted.start();
  }

  /** Ends the versions whose callers all know that the plan does not name them, or had the time to. */
  #sweep(): void {
    this.#clear();
    let soonest = Number.POSITIVE_INFINITY;
    for (const each of this.#hosted) {
      const { leaving } = each;
      if (!leaving || each.ending) continue;
      const left = leaving.until - this.#timers.now();
      const known = this.#known.get(each.name) ?? 0;
      if (left > 0 && known < leaving.revision) soonest = Math.min(soonest, left, LOOK);
      else void this.#end(each);
    }
    if (this.#closing) return;
    const again = () => void this.#ask().then(() => this.#sweep());
    this.#clear = after(soonest, again, { name: "grace", unref: true, timers: this.#timers });
  }

  /** What the callers know of the plugins that have a version which is to go. */
  async #ask(): Promise<void> {
    const names = new Set([...this.#hosted].flatMap(({ name, leaving }) => (leaving ? name : [])));
    for (const name of names) {
      try {
        this.#known.set(name, await knownIn(this.#fabric, name));
      } catch (error) {
        this.#options.onFault(error);
      }
    }
  }

  async #end(hosted: Hosted): Promise<void> {
    await hosted.stop();
    this.#hosted.delete(hosted);
    await this.#beat.now();
  }

  async #close(): Promise<void> {
    this.#clear();
    this.#watching?.stop();
    await Promise.all([this.#steward.end(), ...[...this.#hosted].map((each) => each.stop())]);
    this.#hosted.clear();
    await this.#beat.end();
  }
}

/** Milliseconds between two looks at what callers know, while a version is to go. */
const LOOK = 500;
