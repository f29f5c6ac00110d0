/** Keys of a large cluster: claimed, called and handed over by nodes and callers of the product, on simulated links. */
import { openKeyed } from "../../host/keyed/host.ts";
import { callKeyed, type KeyedCaller, type KeyedHost, placeOf } from "../../host/keyed/mod.ts";
import { changePlan } from "../../host/release/mod.ts";
import type { Link, Traffic } from "./network.ts";
import { NAME, type Progress, Room, type RoomFunctions, type Size, World } from "./world.ts";

/** What a node's coming or going moved. */
export interface Moved {
  readonly what: string;
  /** Nodes that have keys afterwards. */
  readonly nodes: number;
  /** Of all keys, and of those that have an instance. */
  readonly keys: number;
  readonly live: number;
  /** Those that moved without need: neither from the node that went, nor to the one that came. */
  readonly others: number;
  /** Milliseconds until all that have an instance had moved. */
  readonly took: number;
}

export interface KeyFindings {
  /** Keys by node, in order. */
  readonly byNode: readonly number[];
  /** Keys that were called, and have their instance on another node than their own. */
  readonly misplaced: number;
  readonly moved: readonly Moved[];
  /** Milliseconds since a node was started that came when all had keys, and how many it had then. */
  readonly curve: readonly (readonly [milliseconds: number, keys: number])[];
  readonly calls: number;
  /** Calls that failed, by code. */
  readonly failed: Readonly<Record<string, number>>;
  /** What was acknowledged and is not there, or is there twice. */
  readonly wrong: readonly string[];
  /** Writes that the record of a key took, and should not have. */
  readonly unfenced: readonly string[];
  /** How often a node said that it is there or leaves, for each time that it was started, taken for gone or closed. */
  readonly said: number;
  /** What was sent in a second in which nobody called. */
  readonly still: Traffic;
}

interface Node {
  readonly link: Link;
  readonly host: KeyedHost;
}

interface Caller {
  readonly link: Link;
  readonly rooms: KeyedCaller<RoomFunctions>;
}

/** Calls that a caller has under way. */
const LANES = 16;
/** Milliseconds that a call may take. */
const TIMEOUT = 8_000;

export async function simulateKeys(
  size: Size,
  modules: readonly Uint8Array[],
  progress: Progress = () => {},
): Promise<KeyFindings> {
  const world = await World.open(size.seed, modules);
  try {
    return await world.clock.run(new Keys(world, size, progress).run(), 3_600_000);
  } finally {
    await world.close();
  }
}

class Keys {
  readonly #world: World;
  readonly #size: Size;
  readonly #progress: Progress;
  readonly #nodes: Node[] = [];
  readonly #callers: Caller[] = [];
  readonly #ledger: Ledger;
  readonly #fence: Fence;
  #said = 0;
  #gone = 0;
  readonly #moved: Moved[] = [];
  readonly #curve: (readonly [number, number])[] = [];
  /** The node that a key came to last. */
  readonly #claims = new Map<string, string>();

  constructor(world: World, size: Size, progress: Progress) {
    this.#world = world;
    this.#size = size;
    this.#progress = progress;
    this.#ledger = new Ledger(size.live);
    this.#fence = new Fence();
    world.network.onWritten.push(({ key, value }, by) => {
      if (value && key.startsWith("now.own.")) this.#fence.written(key, value, by);
      if (!key.startsWith("now.keyed.")) return;
      if (value) this.#said++;
      else this.#gone++;
    });
  }

