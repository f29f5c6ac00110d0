/** Values that a hub has. */

import * as z from "zod/mini";
import { describe } from "../../abi/canonical/memory.ts";
import { PluginError } from "../errors.ts";
import { jsonOf } from "../remote/json-of.ts";
import type { Change, Entry, KeyValue, Watching } from "./fabric.ts";
import type { HubLine } from "./hub-line.ts";
import { changesOf, readable } from "./hub-protocol.ts";
import { checkRevision } from "./memory-key-value.ts";
import { checkedBytes } from "./message.ts";
import { checkKey, checkPrefix } from "./name.ts";
import { Poll } from "./poll.ts";

/** Bytes of answers: of facts, and of the history of a key. */
const FACTS = 2 ** 24;
const HISTORY = 2 ** 27;

const revisionSchema = z.object({ revision: z.nullable(z.int()) });
const deletedSchema = z.object({ deleted: z.boolean() });
const keysSchema = z.array(z.string());

export class HubKeyValue implements KeyValue {
  readonly #line: HubLine;
  readonly #most: number;
  readonly #polls = new Set<Poll>();

  constructor(line: HubLine, maxMessageBytes: number) {
    this.#line = line;
    this.#most = maxMessageBytes;
  }

  async get(key: string): Promise<Entry | undefined> {
    checkKey(key, "could not get");
    const [found] = await this.#changes(`could not get ${key}`, `values/${key}`);
    return found && "value" in found ? found : undefined;
  }

  async create(key: string, value: Uint8Array): Promise<number | undefined> {
    return this.#set(key, value, "?if=none");
  }

  async put(key: string, value: Uint8Array): Promise<number> {
    const revision = await this.#set(key, value, "");
    if (revision !== undefined) return revision;
    throw new PluginError("bad-peer", `could not put ${key}: its hub says no revision`);
  }

  async update(key: string, value: Uint8Array, revision: number): Promise<number | undefined> {
    checkRevision(revision, "could not update");
    return this.#set(key, value, `?if=${revision}`);
  }

  async delete(key: string, revision?: number): Promise<boolean> {
    checkKey(key, "could not delete");
    if (revision !== undefined) checkRevision(revision, "could not delete");
    const path = `delete/${key}${revision === undefined ? "" : `?if=${revision}`}`;
    return (await this.#post(`could not delete ${key}`, path, new Uint8Array(0), deletedSchema)).deleted;
  }

  async keys(prefix: string): Promise<string[]> {
    checkPrefix(prefix, "could not list keys");
    const could = "could not list keys";
    const path = `keys?${new URLSearchParams({ prefix })}`;
    const { body } = await this.#line.ask(could, { method: "GET", path, most: FACTS });
    return said(could, body, keysSchema);
  }

  async history(key: string): Promise<Entry[]> {
    checkKey(key, "could not tell the history");
    const found = await this.#changes(`could not tell the history of ${key}`, `history/${key}`);
    return found.filter((change) => "value" in change);
  }

  async watch(prefix: string, listener: (change: Change) => void): Promise<Watching> {
    checkPrefix(prefix, "could not watch");
    if (typeof listener !== "function")
      throw new PluginError("argument", `could not watch: found ${describe(listener)}, wanted a function`);
    const poll = new Poll(this.#line, { of: "values", prefix }, listener);
    await poll.begin();
    this.#polls.add(poll);
    return {
      stop: () => {
        poll.stop();
        this.#polls.delete(poll);
      },
    };
  }

  close(): void {
    for (const poll of this.#polls) poll.stop();
  }

  async #set(key: string, value: Uint8Array, condition: string): Promise<number | undefined> {
    checkKey(key, "could not put");
    const own = checkedBytes(value, this.#most, "could not put", `the value of ${key}`);
    const path = `values/${key}${condition}`;
    return (await this.#post(`could not put ${key}`, path, own, revisionSchema)).revision ?? undefined;
  }

  async #post<T extends z.ZodMiniType>(
    could: string,
    path: string,
    body: Uint8Array,
    schema: T,
  ): Promise<z.infer<T>> {
    const maybe = "it may have been changed";
    const told = await this.#line.ask(could, { method: "POST", path, body, most: FACTS, maybe });
    return said(could, told.body, schema);
  }

  async #changes(could: string, path: string): Promise<Change[]> {
    const { body } = await this.#line.ask(could, { method: "GET", path, most: HISTORY });
    return readable(could, () => changesOf(body));
  }
}

/** @throws PluginError `bad-peer` */
export function said<T extends z.ZodMiniType>(could: string, body: Uint8Array, schema: T): z.infer<T> {
  const { data, success } = schema.safeParse(jsonOf(body));
  if (success) return data as z.infer<T>;
  throw new PluginError("bad-peer", `${could}: its hub's answer cannot be read`);
}
