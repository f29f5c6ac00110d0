/** What may happen to what serves while calls go on: each part does one thing, and says what its callers noticed. */
import { callKeyed } from "../../host/keyed/mod.ts";
import { load as loadPlugin } from "../../host/mod.ts";
import { controlRollouts, rolloutIn, type Step, startRollout } from "../../host/release/mod.ts";
import { at } from "../../host/remote/mod.ts";
import { eventually } from "../fabric/seen.ts";
import { Cluster } from "./cluster.ts";
import { Kills } from "./kills.ts";
import { Ledger, ledger, Made, NAME, type Sum, sum } from "./ledger.ts";
import { Load } from "./load.ts";
import { type Outcome, type PartOptions, TIMEOUT } from "./part.ts";
import { Process } from "./process.ts";
import { ReleaseNodes } from "./release-nodes.ts";

const NODES = 3;
/** Calls of a machine that stood still for a while. */
const WAITING = 100_000;
const ENDED = new Set(["promoted", "aborted", "superseded"]);
const user = (id: number) => `user-${id % 300}`;

export interface Part {
  readonly what: string;
  /** Whether it kills: the calls that a node had may fail, and say so. */
  readonly kills: boolean;
  readonly run: (options: PartOptions) => Promise<Outcome>;
}

export type PartName = "nodes" | "moves" | "canary" | "keys" | "killed" | "killed-keys" | "killed-server";

export const PARTS: Readonly<Record<PartName, Part>> = {
  nodes: { what: "every node replaced, one after the other", kills: false, run: nodesReplaced },
  moves: { what: "a plugin moved to a server and back", kills: false, run: moves },
  canary: { what: "a new version in steps to all calls", kills: false, run: canary },
  keys: { what: "keyed instances handed over", kills: false, run: keysHandedOver },
  killed: { what: "a node killed", kills: true, run: nodeKilled },
  "killed-keys": { what: "a node of keyed instances killed", kills: true, run: keyedNodeKilled },
  "killed-server": { what: "a server of instances killed", kills: true, run: serverKilled },
};

/** Every node is told to stop, and another process takes its place, one node after the other. */
function nodesReplaced(options: PartOptions): Promise<Outcome> {
  return inCluster(options, async (cluster) => {
    const nodes = await ReleaseNodes.start(cluster, NODES);
    const caller = cluster.keep(await nodes.caller());
    const load = new Load(options.rate, (id) => caller.by(user(id)).call.book(id));
    const wrong: string[] = [];
    const changes = await repeated(options, load, async () => {
      for (const slot of nodes.slots) {
        const ended = await nodes.stop(slot);
        if (ended !== "SIGTERM") wrong.push(`a node ended with ${ended}`);
        await nodes.begin(slot);
        await load.more(options.rate / 4);
      }
      return nodes.slots.length;
    });
    await load.stop();
    return outcome(load, sum(load, await nodes.made()), changes, wrong);
  });
}

/** A new version comes to all calls in steps. */
function canary(options: PartOptions): Promise<Outcome> {
  return inCluster(options, async (cluster) => {
    const nodes = await ReleaseNodes.start(cluster, NODES);
    const caller = cluster.keep(await nodes.caller());
    cluster.keep(await controlRollouts(cluster.fabric));
    const load = new Load(options.rate, (id) => caller.by(user(id)).call.book(id));
    await load.more(options.rate / 4);
    const pause = Math.max(300, (options.seconds * 1_000) / 4);
    const steps = [5, 25, 50].flatMap((weight): Step[] => [{ weight }, { pause }]);
    await startRollout(cluster.fabric, NAME, { to: "2.0.0", steps, keep: 0 });
    await eventually(async () => {
      const rollout = await rolloutIn(cluster.fabric, NAME);
      return ENDED.has(String(rollout?.phase)) && !rollout?.warm;
    });
    await eventually(async () => caller.plan.split.length === 1);
    const from = load.sent;
    await load.more(load.underWay + options.rate);
    await load.stop();
    const wrong: string[] = [];
    const { phase, why } = (await rolloutIn(cluster.fabric, NAME))!;
    if (phase !== "promoted") wrong.push(`the rollout is ${phase}: ${why}`);
    if (load.answers.slice(from).some((answer) => answer !== 2)) wrong.push("the old version answered");
    if (load.answers.some((answer, id) => answer === 1 && load.answers[id - 300] === 2))
      wrong.push("a key went back");
    return outcome(load, sum(load, await nodes.made()), steps.length / 2 + 1, wrong);
  });
}

/** A node is killed, and comes back. Every other call may be made twice. */
function nodeKilled(options: PartOptions): Promise<Outcome> {
  return inCluster(options, async (cluster) => {
    const nodes = await ReleaseNodes.start(cluster, NODES);
    const caller = cluster.keep(await nodes.caller({ idempotent: ["mark"] }));
    const mayRepeat = (id: number) => id % 2 === 1;
    const load = new Load(options.rate, (id) =>
      caller.by(user(id)).call[mayRepeat(id) ? "mark" : "book"](id),
    );
    const wrong: string[] = [];
    let slot = 0;
    const kills = new Kills(load.failures, cluster.fabric);
    const changes = await repeated(options, load, async () => {
      await kills.by(() => nodes.kill(slot));
      await nodes.begin(slot);
      await load.more(load.underWay + options.rate);
      slot = (slot + 1) % NODES;
      return 1;
    });
    await load.stop();
    wrong.push(...kills.unexplained());
    if (load.failures.some(({ id }) => mayRepeat(id))) wrong.push("a call failed that may be made twice");
    return outcome(load, sum(load, await nodes.made(), mayRepeat), changes, wrong);
  });
}