  async run(): Promise<KeyFindings> {
    const { desk, clock } = this.#world;
    await changePlan(desk, NAME, () => ({ "1.0.0": 100 }));
    await this.#many("nodes", this.#size.nodes, () => this.#node());
    await this.#many("callers", callersOf(this.#size), () => this.#caller());
    await this.#settled();
    const all = Array.from({ length: this.#size.live }, (_, i) => i);
    await this.#call("first calls", all);
    const placed = this.#placed();
    const counts = new Map(this.#living.map(({ host }) => [host.node, 0]));
    for (const node of placed) counts.set(node, counts.get(node)! + 1);
    const byNode = [...counts.values()].sort((a, b) => a - b);
    const misplaced = all.filter((key) => this.#claims.get(String(key)) !== placed[key]).length;
    await clock.pause(3_000);
    const still = await this.#second();
    await this.#comes();
    await this.#leaves();
    await this.#dies();
    await this.#storm();
    const wrong = await this.#wrong();
    const { calls, failed } = this.#ledger;
    const unfenced = this.#fence.problems;
    // One more says that it leaves before it does.
    const said = this.#said / (this.#gone + this.#living.length);
    return {
      byNode,
      misplaced,
      said,
      moved: this.#moved,
      curve: this.#curve,
      calls,
      failed,
      wrong,
      unfenced,
      still,
    };
  }

  get #living(): Node[] {
    return this.#nodes.filter(({ link }) => link.isOn);
  }

  async #node(): Promise<Node> {
    const { network, guests, random, clock } = this.#world;
    await clock.pause(random.next() * 1_000);
    const link = network.link();
    const { timers } = link;
    const options = { timers, idle: Number.POSITIVE_INFINITY, maxInstances: Number.MAX_SAFE_INTEGER };
    const host = await openKeyed(link, NAME, options, guests.loader(timers));
    const { node } = host;
    this.#fence.names.set(link, node);
    host.on("fault", () => {});
    host.on("claim", ({ key }) => this.#claims.set(key, node));
    const one = { link, host };
    this.#nodes.push(one);
    return one;
  }

  async #caller(): Promise<void> {
    const link = this.#world.network.link();
    const { timers } = link;
    const most = Math.ceil(this.#size.live / callersOf(this.#size));
    const rooms = await callKeyed(link, Room, NAME, { timers, timeout: TIMEOUT, maxKeys: most });
    rooms.on("fault", () => {});
    this.#callers.push({ link, rooms });
  }

  /** Calls each of the keys once, by the caller that it is. */
  async #call(what: string, keys: readonly number[]): Promise<void> {
    let done = 0;
    const queues = this.#callers.map((_, i) => keys.filter((key) => key % this.#callers.length === i));
    const lane = async ({ rooms }: Caller, queue: number[]) => {
      for (let key = queue.pop(); key !== undefined; key = queue.pop()) {
        await this.#ledger.say(rooms, key);
        this.#progress(what, ++done, keys.length);
      }
    };
    await Promise.all(
      this.#callers.flatMap((caller, i) => Array.from({ length: LANES }, () => lane(caller, queues[i]!))),
    );
  }

  async #comes(): Promise<void> {
    const before = this.#before();
    const began = this.#world.clock.now();
    const { host } = await this.#node();
    const names = this.#living.map(({ host: each }) => each.node);
    const wanted = [...before.claims.keys()].filter((key) => placeOf(names, key) === host.node).length;
    await this.#world.until(
      "the new node has its keys",
      () => {
        this.#progress("keys moved", host.keys.length, wanted);
        this.#curve.push([this.#world.clock.now() - began, host.keys.length]);
        return host.keys.length >= wanted;
      },
      600_000,
    );
    this.#count("a node comes", before, began, (_, to) => to === host.node);
  }

