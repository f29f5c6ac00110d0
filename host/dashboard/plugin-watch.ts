/** What a dashboard knows of one plugin in a fabric: its shares over the time, its rollout, and what its callers report. */
import type { Fabric, Watching } from "../fabric/fabric.ts";
import { callersKey } from "../release/address.ts";
import { judge, withoutMirror } from "../release/analysis.ts";
import { judgeMirror, mirroringOf } from "../release/mirroring.ts";
import type { NodeReport, Plan, Rollout } from "../release/mod.ts";
import { isSamePlan } from "../release/plans.ts";
import { readRecord } from "../release/record.ts";
import { callerSchema } from "../release/reports.ts";
import { isOpen } from "../release/rollout.ts";
import { Measures, type Tally } from "../remote/measures.ts";
import type { Judged, PluginLine, PluginView, SharesFrom } from "./board.ts";
import { KeyedWatch } from "./keyed-watch.ts";
import { Timeline } from "./timeline.ts";

/** Changes of shares that are kept. */
const CHANGES = 128;
/** Milliseconds after the last look for which callers are listened to. */
const PATIENCE = 120_000;

export class PluginWatch {
  readonly name: string;
  /** Its nodes, where it has an instance for each key. */
  readonly keyed = new KeyedWatch();
  readonly #fabric: Fabric;
  readonly #onFault: (error: unknown) => void;
  #plan: Plan | undefined;
  #rollout: Rollout | undefined;
  #shares: SharesFrom[] = [];
  /** Versions in the order in which they came. */
  readonly #order = new Set<string>();
  #timeline: Timeline | undefined;
  /** What was counted when the shares changed. */
  #before: ReadonlyMap<string, Tally> = new Map();
  #listening: Promise<Watching> | undefined;
  #looked = 0;

  constructor(fabric: Fabric, name: string, onFault: (error: unknown) => void) {
    this.#fabric = fabric;
    this.name = name;
    this.#onFault = onFault;
  }

  /** Whether it has a plan. */
  get planned(): boolean {
    return this.#plan !== undefined;
  }

  get line(): PluginLine {
    const { name } = this;
    const phase = this.#rollout?.phase;
    return { name, split: this.#plan?.split ?? [], order: this.#ordered(), ...(phase && { phase }) };
  }

  /** @param read nothing where it was deleted */
  plan(read: ((name: string) => Plan) | undefined): void {
    const plan = read?.(this.name);
    const same = plan && this.#plan && isSamePlan(plan, this.#plan);
    this.#plan = plan;
    if (!plan || same) return;
    this.#shares = [...this.#shares, { at: Date.now(), split: plan.split }].slice(-CHANGES);
    this.#before = new Map(this.#timeline?.tallies.map((tally) => [tally.version, tally]));
  }

  /** The shares that are known now were there before. */
  found(): void {
    this.#shares = this.#shares.slice(-1).map(({ split }) => ({ at: 0, split }));
  }

  rollout(read: ((name: string) => Rollout) | undefined): void {
    this.#rollout = read?.(this.name);
  }

  /** @param nodes those that are heard of: they tell what a mirror came to */
  async view(
    since: number,
    now: number,
    nodes: readonly NodeReport[],
  ): Promise<Omit<PluginView, "nodes" | "more">> {
    this.#looked = now;
    const timeline = await this.#listen(now);
    const rollout = this.#rollout;
    const judged = this.#judged(timeline, nodes);
    const isKeyed = this.keyed.isAny(now);
    const shown = isKeyed ? this.keyed.listen(now) : timeline;
    return {
      ...this.line,
      rules: this.#plan?.rules.length ?? 0,
      shares: this.#shares,
      ...(rollout && { rollout }),
      ...(judged && { judged }),
      callers: timeline.reporters(now),
      versions: shown.tallies,
      samples: shown.samples(since, now),
      ...(isKeyed && { keyed: this.keyed.lines(now) }),
    };
  }

  /** Where nobody has looked for a while, its callers are not listened to any more. */
  rest(now: number): void {
    if (this.#timeline && now - this.#looked > PATIENCE) this.close();
  }

  close(): void {
    const listening = this.#listening;
    this.#listening = undefined;
    this.keyed.rest();
    this.#timeline = undefined;
    this.#before = new Map();
    listening?.then((watching) => watching.stop(), this.#onFault);
  }

  async #listen(now: number): Promise<Timeline> {
    const timeline = this.#timeline ?? new Timeline(now);
    this.#timeline = timeline;
    const prefix = callersKey(this.name);
    this.#listening ??= this.#fabric.kv.watch(prefix, (change) => {
      const caller = change.key.slice(prefix.length);
      if ("deleted" in change) timeline.leave(caller);
      else {
        try {
          timeline.take(caller, readRecord(callerSchema, change, `the record ${change.key}`), Date.now());
        } catch (error) {
          this.#onFault(error);
        }
      }
    });
    await this.#listening.catch((error) => {
      this.#listening = undefined;
      throw error;
    });
    return timeline;
  }

  #ordered(): readonly string[] {
    const { past = [], from, to } = this.#rollout ?? {};
    const named = [...past.flatMap((each) => [each.from, each.to]), from, to];
    for (const version of named) if (version !== undefined) this.#order.add(version);
    for (const { version } of this.#plan?.split ?? []) this.#order.add(version);
    for (const { version } of this.#timeline?.tallies ?? []) this.#order.add(version);
    for (const version of this.keyed.versions) this.#order.add(version);
    return [...this.#order];
  }

  /** As a controller would, by what came since we saw the shares change. */
  #judged(timeline: Timeline, nodes: readonly NodeReport[]): Judged | undefined {
    const rollout = this.#rollout;
    const step = rollout?.steps[rollout.step];
    const given = (step && "analysis" in step ? step.analysis : undefined) ?? rollout?.analysis;
    if (!rollout || !given || !isOpen(rollout)) return undefined;
    const { from, to, mirror } = rollout;
    if (mirror) return judgeMirror(given, mirroringOf(nodes, this.name, to));
    const analysis = withoutMirror(given);
    if (!analysis) return undefined;
    return judge(analysis, { fresh: this.#since(timeline, to), stable: this.#since(timeline, from) });
  }

  #since(timeline: Timeline, version: string): Measures {
    const measures = new Measures().add(timeline.sumOf(version).tally);
    const before = this.#before.get(version);
    return before ? measures.add(before, -1) : measures;
  }
}
