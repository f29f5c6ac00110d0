/**
 * A controller: it makes the steps of rollouts. All that it knows is in the fabric, so it may end at any moment, and
 * another goes on; several do no harm, since each change is made by who saw the last one.
 */
import type { Fabric, Watching } from "../fabric/fabric.ts";
import { optionsOf } from "../option.ts";
import type { Measured } from "../remote/measures.ts";
import { after, type Timers } from "../timer.ts";
import { callersKey, conductorKey, NODES, named, ROLLOUTS, rolloutKey } from "./address.ts";
import { checkInterval, ENGINE } from "./intervals.ts";
import { LEASE, Lease } from "./lease.ts";
import { mirroringOf } from "./mirroring.ts";
import { Notices } from "./notices.ts";
import { keepPlan } from "./planned.ts";
import { Presence } from "./presence.ts";
import { recordBytes } from "./record.ts";
import { Reported } from "./reported.ts";
import { type CallerReport, callerSchema, type NodeReport, nodeSchema } from "./reports.ts";
import { advance, type Facts, isOpen, to as toPhase } from "./rollout.ts";
import type { Rollout } from "./rollout-record.ts";
import { readRollout } from "./rollouts.ts";

export interface ControllerOptions {
  /** The plugins whose rollouts it makes. @default all */
  readonly names?: readonly string[];
  /** Milliseconds between two looks. @default 250 */
  readonly interval?: number;
  /** The time of day, in milliseconds: rollouts outlive processes. @default Date.now */
  readonly date?: () => number;
  /** Where time comes from. @default the engine's */
  readonly timers?: Timers;
}

export interface ControllerEvents {
  /** A rollout is somewhere else than before. */
  readonly rollout: { readonly name: string; readonly rollout: Rollout };
  /** What the calls of both versions came to since the weight changed, at each look. */
  readonly measured: { readonly name: string; readonly fresh: Measured; readonly stable: Measured };
  /** What could not be done now, and is tried again. */
  readonly fault: unknown;
}

/** Makes the steps of rollouts until it is closed. */
export interface Controller extends AsyncDisposable {
  /** Adds a listener. @returns a function that removes it */
  on<K extends keyof ControllerEvents & string>(
    type: K,
    listener: (event: ControllerEvents[K]) => void,
  ): () => void;
  /** Rollouts stay where they are, and go on with the next controller. */
  close(): Promise<void>;
}

/**
 * Makes the steps of the rollouts in a fabric.
 *
 * @throws PluginError `argument`; those of the fabric
 * @example await using controller = await controlRollouts(fabric);
 */
export async function controlRollouts(fabric: Fabric, options?: ControllerOptions): Promise<Controller> {
  const control = new Control(fabric, optionsOf(options, "controlRollouts"));
  try {
    await control.open();
  } catch (error) {
    await control.close();
    throw error;
  }
  return control;
}

class Control implements Controller {
  readonly #fabric: Fabric;
  readonly #names: ReadonlySet<string> | undefined;
  readonly #interval: number;
  readonly #date: () => number;
  readonly #timers: Timers;
  readonly #notices = new Notices<ControllerEvents>("a controller", ["rollout", "measured", "fault"]);
  readonly #conducted = new Map<string, Conducted>();
  #watching: Watching | undefined;
  #heard = false;
  #closed = false;

  constructor(fabric: Fabric, options: ControllerOptions) {
    const { names, interval = 250, date = Date.now, timers = ENGINE } = options;
    checkInterval(interval);
    this.#fabric = fabric;
    this.#names = names && new Set(names);
    this.#interval = interval;
    this.#date = date;
    this.#timers = timers;
  }

  async open(): Promise<void> {
    this.#watching = await this.#fabric.kv.watch(ROLLOUTS, ({ key }) => {
      const name = named(key.slice(ROLLOUTS.length));
      if (name === undefined || this.#closed || (this.#names && !this.#names.has(name))) return;
      const known = this.#conducted.get(name) ?? this.#conduct(name);
      known.wake();
    });
  }

  on<K extends keyof ControllerEvents & string>(
    type: K,
    listener: (event: ControllerEvents[K]) => void,
  ): () => void {
    const off = this.#notices.on(type, listener);
    this.#heard ||= type === "measured";
    return off;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#watching?.stop();
    await Promise.all([...this.#conducted.values()].map((each) => each.end()));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #conduct(name: string): Conducted {
    const one = new Conducted(this.#fabric, name, {
      date: this.#date,
      timers: this.#timers,
      interval: this.#interval,
      isHeard: () => this.#heard,
      notices: this.#notices,
      onFault: this.#notices.fault,
    });
    this.#conducted.set(name, one);
    return one;
  }
}

interface ConductedOptions {
  readonly date: () => number;
  readonly timers: Timers;
  readonly interval: number;
  /** Whether somebody wants to know what the calls come to. */
  readonly isHeard: () => boolean;
  readonly notices: Notices<ControllerEvents>;
  readonly onFault: (error: unknown) => void;
}

