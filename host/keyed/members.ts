/**
 * The nodes that host a plugin's keys. Each says that it comes and that it leaves, and nothing in between: whether it
 * lives is its neighbours' business (`neighbours.ts`), who delete what it said when it is gone.
 */
import type { Change, Fabric, Watching } from "../fabric/fabric.ts";
import { readRecord } from "../release/record.ts";
import { nodesPrefix } from "./address.ts";
import { placeOf } from "./place.ts";
import { type Member, memberSchema } from "./said.ts";

export interface MembersOptions {
  /** Some came, left, or are going to leave. */
  readonly onChange?: () => void;
  readonly onFault: (error: unknown) => void;
}

interface Joined {
  readonly member: Member;
  /** Of what it said. */
  readonly revision: number;
}

/** Nodes of which it is remembered that they are gone. */
const MOST = 10_000;

export class Members {
  readonly #prefix: string;
  readonly #options: MembersOptions;
  readonly #joined = new Map<string, Joined>();
  readonly #gone = new Set<string>();
  #all: readonly string[] = [];
  #nodes: readonly string[] = [];
  #watching: Watching | undefined;

  private constructor(name: string, options: MembersOptions) {
    this.#prefix = nodesPrefix(name);
    this.#options = options;
  }

  /** @throws PluginError those of the fabric */
  static async watch(fabric: Fabric, name: string, options: MembersOptions): Promise<Members> {
    const members = new Members(name, options);
    members.#watching = await fabric.kv.watch(members.#prefix, (change) => members.#take(change));
    return members;
  }

  /** Those that get keys, in order. The same list as long as nothing changes. */
  get nodes(): readonly string[] {
    return this.#nodes;
  }

  /** The same with those that leave. */
  get all(): readonly string[] {
    return this.#all;
  }

  of(node: string): Joined | undefined {
    return this.#joined.get(node);
  }

  /** Whether it was there, and is not any more. */
  isGone(node: string): boolean {
    return this.#gone.has(node);
  }

  placeOf(key: string): string | undefined {
    return placeOf(this.#nodes, key);
  }

  stop(): void {
    this.#watching?.stop();
  }

  #take(change: Change): void {
    const { onChange, onFault } = this.#options;
    const { key, revision } = change;
    const node = key.slice(this.#prefix.length);
    let member: Member | undefined;
    try {
      if ("value" in change) member = readRecord(memberSchema, change, `the record ${key}`);
    } catch (error) {
      onFault(error);
    }
    if (member) this.#joined.set(node, { member, revision });
    else if (this.#joined.delete(node)) this.#gone.add(node);
    if (member) this.#gone.delete(node);
    if (this.#gone.size > MOST) this.#gone.delete(this.#gone.values().next().value!);
    this.#all = placed(this.#all, node, member !== undefined);
    this.#nodes = placed(this.#nodes, node, member?.leaving === false);
    onChange?.();
  }
}

/** The same names in their order with this one or without it; the same list where that is so already. */
function placed(names: readonly string[], name: string, isThere: boolean): readonly string[] {
  const at = indexOf(names, name);
  if ((names[at] === name) === isThere) return names;
  return isThere ? names.toSpliced(at, 0, name) : names.toSpliced(at, 1);
}

/** Where a name stands among others that are in order, or would. */
export function indexOf(names: readonly string[], name: string): number {
  let [from, to] = [0, names.length];
  while (from < to) {
    const middle = (from + to) >>> 1;
    if (names[middle]! < name) from = middle + 1;
    else to = middle;
  }
  return from;
}
