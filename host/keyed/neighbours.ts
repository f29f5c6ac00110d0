/**
 * Whether the nodes beside this one live. Each renews a record of its own, and a few look at it: those that come after
 * it in the order of names. If each looked at all others, there would be a look for each pair of them.
 */
import type { Fabric } from "../fabric/fabric.ts";
import { MISSED, Silence } from "../release/silence.ts";
import type { Timers } from "../timer.ts";
import { beatKey, memberKey } from "./address.ts";
import { indexOf, type Members } from "./members.ts";

export interface NeighboursOptions {
  readonly name: string;
  /** The node that looks. */
  readonly node: string;
  /** Milliseconds between two looks. */
  readonly interval: number;
  readonly timers: Timers;
}

/** Nodes that one looks at, as long as they live. */
const FEW = 3;
/** Intervals without a look, after which what was seen before counts no more. */
const LATE = 2;

export class Neighbours {
  readonly #fabric: Fabric;
  readonly #members: Members;
  readonly #options: NeighboursOptions;
  readonly #silence = new Silence();
  /** How many are looked at: more where those say nothing, so that many who ended together are found soon. */
  #reach = FEW;
  #looking = false;
  #looked = 0;

  constructor(fabric: Fabric, members: Members, options: NeighboursOptions) {
    this.#fabric = fabric;
    this.#members = members;
    this.#options = options;
  }

  /** Deletes what those said who are gone. To be called again and again. @throws PluginError those of the fabric */
  async look(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    const { interval, timers } = this.#options;
    const now = timers.now();
    // Who comes late was busy or frozen, and so may the others have been: they have their time anew.
    if (now - this.#looked > LATE * interval) this.#silence.clear();
    this.#looked = now;
    try {
      const beside = this.#beside();
      this.#silence.keep(beside);
      await Promise.all(beside.map((node) => this.#lookAt(node)));
      const silent = beside.filter((node) => this.#silence.of(node) > 0).length;
      if (silent === 0) this.#reach = FEW;
      else if (silent === beside.length) this.#reach *= 2;
    } catch (error) {
      // Where the fabric is away, nobody can renew anything.
      this.#silence.clear();
      throw error;
    } finally {
      this.#looking = false;
    }
  }

  /** Those before this one, in a ring. */
  #beside(): string[] {
    const { all } = this.#members;
    const { node } = this.#options;
    const at = indexOf(all, node);
    const others = all.length - (all[at] === node ? 1 : 0);
    const count = Math.min(this.#reach, others);
    return Array.from({ length: count }, (_, i) => all[(at - 1 - i + all.length) % all.length]!);
  }

  async #lookAt(node: string): Promise<void> {
    const { name, interval } = this.#options;
    const { kv } = this.#fabric;
    const beat = beatKey(name, node);
    const revision = (await kv.get(beat))?.revision ?? 0;
    const looks = this.#silence.look(node, revision);
    const joined = this.#members.of(node);
    if (!joined || looks < MISSED * Math.max(1, joined.member.interval / interval)) return;
    // One that renewed it meanwhile lives.
    if (revision > 0 && !(await kv.delete(beat, revision))) return;
    await kv.delete(memberKey(name, node), joined.revision);
  }
}
