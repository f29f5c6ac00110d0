/** A rollout in a large cluster: callers, nodes and controllers of the product, on simulated links. */

import { planKey, rolloutKey } from "../../host/release/address.ts";
import { openHost } from "../../host/release/host.ts";
import {
  callReleases,
  changePlan,
  controlRollouts,
  nodesIn,
  type ReleaseCaller,
  type ReleaseHost,
  startRollout,
} from "../../host/release/mod.ts";
import type { Rollout } from "../../host/release/rollout-record.ts";
import type { Link, Traffic } from "./network.ts";
import { NAME, type Progress, Room, type RoomFunctions, type Size, World } from "./world.ts";

/** How one plan came to its callers. */
export interface Convergence {
  readonly split: string;
  /** Milliseconds until each caller called by it, of those that were joined, in order. */
  readonly took: number[];
  /** Of those that were cut off: milliseconds since they were joined again. */
  readonly late: number[];
}

export interface ReleaseFindings {
  readonly plans: readonly Convergence[];
  readonly calls: number;
  /** Calls that failed, by code. */
  readonly failed: Readonly<Record<string, number>>;
  /** Keys that had the new version, and then the old one. */
  readonly movedBack: number;
  /** Steps that were written twice, or out of their order. */
  readonly stepsTwice: number;
  readonly phase: string;
  /** Calls by node, in order. */
  readonly byNode: readonly number[];
  /** Nodes and callers of which a record is left, though they are gone. */
  readonly left: number;
  /** What was sent in a second without a rollout, and with one. */
  readonly still: Traffic;
  readonly rolling: Traffic;
}

interface Caller {
  readonly link: Link;
  readonly caller: ReleaseCaller<RoomFunctions>;
  /** When it was joined again. */
  healed: number | undefined;
}

interface Node {
  readonly link: Link;
  readonly host: ReleaseHost;
  calls: number;
}

const STEPS = [{ weight: 10 }, { pause: 4_000 }, { weight: 50 }, { pause: 4_000 }];
/** Milliseconds that a call may take. */
const TIMEOUT = 2_000;

export async function simulateReleases(
  size: Size,
  modules: readonly Uint8Array[],
  progress: Progress = () => {},
): Promise<ReleaseFindings> {
  const world = await World.open(size.seed, modules);
  try {
    return await world.clock.run(new Releases(world, size, progress).run(), 600_000);
  } finally {
    await world.close();
  }
}

class Releases {
  readonly #world: World;
  readonly #size: Size;
  readonly #progress: Progress;
  readonly #nodes: Node[] = [];
  readonly #callers: Caller[] = [];
  readonly #plans = new Map<number, Convergence & { readonly at: number }>();
  readonly #versions = new Map<number, string>();
  readonly #failed: Record<string, number> = {};
  #calls = 0;
  #movedBack = 0;
  #stepsTwice = 0;
  #phase = "";
  #ended = false;

  constructor(world: World, size: Size, progress: Progress) {
    this.#world = world;
    this.#size = size;
    this.#progress = progress;
    world.network.onWritten.push((change) => this.#written(change));
  }

  async run(): Promise<ReleaseFindings> {
    const { desk, date } = this.#world;
    await changePlan(desk, NAME, () => ({ "1.0.0": 100 }));
    await this.#open();
    const controllers = await Promise.all(
      Array.from({ length: 3 }, async () => {
        const link = this.#world.network.link();
        const { timers } = link;
        return { link, controller: await controlRollouts(link, { timers, date }) };
      }),
    );
    const loads = this.#callers.map((each, i) => this.#load(each, i));
    await this.#world.clock.pause(1_000);
    const still = await this.#second();
    await startRollout(desk, NAME, { to: "2.0.0", steps: STEPS, keep: 2_000, date, analysis: ANALYSIS });
    await this.#weight(10);
    const rolling = await this.#second();
    controllers[0]!.link.kill();
    await this.#trouble();
    await this.#world.until("the rollout is over", () => ["promoted", "aborted"].includes(this.#phase));
    await this.#world.until("the old version is gone", () => this.#isGone());
    this.#ended = true;
    await Promise.all(loads);
    await this.#closed();
    return { ...(await this.#findings()), still, rolling };
  }

  async #open(): Promise<void> {
    const { clock, network } = this.#world;
    const { nodes, callers } = this.#size;
    await this.#all("nodes", nodes, async () => void (await this.#node()));
    await this.#all("callers", callers, async () => {
      await clock.pause(this.#world.random.next() * 1_000);
      const link = network.link();
      const { timers } = link;
      const caller = await callReleases(link, Room, NAME, { timers, timeout: TIMEOUT });
      caller.on("fault", () => {});
      const one: Caller = { link, caller, healed: undefined };
      caller.on("plan", ({ revision }) => this.#knows(one, revision));
      this.#callers.push(one);
    });
  }

  async #node(): Promise<Node> {
    const { clock, network, guests, random } = this.#world;
    await clock.pause(random.next() * 500);
    const link = network.link();
    const { timers } = link;
    const one = { link, calls: 0 } as { -readonly [K in keyof Node]: Node[K] };
    const loader = guests.loader(timers, (version, key) => {
      one.calls++;
      this.#called(version, key);
    });
    one.host = await openHost(link, { timers, grace: 5_000 }, loader);
    one.host.on("fault", () => {});
    this.#nodes.push(one);
    return one;
  }

  /** Calls again and again, each time for one of its own keys. */
  async #load({ link, caller }: Caller, own: number): Promise<void> {
    const { clock, random } = this.#world;
    const { callers, keys } = this.#size;
    const each = Math.max(1, Math.floor(keys / callers));
    while (!this.#ended) {
      await clock.pause(500 + random.next() * 1_000);
      if (!link.isOn) continue;
      const key = own * each + random.below(each);
      this.#calls++;
      try {
        await caller.by(`key-${key}`).call.say(key);
      } catch (error) {
        const { code = "other" } = error as { readonly code?: string };
        this.#failed[code] = (this.#failed[code] ?? 0) + 1;
      }
    }
  }

