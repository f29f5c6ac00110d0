/** The values of a fabric in this process: in memory, and in a log before that where there is one. */
import { describe } from "../../abi/canonical/memory.ts";
import { PluginError, reason } from "../errors.ts";
import { report, telling } from "../events.ts";
import { type ChangeLog, Commits } from "./commits.ts";
import { type Entries, sizeOf } from "./entries.ts";
import type { Change, Entry, KeyValue, Watching } from "./fabric.ts";
import { checkedBytes } from "./message.ts";
import { checkKey, checkPrefix } from "./name.ts";

export interface MemoryKeyValueOptions {
  readonly maxMessageBytes: number;
  /** Bytes of all keys with their history. */
  readonly maxBytes: number;
  readonly log?: ChangeLog | undefined;
}

/** What a watcher elsewhere is told at a time. */
export interface Page {
  readonly life: string;
  /** What it knows after this. */
  readonly revision: number;
  /** Whether it begins with all that is there, since what was changed before is not known. */
  readonly whole: boolean;
  /** Whether there is more at once. */
  readonly more: boolean;
  readonly changes: readonly Change[];
}

/** What a watcher elsewhere knows. */
export interface Known {
  readonly prefix: string;
  readonly life: string;
  readonly revision: number;
}

/** Bytes of a page, unless one change has more. */
const PAGE = 2 ** 20;

interface Watcher {
  readonly prefix: string;
  readonly listener: (change: Change) => void;
}

export class MemoryKeyValue implements KeyValue {
  readonly #entries: Entries;
  readonly #options: MemoryKeyValueOptions;
  readonly #commits: Commits;
  readonly #watchers = new ByPrefix<Watcher>();
  readonly #waiting = new ByPrefix<{ readonly prefix: string; wake(): void }>();
  #closed = false;

  /** @param entries that are there */
  constructor(entries: Entries, options: MemoryKeyValueOptions) {
    this.#entries = entries;
    this.#options = options;
    const onChange = (change: Change) => this.#made(change);
    this.#commits = new Commits(entries, { log: options.log, onChange, failure: unwritten });
  }

  async get(key: string): Promise<Entry | undefined> {
    checkKey(key, "could not get");
    this.#check("could not get");
    const found = this.#entries.get(key);
    return found && (copied(found) as Entry);
  }

  async create(key: string, value: Uint8Array): Promise<number | undefined> {
    return this.#set(key, value, (last) => !last || "deleted" in last);
  }

