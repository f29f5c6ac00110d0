/** Values in a bucket of NATS. */
import type { KV, KvEntry, KvWatchEntry } from "@nats-io/kv";
import { describe } from "../../abi/canonical/memory.ts";
import { PluginError } from "../errors.ts";
import type { Change, Entry, KeyValue, Watching } from "../fabric/fabric.ts";
import { checkRevision } from "../fabric/memory-key-value.ts";
import { checkedBytes } from "../fabric/message.ts";
import { checkKey, checkPrefix } from "../fabric/name.ts";
import type { Line } from "./line.ts";
import { isConflict } from "./race.ts";
import { Watch } from "./watch.ts";

export interface NatsKeyValueOptions {
  readonly maxMessageBytes: number;
  /** Whether a server may put a value in between unseen, so that each change has to say what it comes after. */
  readonly racy: boolean;
}

export class NatsKeyValue implements KeyValue {
  readonly #line: Line;
  readonly #bucket: KV;
  readonly #most: number;
  readonly #racy: boolean;

  constructor(line: Line, bucket: KV, { maxMessageBytes, racy }: NatsKeyValueOptions) {
    this.#line = line;
    this.#bucket = bucket;
    this.#most = maxMessageBytes;
    this.#racy = racy;
  }

  async get(key: string): Promise<Entry | undefined> {
    checkKey(key, "could not get");
    const found = await this.#line.ask(`could not get ${key}`, () => this.#bucket.get(key));
    return found?.operation === "PUT" ? (changeOf(found) as Entry) : undefined;
  }

  async create(key: string, value: Uint8Array): Promise<number | undefined> {
    return this.#set(key, value, (own) => this.#bucket.create(key, own));
  }

  async put(key: string, value: Uint8Array): Promise<number> {
    if (!this.#racy) return (await this.#set(key, value, (own) => this.#bucket.put(key, own)))!;
    for (;;) {
      const revision = await this.#set(key, value, async (own) => {
        const last = (await this.#bucket.get(key))?.revision;
        return last === undefined ? this.#bucket.create(key, own) : this.#bucket.update(key, own, last);
      });
      if (revision !== undefined) return revision;
    }
  }

  async update(key: string, value: Uint8Array, revision: number): Promise<number | undefined> {
    checkRevision(revision, "could not update");
    return this.#set(key, value, (own) => this.#bucket.update(key, own, revision));
  }

  async delete(key: string, revision?: number): Promise<boolean> {
    checkKey(key, "could not delete");
    if (revision !== undefined) checkRevision(revision, "could not delete");
    for (;;) {
      const found = await this.get(key);
      if (!found || (revision !== undefined && found.revision !== revision)) return false;
      const previousSeq = found.revision;
      const deleted = await this.#changed(`could not delete ${key}`, async () => {
        await this.#bucket.delete(key, { previousSeq });
        return previousSeq;
      });
      // It was changed meanwhile, so that it is another one that is to be deleted.
      if (deleted !== undefined) return true;
    }
  }

  async keys(prefix: string): Promise<string[]> {
    checkPrefix(prefix, "could not list keys");
    const found = await this.#line.ask("could not list keys", async () => {
      const keys: string[] = [];
      for await (const key of await this.#bucket.keys(filterOf(prefix))) keys.push(key);
      return keys;
    });
    // One that changes meanwhile is listed twice.
    return [...new Set(found)].filter((key) => key.startsWith(prefix)).sort();
  }

  async history(key: string): Promise<Entry[]> {
    checkKey(key, "could not tell the history");
    return this.#line.ask(`could not tell the history of ${key}`, async () => {
      const entries: Entry[] = [];
      for await (const entry of await this.#bucket.history({ key })) {
        if (entry.operation === "PUT") entries.push(changeOf(entry) as Entry);
      }
      return entries;
    });
  }

  async watch(prefix: string, listener: (change: Change) => void): Promise<Watching> {
    checkPrefix(prefix, "could not watch");
    if (typeof listener !== "function")
      throw new PluginError("argument", `could not watch: found ${describe(listener)}, wanted a function`);
    const filter = filterOf(prefix);
    const watch = new Watch(this.#line, listener, {
      isAny: async () => {
        for await (const key of await this.#bucket.keys(filter)) if (key.startsWith(prefix)) return true;
        return false;
      },
      open: () => this.#bucket.watch({ key: filter }),
      changeOf: (entry: KvWatchEntry) => (entry.key.startsWith(prefix) ? changeOf(entry) : undefined),
    });
    await this.#line.ask("could not watch", () => watch.begin());
    return { stop: () => watch.stop() };
  }

  async #set(
    key: string,
    value: Uint8Array,
    set: (own: Uint8Array) => Promise<number>,
  ): Promise<number | undefined> {
    checkKey(key, "could not put");
    const own = checkedBytes(value, this.#most, "could not put", `the value of ${key}`);
    return this.#changed(`could not put ${key}`, () => set(own));
  }

  /** @returns nothing where another one was quicker */
  async #changed(could: string, change: () => Promise<number>): Promise<number | undefined> {
    const work = () =>
      change().catch((error: unknown) => {
        if (isConflict(error)) return undefined;
        throw error;
      });
    return this.#line.ask(could, work, "; it may have been changed");
  }
}

function changeOf({ key, value, revision, operation }: KvEntry): Change {
  // It may be a part of a buffer that comes to be used again.
  return operation === "PUT"
    ? { key, value: new Uint8Array(value), revision }
    : { key, deleted: true, revision };
}

/** The keys that may begin so, as NATS selects them: by whole tokens. */
function filterOf(prefix: string): string {
  const whole = prefix.slice(0, prefix.lastIndexOf(".") + 1);
  // No key begins so.
  const isNone = whole.startsWith(".") || whole.includes("..");
  return isNone ? ">" : `${whole}>`;
}