  async #leaves(): Promise<void> {
    const [one] = this.#world.random.some(this.#living, 1);
    const { node } = one!.host;
    const before = this.#before();
    const own = [...before.claims].flatMap(([key, at]) => (at === node ? Number(key) : []));
    const began = this.#world.clock.now();
    await one!.host.close();
    one!.link.kill();
    await this.#call("keys of one that left", own);
    this.#count("a node leaves", before, began, (from) => from === node);
  }

  async #dies(): Promise<void> {
    const [one] = this.#world.random.some(this.#living, 1);
    const { node } = one!.host;
    const before = this.#before();
    const own = [...before.claims].flatMap(([key, at]) => (at === node ? Number(key) : []));
    const began = this.#world.clock.now();
    one!.link.kill();
    await this.#call("keys of one that was killed", own);
    this.#count("a node is killed", before, began, (from) => from === node);
  }

  /** Nodes that are cut off, frozen, killed and started again and again, while callers call. */
  async #storm(): Promise<void> {
    const { random, clock } = this.#world;
    const { live } = this.#size;
    const sample = random.some(
      Array.from({ length: Math.min(live, 20_000) }, (_, i) => i),
      Math.min(live, 2_000),
    );
    let over = false;
    const calling = (async () => {
      while (!over) await this.#call("calls in a storm", sample);
    })();
    for (let round = 0; round < 3; round++) {
      const share = Math.max(1, Math.floor(this.#size.nodes / 10));
      const troubled = random.some(this.#living, 2 * share + 1);
      const [cut, frozen, killed] = [
        troubled.slice(0, share),
        troubled.slice(share, 2 * share),
        troubled.at(-1)!,
      ];
      for (const { link } of cut) link.cut();
      for (const { link } of frozen) link.freeze();
      killed.link.kill();
      const came = await this.#node();
      await clock.pause(6_000);
      for (const { link } of [...cut, ...frozen]) link.heal();
      await clock.pause(2_000);
      // One that comes and goes again.
      await came.host.close();
      came.link.kill();
    }
    over = true;
    await calling;
    await this.#settled();
  }

  /** All living nodes know the same nodes, and those are all that live. */
  async #settled(): Promise<void> {
    const { desk } = this.#world;
    const names = () => this.#living.map(({ host }) => host.node).sort();
    await this.#world.until("the nodes know each other", async () => {
      const found = (await desk.kv.keys(`now.keyed.${NAME}.`)).map((key) =>
        key.slice(`now.keyed.${NAME}.`.length),
      );
      return JSON.stringify(found) === JSON.stringify(names());
    });
    await this.#world.clock.pause(3_000);
  }

  /** The node that each key belongs to. */
  #placed(): string[] {
    const names = this.#living.map(({ host }) => host.node);
    return Array.from({ length: this.#size.keys }, (_, key) => placeOf(names, String(key))!);
  }

  #before() {
    return { claims: new Map(this.#claims), placed: this.#placed() };
  }

  #count(
    what: string,
    before: { readonly claims: ReadonlyMap<string, string>; readonly placed: readonly string[] },
    began: number,
    isNeeded: (from: string, to: string) => boolean,
  ): void {
    const took = this.#world.clock.now() - began;
    let [keys, live, others] = [0, 0, 0];
    const placed = this.#placed();
    for (const [key, from] of before.placed.entries()) {
      if (from === placed[key]) continue;
      keys++;
      if (!isNeeded(from, placed[key]!)) others++;
    }
    for (const [key, to] of this.#claims) {
      const from = before.claims.get(key);
      if (from === undefined || from === to) continue;
      live++;
      if (!isNeeded(from, to)) others++;
    }
    this.#moved.push({ what, nodes: this.#living.length, keys, live, others, took });
  }

  /** Asks keys for all that was said to them. */
  async #wrong(): Promise<string[]> {
    const wrong: string[] = [];
    const asked = this.#ledger.touched(10_000);
    let done = 0;
    const lane = async (caller: Caller, queue: number[]) => {
      for (let key = queue.pop(); key !== undefined; key = queue.pop()) {
        const said = await caller.rooms.of(String(key)).call.said().catch(String);
        wrong.push(...(typeof said === "string" ? [`${key}: ${said}`] : this.#ledger.problems(key, said)));
        this.#progress("looks", ++done, asked.length);
      }
    };
    const queues = this.#callers.map((_, i) => asked.filter((key) => key % this.#callers.length === i));
    await Promise.all(
      this.#callers.flatMap((caller, i) => Array.from({ length: LANES }, () => lane(caller, queues[i]!))),
    );
    return wrong;
  }

  async #second(): Promise<Traffic> {
    const { network, clock } = this.#world;
    const before = { ...network.traffic };
    await clock.pause(1_000);
    const now = network.traffic;
    return Object.fromEntries(
      Object.entries(now).map(([kind, count]) => [kind, count - before[kind as keyof Traffic]]),
    ) as unknown as Traffic;
  }

  async #many(what: string, count: number, work: () => Promise<unknown>): Promise<void> {
    let done = 0;
    const one = async () => {
      await work();
      this.#progress(what, ++done, count);
    };
    await Promise.all(Array.from({ length: count }, one));
  }
}

