/** Whether another node may be said to be gone: in doubt it lives. */
import type { Fabric } from "../fabric/fabric.ts";
import type { Timers } from "../timer.ts";
import { nodesPrefix } from "./address.ts";
import type { Members } from "./members.ts";

export interface JudgeOptions {
  readonly name: string;
  /** The node that judges. */
  readonly node: string;
  /** Milliseconds between two of its own reports. */
  readonly interval: number;
  readonly timers: Timers;
}

export class Judge {
  readonly #fabric: Fabric;
  readonly #members: Members;
  readonly #options: JudgeOptions;
  /** When it last looked around, and from when on it may judge. */
  #looked: number;
  #judges = Number.NEGATIVE_INFINITY;

  constructor(fabric: Fabric, members: Members, options: JudgeOptions) {
    this.#fabric = fabric;
    this.#members = members;
    this.#options = options;
    this.#looked = options.timers.now();
  }

  /** Who did not look around for as long as makes another one gone was frozen. */
  look(): void {
    const { interval, timers } = this.#options;
    const now = timers.now();
    if (now - this.#looked > 3 * interval) this.#judges = now + 3 * interval;
    this.#looked = now;
  }

  /** Who was frozen, or cannot reach the fabric, has not heard of itself either, and soon hears of the others. */
  mayJudge(): boolean {
    this.look();
    return this.#looked >= this.#judges && this.#members.has(this.#options.node);
  }

  /** Whether a key may not be taken from a node: in doubt it lives. */
  async lives(node: string): Promise<boolean> {
    const members = this.#members;
    if (members.has(node) || !this.mayJudge()) return true;
    if (members.knows(node)) return false;
    // One that has just come may have claimed a key before its coming was told here.
    return (await this.#fabric.kv.get(`${nodesPrefix(this.#options.name)}${node}`)) !== undefined;
  }
}
