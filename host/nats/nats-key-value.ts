/** Values in two buckets of NATS: of one the history is kept, and the other has keys that need none. */
import type { KV, KvEntry, KvWatchEntry } from "@nats-io/kv";
import { describe } from "../../abi/canonical/memory.ts";
import { PluginError } from "../errors.ts";
import type { Change, Entry, KeyValue, Watching } from "../fabric/fabric.ts";
import { checkRevision } from "../fabric/memory-key-value.ts";
import { checkedBytes } from "../fabric/message.ts";
import { checkKey, checkPrefix, NOW } from "../fabric/name.ts";
import type { Line } from "./line.ts";
import { isConflict } from "./race.ts";
import { Telling } from "./telling.ts";
import { Watch } from "./watch.ts";

export interface NatsKeyValueOptions {
  readonly maxMessageBytes: number;
  /** Whether a server may put a value in between unseen, so that each change has to say what it comes after. */
  readonly racy: boolean;
}

export interface Bucket {
  readonly kv: KV;
  /** All keys that a filter selects, the deleted ones too. */
  keys(filter: string): Promise<string[]>;
}

export interface Buckets {
  /** Of keys with a history. */
  readonly kept: Bucket;
  /** Of those that are of now. */
  readonly now: Bucket;
}

export class NatsKeyValue implements KeyValue {
  readonly #line: Line;
  readonly #buckets: Buckets;
  readonly #most: number;
  readonly #racy: boolean;

  constructor(line: Line, buckets: Buckets, { maxMessageBytes, racy }: NatsKeyValueOptions) {
    this.#line = line;
    this.#buckets = buckets;
    this.#most = maxMessageBytes;
    this.#racy = racy;
  }

  async get(key: string): Promise<Entry | undefined> {
    checkKey(key, "could not get");
    const found = await this.#line.ask(`could not get ${key}`, () => this.#of(key).get(key));
    return found?.operation === "PUT" ? (changeOf(found) as Entry) : undefined;
  }

  async create(key: string, value: Uint8Array): Promise<number | undefined> {
    return this.#set(key, value, (own) => this.#of(key).create(key, own));
  }

  async put(key: string, value: Uint8Array): Promise<number> {
    if (!this.#racy) return (await this.#set(key, value, (own) => this.#of(key).put(key, own)))!;
    for (;;) {
      const revision = await this.#set(key, value, async (own) => {
        const bucket = this.#of(key);
        const last = (await bucket.get(key))?.revision;
        return last === undefined ? bucket.create(key, own) : bucket.update(key, own, last);
      });
      if (revision !== undefined) return revision;
    }
  }

  async update(key: string, value: Uint8Array, revision: number): Promise<number | undefined> {
    checkRevision(revision, "could not update");
    return this.#set(key, value, (own) => this.#of(key).update(key, own, revision));
  }

  async delete(key: string, revision?: number): Promise<boolean> {
    checkKey(key, "could not delete");
    if (revision !== undefined) checkRevision(revision, "could not delete");
    for (;;) {
      const found = await this.get(key);
      if (!found || (revision !== undefined && found.revision !== revision)) return false;
      const previousSeq = found.revision;
      const deleted = await this.#changed(`could not delete ${key}`, async () => {
        await this.#of(key).delete(key, { previousSeq });
        return previousSeq;
      });
      // It was changed meanwhile, so that it is another one that is to be deleted.
      if (deleted !== undefined) return true;
    }
  }

  async keys(prefix: string): Promise<string[]> {
    checkPrefix(prefix, "could not list keys");
    const found = await this.#line.ask("could not list keys", () =>
      Promise.all(this.#with(prefix).map((bucket) => listed(bucket, filterOf(prefix)))),
    );
    return found
      .flat()
      .filter((key) => key.startsWith(prefix))
      .sort();
  }

  async history(key: string): Promise<Entry[]> {
    checkKey(key, "could not tell the history");
    if (key.startsWith(NOW)) {
      const last = await this.get(key);
      return last ? [last] : [];
    }
    return this.#line.ask(`could not tell the history of ${key}`, async () => {
      const entries: Entry[] = [];
      for await (const entry of await this.#of(key).history({ key })) {
        if (entry.operation === "PUT") entries.push(changeOf(entry) as Entry);
      }
      return entries;
    });
  }

  async watch(prefix: string, listener: (change: Change) => void): Promise<Watching> {
    checkPrefix(prefix, "could not watch");
    if (typeof listener !== "function")
      throw new PluginError("argument", `could not watch: found ${describe(listener)}, wanted a function`);
    const watches = this.#with(prefix).map((bucket) => this.#watch(bucket, prefix, listener));
    const stop = () => {
      for (const watch of watches) watch.stop();
    };
    try {
      for (const watch of watches) await this.#line.ask("could not watch", () => watch.begin());
    } catch (error) {
      stop();
      throw error;
    }
    return { stop };
  }

  #watch(bucket: Bucket, prefix: string, listener: (change: Change) => void): Watch {
    const filter = filterOf(prefix);
    return new Watch(this.#line, listener, {
      keys: () => bucket.keys(filter),
      open: () => bucket.kv.watch({ key: filter }),
      changeOf: (entry: KvWatchEntry) => (entry.key.startsWith(prefix) ? changeOf(entry) : undefined),
    });
  }

  #of(key: string): KV {
    const { kept, now } = this.#buckets;
    return (key.startsWith(NOW) ? now : kept).kv;
  }

  /** Those that may have keys which begin so. */
  #with(prefix: string): Bucket[] {
    const { kept, now } = this.#buckets;
    if (prefix.startsWith(NOW)) return [now];
    return NOW.startsWith(prefix) ? [kept, now] : [kept];
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

/** The keys that have a value, as `Watch` finds them, and for the same reason. */
async function listed(bucket: Bucket, filter: string): Promise<string[]> {
  const entries = await bucket.kv.watch({ key: filter, headers_only: true });
  let found: string[] | undefined;
  const telling = new Telling((there) => {
    found = [...there];
    entries.stop();
  });
  const follow = async () => {
    for await (const entry of entries) telling.tell(entry.key, changeOf(entry), entry.revision);
  };
  try {
    await Promise.all([follow(), bucket.keys(filter).then((keys) => telling.expect(keys))]);
  } finally {
    entries.stop();
  }
  if (!found) throw new Error("its list of keys broke off");
  return found;
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