/** Each caller has a copy of the list of nodes: a process of its own, as a rule, of which a hundredth is enough here. */
function callersOf({ callers }: Size): number {
  return Math.max(4, Math.ceil(callers / 100));
}

/** What was said to each key: a number of its own each time, in order. */
class Ledger {
  readonly failed: Record<string, number> = {};
  calls = 0;
  readonly #sent: Uint16Array;
  readonly #lost = new Map<number, Set<number>>();
  readonly #busy = new Set<number>();

  constructor(keys: number) {
    this.#sent = new Uint16Array(keys);
  }

  async say(rooms: KeyedCaller<RoomFunctions>, key: number): Promise<void> {
    if (this.#busy.has(key)) return;
    this.#busy.add(key);
    const n = this.#sent[key]!++;
    this.calls++;
    try {
      await rooms.of(String(key)).call.say(n);
    } catch (error) {
      const { code = "other" } = error as { readonly code?: string };
      this.failed[code] = (this.failed[code] ?? 0) + 1;
      const lost = this.#lost.get(key) ?? new Set();
      this.#lost.set(key, lost.add(n));
    }
    this.#busy.delete(key);
  }

  /** Keys that were called, those that had the most calls first. */
  touched(most: number): number[] {
    const called = Array.from(this.#sent.keys()).filter((key) => this.#sent[key]! > 0);
    return called.sort((a, b) => this.#sent[b]! - this.#sent[a]!).slice(0, most);
  }

  problems(key: number, there: readonly number[]): string[] {
    const wrong: string[] = [];
    const once = new Set(there);
    if (once.size < there.length) wrong.push(`${key}: ${there.length - once.size} twice`);
    for (let n = 0; n < this.#sent[key]!; n++)
      if (!once.has(n) && !this.#lost.get(key)?.has(n)) wrong.push(`${key}: ${n} was lost`);
    return wrong;
  }
}

/** What the engine takes: each write of a record has to be its owner's, or a change of owner with a new epoch. */
class Fence {
  readonly names = new Map<Link, string>();
  readonly problems: string[] = [];
  readonly #records = new Map<string, { readonly node: string | undefined; readonly epoch: number }>();

  written(key: string, value: Uint8Array, by: Link): void {
    const end = value.indexOf(10);
    const { node, epoch } = JSON.parse(new TextDecoder().decode(value.subarray(0, end))) as {
      readonly node?: string;
      readonly epoch: number;
    };
    const before = this.#records.get(key);
    const writer = this.names.get(by);
    this.#records.set(key, { node, epoch });
    if (node !== undefined && node !== writer)
      this.problems.push(`${key}: ${writer} wrote that ${node} has it`);
    if (!before) return;
    const same = before.node === writer && node === writer && epoch === before.epoch;
    if (!same && epoch !== before.epoch + 1)
      this.problems.push(`${key}: ${writer} wrote epoch ${epoch} after ${before.epoch}`);
    if (node === undefined && before.node !== writer)
      this.problems.push(`${key}: ${writer} let go of what ${before.node} has`);
  }
}
