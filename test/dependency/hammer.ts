/** Three plugins that call one another, swapped and trapped at random under load, and held against plain sums. */
import { load, type Plugin, PluginError, type SwapOptions } from "../../host/mod.ts";
import { Random } from "../hammer/random.ts";
import { Base, Failing, guest, Middle, Top } from "./guest.ts";

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** What a swap may be refused with: each is asked for. */
const REFUSALS: Readonly<Record<string, string>> = {
  narrow: "broken-dependency",
  garbage: "not-wasm",
  unverified: "failed-verify",
};

export interface Hammered {
  readonly calls: number;
  readonly swapped: number;
  readonly refused: number;
  readonly rolledBack: number;
  readonly restarted: number;
}

type Name = "base" | "middle" | "top";
type Any = Plugin<typeof Base>;

interface Hammering {
  readonly plugins: Readonly<Record<Name, Any>>;
  readonly random: Random;
  /** What each has to count. */
  readonly sums: Record<Name, number>;
  readonly tally: { -readonly [K in keyof Hammered]: number };
  /** Swaps that are still to come. */
  left: number;
  /** Plugins with something under way. */
  busy: number;
}

/** @throws Error with the seed in it, for the first call that failed or the first sum that is wrong */
export async function hammer(seed: number, swaps: number): Promise<Hammered> {
  const random = new Random(seed);
  const afterTrap = { restart: { limit: Number.POSITIVE_INFINITY, delay: 0, longest: 0 } };
  const base = await load(Base, await guest("base"), { afterTrap });
  const grant = await base.grant({ reads: ["total", "sum"] });
  const middle = await load(Middle, await guest("middle"), { grant: [grant], afterTrap });
  const top = await load(Top, await guest("top"), { grant: [grant, await middle.grant()], afterTrap });
  const plugins = { base, middle, top } as unknown as Hammering["plugins"];
  const sums = { base: 0, middle: 0, top: 0 };
  const tally = { calls: 0, swapped: 0, refused: 0, rolledBack: 0, restarted: 0 };
  const all: Hammering = { plugins, random, sums, tally, left: swaps, busy: 3 };
  for (const each of Object.values(plugins)) {
    each.on("transition", ({ outcome }) => {
      if (outcome === "restarted") tally.restarted++;
      if (outcome === "rolled-back") tally.rolledBack++;
    });
  }
  try {
    const names = Object.keys(plugins) as Name[];
    await Promise.all([
      ...names.map((name) => swapping(all, name)),
      ...names.map((name) => calling(all, name)),
    ]);
    for (const name of names) await settled(all, name);
  } catch (cause) {
    throw new Error(`seed ${seed}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
  await top.close();
  await middle.close();
  await base.close();
  return tally;
}

/** Calls of one plugin, some of them at a time, until nothing is swapped any more. */
async function calling(all: Hammering, name: Name): Promise<void> {
  const { random, plugins, tally } = all;
  while (all.busy > 0) {
    const some = Array.from({ length: random.whole(1, 4) }, () => random.whole(1, 5));
    const answers = some.map((step) => {
      counted(all, name, step);
      return plugins[name].call.add(step);
    });
    const ends = answers.map((each, i) =>
      each.then((sum) => check(name, sum >= some[i]!, `${sum} after ${some[i]}`)),
    );
    await Promise.all(ends);
    tally.calls += some.length;
    await turn();
  }
}

/** A call of `top` is one of `middle` and two of `base`. */
function counted({ sums }: Hammering, name: Name, step: number): void {
  sums[name] += step;
  if (name === "middle") sums.base += step;
  if (name === "top") {
    sums.middle += step;
    sums.base += 2 * step;
  }
}

async function swapping(all: Hammering, name: Name): Promise<void> {
  while (all.left > 0) {
    all.left--;
    await swapped(all, name);
    for (let turns = all.random.whole(0, 3); turns > 0; turns--) await turn();
  }
  all.busy--;
}

async function swapped({ random, plugins, tally }: Hammering, name: Name): Promise<void> {
  const plugin = plugins[name];
  const kind = kindOf(random, name);
  const version = random.pick(["1.0.1", "1.1.0"]);
  const file = name === "base" ? random.pick(["base", "base-wider"]) : name;
  const source =
    kind === "garbage"
      ? new Uint8Array(9)
      : await guest(kind === "narrow" ? "base-narrow" : kind === "trapping" ? "base-trapping" : file, {
          version,
        });
  if (kind === "trap") {
    await plugin
      .as(Failing)
      .call.fail()
      .catch(() => {});
    // It waits until a fresh instance serves.
    await plugin.call.add(0);
    return;
  }
  try {
    await plugin.swap(source, optionsOf(random, kind));
    tally.swapped++;
  } catch (error) {
    if (!(error instanceof PluginError) || error.code !== REFUSALS[kind]) throw error;
    tally.refused++;
  }
  // The first call of a version that traps is answered by the version before.
  if (kind === "trapping") await plugin.call.add(0);
  if (kind === "kept" && random.chance(0.5)) plugin.accept();
  else if (kind === "kept") await plugin.rollback({}).catch(unlessOver);
}

function kindOf(random: Random, name: Name): string {
  const kinds = { plain: 4, kept: 4, garbage: 1, unverified: 1, narrow: 1, trapping: 2, trap: 1 };
  const kind = random.weighted(kinds);
  return name === "base" || !["narrow", "trapping", "trap"].includes(kind) ? kind : "plain";
}

function optionsOf(random: Random, kind: string): SwapOptions {
  const probation = { calls: kind === "trapping" ? 10_000 : random.whole(1, 200) };
  const verify =
    kind === "unverified" ? () => false : async ({ call }: { call: Any["call"] }) => call.total?.();
  const some = random.chance(0.5) || kind === "unverified" ? { verify: verify as never } : {};
  const keeps = kind === "kept" || kind === "trapping";
  return { supersede: true, ...some, ...(keeps && { probation }) };
}

/** Its probation was over before, or a trap rolled it back. */
function unlessOver(error: unknown): void {
  if (error instanceof PluginError && ["not-on-probation", "busy"].includes(error.code)) return;
  throw error;
}

async function settled({ plugins, sums }: Hammering, name: Name): Promise<void> {
  const total = await plugins[name].call.total();
  check(name, total === sums[name], `counted ${total}, and was given ${sums[name]}`);
}

function check(name: Name, right: boolean, found: string): void {
  if (!right) throw new Error(`${name} ${found}`);
}
