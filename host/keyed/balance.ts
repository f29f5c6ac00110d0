/** Handing over the keys that belong to other nodes, when nodes have come or gone. */
import type { Fabric } from "../fabric/fabric.ts";
import { readAnswer } from "../release/frame.ts";
import type { Timers } from "../timer.ts";
import { nodeSubject } from "./address.ts";
import type { Held } from "./held.ts";
import type { Instance, Taken } from "./instance.ts";
import type { Members } from "./members.ts";
import { parcel, readParcel } from "./parcel.ts";
import { type Asked, saidSchema } from "./said.ts";
import { Stay } from "./stay.ts";

export interface BalanceOptions {
  readonly name: string;
  /** The node that gives. */
  readonly node: string;
  /** Keys at a time. */
  readonly moves: number;
  /** Milliseconds before a key that stayed is offered again. */
  readonly interval: number;
  readonly timers: Timers;
  readonly isClosing: () => boolean;
  /** A key was handed over. */
  readonly onGone: () => void;
  readonly onFault: (error: unknown) => void;
}

/** Milliseconds in which another node has to have taken a key. */
const TAKE = 5_000;

export class Balance {
  readonly #fabric: Fabric;
  readonly #members: Members;
  readonly #held: Held;
  readonly #options: BalanceOptions;
  /** The nodes by which no key that is here belongs elsewhere: to find that out costs a look at each key and each node. */
  #settled: readonly string[] | undefined;
  #balancing = false;

  constructor(fabric: Fabric, members: Members, held: Held, options: BalanceOptions) {
    this.#fabric = fabric;
    this.#members = members;
    this.#held = held;
    this.#options = options;
  }

  /** A key has come here. */
  claimed(key: string): void {
    if (this.#members.placeOf(key) !== this.#options.node) this.#settled = undefined;
  }

  /** Hands over what belongs elsewhere, some keys at a time. To be called again and again. */
  async look(): Promise<void> {
    const members = this.#members;
    const { node, moves } = this.#options;
    if (this.#balancing || this.#settled === members.nodes || !members.of(node)) return;
    this.#balancing = true;
    this.#settled = members.nodes;
    try {
      const moving = this.#held.instances.values();
      const lane = async () => {
        for (const each of moving) await this.#move(each);
      };
      await Promise.all(Array.from({ length: moves }, lane));
    } finally {
      this.#balancing = false;
    }
  }

  async #move(instance: Instance): Promise<void> {
    const { node, interval, timers, isClosing, onGone } = this.#options;
    const { nodes } = this.#members;
    const place = this.#members.placeOf(instance.key);
    if (isClosing() || place === undefined || place === node) return;
    this.#settled = undefined;
    if (instance.stay?.holds(nodes, timers.now())) return;
    await instance.move(place, async () => {
      const taken = await this.#handOver(instance, place);
      if (taken === "taken") onGone();
      if (taken === undefined) instance.stay = new Stay(instance.stay, nodes, timers.now(), interval);
      return taken;
    });
  }

  async #handOver({ key, epoch }: Instance, to: string): Promise<Taken> {
    const { name, node, onFault } = this.#options;
    const bytes = parcel({ do: "take", key, epoch, from: node } satisfies Asked);
    try {
      const said = await this.#fabric.call(nodeSubject(name, to), { bytes }, { timeout: TAKE });
      const { head, bytes: frame } = readParcel(saidSchema, said.bytes, "what a node says");
      if (head.is === "taken" || head.is === "refused") return head.is;
      // It may have failed before it wrote, or after.
      const answered = readAnswer(frame);
      if (answered.kind === "problem") onFault(answered.error);
      return undefined;
    } catch (error) {
      onFault(error);
      return undefined;
    }
  }
}