  /** Callers that are cut off, nodes that freeze, end, and come. */
  async #trouble(): Promise<void> {
    const { clock, random } = this.#world;
    const callers = random.some(this.#callers, Math.ceil(this.#callers.length / 10));
    const frozen = random.some(this.#nodes, Math.ceil(this.#nodes.length / 100));
    for (const { link } of callers) link.cut();
    for (const { link } of frozen) link.freeze();
    await clock.pause(1_000);
    for (const { link } of frozen) link.heal();
    await this.#weight(50);
    for (let i = 0; i < 3; i++) {
      const killed = random.some(
        this.#nodes.filter((each) => !frozen.includes(each) && each.link.isOn),
        1,
      );
      for (const { link } of killed) link.kill();
      await this.#node();
    }
    await clock.pause(1_000);
    for (const each of callers) {
      each.healed = clock.now();
      each.link.heal();
    }
  }

  /** Half of the callers leave without a word; what they left behind is deleted after a while. */
  async #closed(): Promise<void> {
    const half = this.#callers.splice(0, Math.floor(this.#callers.length / 2));
    for (const { link } of half) link.kill();
    await Promise.all(this.#callers.splice(0).map(({ caller }) => caller.close()));
    const { desk } = this.#world;
    const isForgotten = async () => (await desk.kv.keys("now.caller.")).length === 0;
    await this.#world.until("what callers left behind is deleted", isForgotten);
  }

  #weight(weight: number): Promise<void> {
    const is = ({ split }: Convergence) => split.includes(`2.0.0 ${weight} %`);
    return this.#world.until(`${weight} %`, () => [...this.#plans.values()].some(is));
  }

  async #second(): Promise<Traffic> {
    const { network, clock } = this.#world;
    const before = { ...network.traffic };
    await clock.pause(1_000);
    const now = network.traffic;
    return {
      writes: now.writes - before.writes,
      reads: now.reads - before.reads,
      told: now.told - before.told,
      calls: now.calls - before.calls,
      bytes: now.bytes - before.bytes,
    };
  }

  #isGone(): boolean {
    const living = this.#nodes.filter(({ link }) => link.isOn);
    return living.every(({ host }) => host.hosted.every(({ version }) => version === "2.0.0"));
  }

  #written({
    key,
    value,
    revision,
  }: {
    readonly key: string;
    readonly value?: Uint8Array;
    readonly revision: number;
  }): void {
    if (!value) return;
    if (key === planKey(NAME)) {
      const { split } = JSON.parse(new TextDecoder().decode(value)) as {
        split: { version: string; weight: number }[];
      };
      const text = split.map(({ version, weight }) => `${version} ${weight} %`).join(", ");
      this.#plans.set(revision, { split: text, took: [], late: [], at: this.#world.clock.now() });
      this.#progress(text, 0, 0);
    } else if (key === rolloutKey(NAME))
      this.#stepped(JSON.parse(new TextDecoder().decode(value)) as Rollout);
  }

  #sequence = -1;
  #stepped({ sequence, phase, events }: Rollout): void {
    if (sequence !== this.#sequence + 1) this.#stepsTwice++;
    this.#sequence = sequence;
    this.#phase = phase;
    const weights = events.filter(({ text }) => text.includes(" gets ")).map(({ text }) => text);
    this.#stepsTwice += weights.length - new Set(weights).size;
  }

  #knows({ healed, link }: Caller, revision: number): void {
    const plan = this.#plans.get(revision);
    if (!plan || !link.isOn) return;
    const now = this.#world.clock.now();
    if (healed !== undefined && healed > plan.at) plan.late.push(now - healed);
    else plan.took.push(now - plan.at);
  }

  #called(version: string, key: number): void {
    const before = this.#versions.get(key);
    if (before === "2.0.0" && version === "1.0.0") this.#movedBack++;
    this.#versions.set(key, version);
  }

  async #all(what: string, count: number, work: (i: number) => Promise<void>): Promise<void> {
    let done = 0;
    const one = async (_: unknown, i: number) => {
      await work(i);
      this.#progress(what, ++done, count);
    };
    await Promise.all(Array.from({ length: count }, one));
  }

  async #findings() {
    const living = new Set(this.#nodes.filter(({ link }) => link.isOn).map(({ host }) => host.node));
    const left = (await nodesIn(this.#world.desk)).filter(({ node }) => !living.has(node)).length;
    const sorted = (all: number[]) => all.sort((a, b) => a - b);
    return {
      plans: [...this.#plans.values()].map((each) => ({
        ...each,
        took: sorted(each.took),
        late: sorted(each.late),
      })),
      calls: this.#calls,
      failed: this.#failed,
      movedBack: this.#movedBack,
      stepsTwice: this.#stepsTwice,
      phase: this.#phase,
      byNode: sorted(this.#nodes.map(({ calls }) => calls)),
      left,
    };
  }
}

/** It looks at every call, and nothing that happens here is the new version's fault. */
const ANALYSIS = { abortOn: [{ metric: "errorRate" as const, above: 0.9 }], minSamples: 20, interval: 1_000 };
