/** The keys of a fabric with their last changes, in memory: what is there, and what a change makes of it. */
import { randomName } from "../random-name.ts";
import type { Change, Entry } from "./fabric.ts";
import { NOW } from "./name.ts";

/** Changes of a key that are kept, unless it is of now. */
const CHANGES = 64;
/** Bytes of its earlier values, at most. */
const EARLIER = 2 ** 22;
/** Deleted keys whose changes are kept. */
const DELETED = 10_000;
/** Bytes that a change takes beside its key and its value. */
const OVERHEAD = 128;
/** Changes whose order is remembered, at least: who missed no more of them is told without a look at every key. */
const RECENT = 4_096;

export class Entries {
  /** Who continues these has the same: revisions of another life say nothing of them. */
  readonly life: string;
  /** The last change of a key is the last of its list. */
  readonly #keys = new Map<string, readonly Change[]>();
  /** The same keys by their first token: lists of a few keys look at none of the others. */
  readonly #drawers = new Map<string, Set<string>>();
  /** The last changes, in their order. */
  #recent: Pick<Change, "key" | "revision">[] = [];
  /** Of the last change before those. */
  #before = 0;
  /** Keys that are deleted, in the order of their deletions. */
  readonly #deleted = new Set<string>();
  #revision = 0;
  #forgotten = 0;
  #bytes = 0;

  constructor(life = randomName()) {
    this.life = life;
  }

  /** Of the last change of all. */
  get revision(): number {
    return this.#revision;
  }

  /** Of the youngest deletion that is not known any more. */
  get forgotten(): number {
    return this.#forgotten;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get(key: string): Entry | undefined {
    const last = this.last(key);
    return last && "value" in last ? last : undefined;
  }

  last(key: string): Change | undefined {
    return this.#keys.get(key)?.at(-1);
  }

  history(key: string): Entry[] {
    return (this.#keys.get(key) ?? []).filter((change) => "value" in change);
  }

  keys(prefix: string): string[] {
    const dot = prefix.indexOf(".");
    const all = dot < 0 ? this.#keys.keys() : (this.#drawers.get(prefix.slice(0, dot)) ?? []);
    const found: string[] = [];
    for (const key of all) if (key.startsWith(prefix) && this.get(key)) found.push(key);
    return found.sort();
  }

  /** The values of now, in the order of their changes. */
  present(prefix: string): Entry[] {
    const found = this.keys(prefix).map((key) => this.get(key)!);
    return found.sort((a, b) => a.revision - b.revision);
  }

  /** The changes after a revision that are known, in their order. */
  since(revision: number, prefix: string): Change[] {
    const found: Change[] = [];
    for (const key of this.#changed(revision)) {
      if (!key.startsWith(prefix)) continue;
      found.push(...(this.#keys.get(key) ?? []).filter((change) => change.revision > revision));
    }
    return found.sort((a, b) => a.revision - b.revision);
  }

  /** @param change with a higher revision than any before */
  apply(change: Change): void {
    const { key, revision } = change;
    const changes = [...(this.#keys.get(key) ?? []), change];
    this.#bytes += sizeOf(change);
    let earlier = changes.reduce((sum, each) => sum + sizeOf(each), 0) - sizeOf(change);
    const most = key.startsWith(NOW) ? 1 : CHANGES;
    while (changes.length > most || earlier > EARLIER) {
      const size = sizeOf(changes.shift()!);
      earlier -= size;
      this.#bytes -= size;
    }
    this.#keys.set(key, changes);
    drawerOf(this.#drawers, key).add(key);
    this.#revision = revision;
    this.#recent.push({ key, revision });
    if (this.#recent.length > 2 * RECENT) {
      this.#before = this.#recent[RECENT - 1]!.revision;
      this.#recent = this.#recent.slice(RECENT);
    }
    this.#deleted.delete(key);
    if ("deleted" in change) this.#deleted.add(key);
    if (this.#deleted.size > DELETED) this.#forget(this.#deleted.values().next().value!);
  }

  /** All changes, in their order: what makes the same entries when they are applied to none. */
  all(): Change[] {
    return this.since(0, "");
  }

  /** Goes on behind changes that are no longer known. */
  skip({ revision, forgotten }: { readonly revision: number; readonly forgotten: number }): void {
    this.#revision = Math.max(this.#revision, revision);
    this.#forgotten = forgotten;
  }

  /** The keys that may have been changed after a revision. */
  #changed(revision: number): Iterable<string> {
    if (revision < this.#before) return this.#keys.keys();
    const keys = new Set<string>();
    for (let i = this.#recent.length - 1; i >= 0 && this.#recent[i]!.revision > revision; i--)
      keys.add(this.#recent[i]!.key);
    return keys;
  }

  #forget(key: string): void {
    for (const change of this.#keys.get(key)!) {
      this.#bytes -= sizeOf(change);
      this.#forgotten = Math.max(this.#forgotten, change.revision);
    }
    this.#keys.delete(key);
    drawerOf(this.#drawers, key).delete(key);
    this.#deleted.delete(key);
  }
}

function drawerOf(drawers: Map<string, Set<string>>, key: string): Set<string> {
  const first = key.split(".", 1)[0]!;
  const found = drawers.get(first) ?? new Set();
  drawers.set(first, found);
  return found;
}

/** Bytes that a change takes. */
export function sizeOf(change: Change): number {
  return OVERHEAD + change.key.length + ("value" in change ? change.value.length : 0);
}