  async put(key: string, value: Uint8Array): Promise<number> {
    return (await this.#set(key, value, () => true))!;
  }

  async update(key: string, value: Uint8Array, revision: number): Promise<number | undefined> {
    checkRevision(revision, "could not update");
    return this.#set(key, value, (last) => last?.revision === revision);
  }

  async delete(key: string, revision?: number): Promise<boolean> {
    checkKey(key, "could not delete");
    if (revision !== undefined) checkRevision(revision, "could not delete");
    this.#check("could not delete");
    const change = await this.#commits.change(key, (last, next) => {
      const isThere = last && "value" in last && (revision === undefined || last.revision === revision);
      return isThere ? { key, deleted: true, revision: next } : undefined;
    });
    return change !== undefined;
  }

  async keys(prefix: string): Promise<string[]> {
    checkPrefix(prefix, "could not list keys");
    this.#check("could not list keys");
    return this.#entries.keys(prefix);
  }

  async history(key: string): Promise<Entry[]> {
    checkKey(key, "could not tell the history");
    this.#check("could not tell the history");
    return this.#entries.history(key).map((entry) => copied(entry) as Entry);
  }

  async watch(prefix: string, listener: (change: Change) => void): Promise<Watching> {
    checkPrefix(prefix, "could not watch");
    if (typeof listener !== "function")
      throw new PluginError("argument", `could not watch: found ${describe(listener)}, wanted a function`);
    this.#check("could not watch");
    const watcher = { prefix, listener };
    this.#watchers.add(watcher);
    // Each change is told in a turn of its own, so that one made by a listener comes after those before it.
    for (const key of this.#entries.keys(prefix)) this.#tell(watcher, this.#entries.get(key)!);
    await undefined;
    return { stop: () => void this.#watchers.delete(watcher) };
  }

  /** What a watcher elsewhere does not know yet. */
  page({ prefix, life, revision }: Known): Page {
    const entries = this.#entries;
    const whole = life !== entries.life || revision < entries.forgotten || revision > entries.revision;
    const all = whole ? entries.present(prefix) : entries.since(revision, prefix);
    let bytes = 0;
    const fitting = all.findIndex((change) => {
      bytes += sizeOf(change);
      return bytes > PAGE;
    });
    const changes = fitting < 0 ? all : all.slice(0, Math.max(1, fitting));
    const more = changes.length < all.length;
    return {
      life: entries.life,
      revision: more ? changes.at(-1)!.revision : entries.revision,
      whole,
      more,
      changes,
    };
  }

  /** Resolves at the next change of a key that begins so, when the signal fires, and when this is closed. */
  async changed(prefix: string, signal: AbortSignal): Promise<void> {
    if (this.#closed || signal.aborted) return;
    await new Promise<void>((resolve) => {
      const waiting = { prefix, wake: resolve };
      const end = () => {
        this.#waiting.delete(waiting);
        resolve();
      };
      waiting.wake = () => {
        signal.removeEventListener("abort", end);
        end();
      };
      this.#waiting.add(waiting);
      signal.addEventListener("abort", end, { once: true });
    });
  }

  close(): void {
    this.#commits.flush();
    this.#closed = true;
    this.#watchers.clear();
    for (const { wake } of this.#waiting.all()) wake();
  }

  /** @param fits whether it may be set after this last change */
  async #set(
    key: string,
    value: Uint8Array,
    fits: (last: Change | undefined) => boolean,
  ): Promise<number | undefined> {
    checkKey(key, "could not put");
    const { maxMessageBytes } = this.#options;
    const own = checkedBytes(value, maxMessageBytes, "could not put", `the value of ${key}`);
    this.#check("could not put");
    const change = await this.#commits.change(key, (last, revision, bytes) => {
      if (!fits(last)) return undefined;
      const next = { key, value: own, revision };
      this.#checkSpace(next, bytes);
      return next;
    });
    return change?.revision;
  }

  #checkSpace(change: Change, bytes: number): void {
    const { maxBytes } = this.#options;
    if (bytes + sizeOf(change) <= maxBytes) return;
    const why = `${bytes} bytes are kept already, and at most ${maxBytes} may be (maxBytes)`;
    throw new PluginError("too-large", `could not put ${change.key}: ${why}; nothing was changed`);
  }

  #made(change: Change): void {
    for (const watcher of this.#watchers.of(change.key)) this.#tell(watcher, change);
    for (const { wake } of this.#waiting.of(change.key)) wake();
  }

  #tell(watcher: Watcher, change: Change): void {
    queueMicrotask(() => {
      if (this.#watchers.has(watcher)) telling(() => watcher.listener(copied(change)), report);
    });
  }

  #check(could: string): void {
    if (this.#closed) throw new PluginError("closed", `${could}: the fabric was closed`);
  }
}

/** Those who wait for changes: of many there are few prefixes. */
class ByPrefix<T extends { readonly prefix: string }> {
  readonly #all = new Map<string, Set<T>>();

  add(one: T): void {
    const found = this.#all.get(one.prefix) ?? new Set();
    this.#all.set(one.prefix, found.add(one));
  }

  delete(one: T): void {
    const found = this.#all.get(one.prefix);
    found?.delete(one);
    if (found?.size === 0) this.#all.delete(one.prefix);
  }

  has(one: T): boolean {
    return this.#all.get(one.prefix)?.has(one) ?? false;
  }

  /** Those that wait for changes of this key. */
  of(key: string): T[] {
    return [...this.#all].flatMap(([prefix, found]) => (key.startsWith(prefix) ? [...found] : []));
  }

  all(): T[] {
    return [...this.#all.values()].flatMap((found) => [...found]);
  }

  clear(): void {
    this.#all.clear();
  }
}

/** @throws PluginError `argument` */
export function checkRevision(revision: unknown, could: string): asserts revision is number {
  if (Number.isSafeInteger(revision) && (revision as number) > 0) return;
  throw new PluginError(
    "argument",
    `${could}: its revision is ${describe(revision)}, wanted a number from 1 up`,
  );
}

/** One that its holder may change. */
function copied(change: Change): Change {
  return "value" in change ? { ...change, value: new Uint8Array(change.value) } : { ...change };
}

function unwritten(key: string, cause: unknown): unknown {
  if (cause instanceof PluginError) return cause;
  const why = `could not change ${key}: it could not be written: ${reason(cause)}`;
  return new PluginError("store-failed", `${why}; nothing was changed`, { cause });
}