/** A plugin moves to a server and back, with its state. */
async function moves(options: PartOptions): Promise<Outcome> {
  const server = new Process("instances.mjs");
  try {
    const url = String((await server.ready).url);
    const [first, second] = [await ledger("first"), await ledger("second")];
    const plugin = await loadPlugin(Ledger, first, { queue: WAITING });
    const load = new Load(options.rate, (id) => plugin.call.book(id));
    const changes = await repeated(options, load, async () => {
      // There, back as the next version, and from then on there and back as that one.
      for (const source of [
        at(url, plugin.version === "1.0.0" ? first : second),
        second,
        at(url, second),
        second,
      ]) {
        await plugin.swap(source);
        await load.more(options.rate / 4);
      }
      return 4;
    });
    await load.stop();
    const made = new Made();
    made.add(await plugin.call.times());
    await plugin.close();
    return outcome(load, sum(load, made), changes);
  } finally {
    await server.kill();
  }
}

/** A server that has the instance of a plugin is killed, and another one is there at its address. */
async function serverKilled(options: PartOptions): Promise<Outcome> {
  let server = new Process("instances.mjs");
  try {
    const url = String((await server.ready).url);
    const module = await ledger("first");
    // As long as it takes until there is a server again.
    const restart = { limit: Number.POSITIVE_INFINITY, longest: 200 };
    const plugin = await loadPlugin(Ledger, at(url, module), { queue: WAITING, afterTrap: { restart } });
    // While there is no server.
    plugin.on("error", () => {});
    const load = new Load(options.rate, (id) => plugin.call.book(id));
    const kills = new Kills(load.failures);
    const changes = await repeated(options, load, async () => {
      await kills.by(() => server.kill());
      server = new Process("instances.mjs", new URL(url).port);
      await load.more(load.underWay + options.rate);
      return 1;
    });
    await load.stop();
    const made = new Made();
    made.add(await plugin.call.times());
    await plugin.close();
    const wrong = kills.unexplained();
    // An instance has one call at a time; those that wait are made of the next one.
    const { length } = load.failures;
    if (length > changes) wrong.push(`${length} calls failed, and ${changes} servers were killed`);
    return outcome(load, sum(load, made), changes, wrong);
  } finally {
    await server.kill();
  }
}

const KEYS = 16;
const room = (id: number) => `room-${id % KEYS}`;
const entryOf = (id: number) => Math.floor(id / KEYS);

/** Nodes of keyed instances come and go, and each key is handed over. */
function keysHandedOver(options: PartOptions): Promise<Outcome> {
  return withRooms(options, async (cluster, load, nodes) => {
    const changes = await repeated(options, load, async () => {
      nodes.push(await keyedNode(cluster));
      await load.more(options.rate);
      await nodes.shift()!.stop();
      await load.more(options.rate / 2);
      return 2;
    });
    return { changes, wrong: [] };
  });
}

/** A node of keyed instances is killed, and the others take its keys. */
function keyedNodeKilled(options: PartOptions): Promise<Outcome> {
  return withRooms(options, async (cluster, load, nodes) => {
    const kills = new Kills(load.failures, cluster.fabric);
    const changes = await repeated(options, load, async () => {
      await kills.by(() => nodes.shift()!.kill());
      nodes.push(await keyedNode(cluster));
      await load.more(load.underWay + options.rate);
      return 1;
    });
    await load.stop();
    return { changes, wrong: kills.unexplained() };
  });
}

function keyedNode(cluster: Cluster): Promise<Process> {
  return cluster.node("keyed-node.mjs");
}

function withRooms(
  options: PartOptions,
  work: (
    cluster: Cluster,
    load: Load,
    nodes: Process[],
  ) => Promise<{ readonly changes: number; readonly wrong: readonly string[] }>,
): Promise<Outcome> {
  return inCluster(options, async (cluster) => {
    const nodes = await Promise.all([keyedNode(cluster), keyedNode(cluster)]);
    const rooms = cluster.keep(await callKeyed(cluster.fabric, Ledger, NAME, { timeout: TIMEOUT }));
    const load = new Load(options.rate, (id) => rooms.of(room(id)).call.book(entryOf(id)));
    const { changes, wrong } = await work(cluster, load, nodes);
    await load.stop();
    const made = new Made();
    for (let i = 0; i < KEYS; i++) made.add(await rooms.of(room(i)).call.times(), (n) => n * KEYS + i);
    return outcome(load, sum(load, made), changes, wrong);
  });
}

async function inCluster(
  { engine }: PartOptions,
  work: (cluster: Cluster) => Promise<Outcome>,
): Promise<Outcome> {
  const cluster = await Cluster.open(engine);
  try {
    return await work(cluster);
  } finally {
    await cluster.close();
  }
}

/** @param change @returns how many changes it made */
async function repeated({ rate, seconds }: PartOptions, load: Load, change: () => Promise<number>) {
  const until = performance.now() + seconds * 1_000;
  await load.more(rate / 4);
  let changes = 0;
  do changes += await change();
  while (performance.now() < until);
  return changes;
}

function outcome(load: Load, found: Sum, changes: number, wrong: readonly string[] = []): Outcome {
  return { ...found, changes, latency: load.latency(), most: load.most, wrong };
}