/** The rollouts of one plugin. */
class Conducted {
  readonly #fabric: Fabric;
  readonly #name: string;
  readonly #options: ConductedOptions;
  /** Of several controllers one makes the steps; the others only look whether it is there. */
  readonly #lease: Lease;
  #nodes: Presence<NodeReport> | undefined;
  #callers: Presence<CallerReport> | undefined;
  /** Since the weight of a rollout changed. */
  #reported: { readonly of: string; readonly reported: Reported } | undefined;
  #judged = 0;
  #told: string | undefined;
  #clear = () => {};
  #looking: Promise<void> | undefined;
  #again = false;
  #ended = false;

  constructor(fabric: Fabric, name: string, options: ConductedOptions) {
    this.#fabric = fabric;
    this.#name = name;
    this.#options = options;
    this.#lease = new Lease(fabric, conductorKey(name), options.timers);
  }

  /** Looks at once. */
  wake(): void {
    this.#again = true;
    this.#looking ??= this.#look();
  }

  async end(): Promise<void> {
    this.#ended = true;
    this.#clear();
    await this.#looking;
    await this.#rest();
  }

  async #look(): Promise<void> {
    const { interval, timers, onFault } = this.#options;
    let open: boolean | "elsewhere" = true;
    while (this.#again && !this.#ended) {
      this.#again = false;
      this.#clear();
      try {
        open = await this.#tick();
      } catch (error) {
        onFault(error);
        open = true;
      }
    }
    this.#looking = undefined;
    if (this.#ended) return;
    // A rollout that is over is looked at again when its record changes.
    const wait = open === "elsewhere" ? Math.max(interval, LEASE) : interval;
    if (open) this.#clear = after(wait, () => this.wake(), { name: "interval", timers });
    else await this.#rest();
  }

  async #rest(): Promise<void> {
    for (const each of [this.#nodes, this.#callers]) each?.stop();
    this.#nodes = undefined;
    this.#callers = undefined;
    this.#reported = undefined;
    await this.#lease.end().catch(this.#options.onFault);
  }

  /** @returns whether something is left to be done, and by whom */
  async #tick(): Promise<boolean | "elsewhere"> {
    const name = this.#name;
    const { kv } = this.#fabric;
    const { date, notices, isHeard } = this.#options;
    const entry = await kv.get(rolloutKey(name));
    if (!entry) return false;
    const rollout = readRollout(entry, name);
    const told = `${rollout.id} ${rollout.sequence}`;
    if (told !== this.#told) notices.emit("rollout", { name, rollout });
    this.#told = told;
    const put = async (next: Rollout) => {
      // Where another controller came first, its word counts.
      await kv.update(rolloutKey(name), recordBytes(next), entry.revision);
      this.#again = true;
      return true;
    };
    if (rollout.phase === "superseded") return false;
    if ((isOpen(rollout) || rollout.warm) && !(await this.#lease.look())) {
      if (isHeard()) await this.#facts(rollout);
      return "elsewhere";
    }
    const planned = await keepPlan(this.#fabric, name, rollout);
    if (planned === "later") return true;
    if (!isOpen(rollout) && (!rollout.warm || planned === "another")) return false;
    if (planned === "another")
      return put(toPhase(rollout, "superseded", date(), { why: "somebody else changed the plan" }));
    const { next, judged } = advance(rollout, await this.#facts(rollout));
    if (judged) this.#judged = date();
    return next ? put(next) : true;
  }

  async #facts(rollout: Rollout): Promise<Facts> {
    const { date, timers, notices, onFault } = this.#options;
    const name = this.#name;
    const { id, weight, to, from } = rollout;
    const watched = { timers, onFault };
    this.#nodes ??= await Presence.watch(this.#fabric, { ...watched, prefix: NODES, schema: nodeSchema });
    this.#callers ??= await Presence.watch(this.#fabric, {
      ...watched,
      prefix: callersKey(name),
      schema: callerSchema,
    });
    const { live } = this.#callers;
    const of = `${id} ${weight}`;
    if (this.#reported?.of !== of) this.#reported = { of, reported: new Reported(live) };
    const { reported } = this.#reported;
    reported.take(live);
    const window = reported.window(to, from);
    notices.emit("measured", { name, fresh: window.fresh.measured, stable: window.stable.measured });
    const hosting = [...this.#nodes.live.values()].filter(({ hosted }) =>
      hosted.some((each) => each.name === name),
    );
    const found = hosting.flatMap(({ hosted }) =>
      hosted.filter((each) => each.name === name && each.version === to),
    );
    const failed = found.filter(({ status }) => status === "failed").map(({ why = "" }) => why);
    const serving = found.filter(({ status }) => status === "serving").length;
    const mirror = mirroringOf(hosting, name, to);
    const serve = { all: hosting.length, serving, failed };
    return { now: date(), nodes: serve, window, mirror, judged: this.#judged };
  }
}
