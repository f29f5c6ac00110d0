/** The nodes that host a plugin's keys, as one that watches them sees them. */
import type { Fabric } from "../fabric/fabric.ts";
import { Presence, type PresenceOptions } from "../release/presence.ts";
import { nodesPrefix } from "./address.ts";
import { placeOf } from "./place.ts";
import { type Member, memberSchema } from "./said.ts";

export type MembersOptions = Pick<PresenceOptions<Member>, "timers" | "onChange" | "onFault">;

export class Members {
  readonly #presence: Presence<Member>;
  #nodes: readonly string[] = [];

  private constructor(presence: Presence<Member>) {
    this.#presence = presence;
  }

  /** @throws PluginError those of the fabric */
  static async watch(fabric: Fabric, name: string, options: MembersOptions): Promise<Members> {
    const watched = { ...options, prefix: nodesPrefix(name), schema: memberSchema };
    return new Members(await Presence.watch(fabric, watched));
  }

  /** Those that get keys, in order. The same list as long as nothing changes. */
  get nodes(): readonly string[] {
    const found = [...this.#presence.live].flatMap(([node, { leaving }]) => (leaving ? [] : node)).sort();
    const same = found.length === this.#nodes.length && found.every((node, i) => node === this.#nodes[i]);
    if (!same) this.#nodes = found;
    return this.#nodes;
  }

  /** Whether it was heard of lately, by this process's own clock. */
  has(node: string): boolean {
    return this.#presence.live.has(node);
  }

  /** Whether it was heard of at all, and has not said that it ends. */
  knows(node: string): boolean {
    return this.#presence.knows(node);
  }

  placeOf(key: string): string | undefined {
    return placeOf(this.nodes, key);
  }

  /** Deletes what nodes that are gone for long left behind. */
  forget(): Promise<void> {
    return this.#presence.forget();
  }

  stop(): void {
    this.#presence.stop();
  }
}
