/** Keeping in a store: every call is written ahead, so that another process comes back with it. */

import { AbiError } from "../../abi/error.ts";
import { packSnapshot, readSnapshot } from "../../abi/state/container.ts";
import { camelCase } from "../../abi/type.ts";
import { run, type Steps, wait } from "../awaitable.ts";
import { detail, PluginError, reason as plain } from "../errors.ts";
import type { NearGeneration } from "../generation/near.ts";
import { type Entry, Journal, type JournalBounds } from "../journal/journal.ts";
import { type PluginModule, title } from "../module/module.ts";
import type { State } from "../swap/swap.ts";
import type { Keep, Recalled } from "./keep.ts";
import { type Head, type LogRecord, recordFromBytes, recordToBytes, tell } from "./log-record.ts";
import type { Store } from "./store.ts";

/** What a store held when it was opened. */
export interface Found extends Recalled {
  readonly state: State;
  readonly head: Head;
  readonly torn: number;
}

/** Recoveries that may end in the middle of one call; then it is left out, as its caller has no answer. */
const MOST_RETRIES = 3;

export class StoreKeep implements Keep {
  readonly journal = new Journal();
  readonly #plugin: string;
  readonly #store: Store;
  readonly #bounds: Required<JournalBounds>;
  /** Records that go with the next one: nothing is lost when they are. */
  #pending: LogRecord[] = [];
  #id: string = crypto.randomUUID();
  #next = 1;
  #running = 0;
  #retries = 0;
  #calls = 0;
  #bytes = 0;
  /** How many times the bound, after checkpoints that failed. */
  #patience = 1;
  #lost: PluginError | undefined;

  constructor(plugin: string, store: Store) {
    this.#plugin = plugin;
    this.#store = store;
    this.#bounds = { calls: 10_000, bytes: 2 ** 24, ...store.checkpoint };
  }

  get callName(): string {
    return `${this.#id}/${this.#running}`;
  }

  get due(): boolean {
    const { calls, bytes } = this.#bounds;
    return this.#calls >= calls * this.#patience || this.#bytes >= bytes * this.#patience;
  }

  /** Takes the store. @returns what it holds */
  async open(): Promise<Found | undefined> {
    const { name } = this.#store;
    try {
      await this.#store.open();
    } catch (cause) {
      throw known(cause) ?? failure(`could not open ${name}: ${reason(cause)}`, cause);
    }
    try {
      return await this.#found();
    } catch (error) {
      await this.abandon();
      throw error;
    }
  }

  begin(entry: Entry): void | PromiseLike<void> {
    return run(this.#begin(entry)) as void | PromiseLike<void>;
  }

  *#begin(entry: Entry): Steps<void> {
    const number = this.#next;
    const { name, args } = entry;
    try {
      yield* wait(this.#append([...this.#pending, { kind: "call", number, name, args }]));
    } catch (cause) {
      const what = `could not call ${this.#plugin}.${camelCase(name)}: it could not be logged`;
      throw failure(`${what}: ${reason(cause)}; it was not called`, cause);
    }
    this.#pending = [];
    this.#calls++;
    this.#next++;
    this.#running = number;
    entry.number = number;
    entry.logged = 0;
  }

  answered(entry: Entry): void | PromiseLike<void> {
    return run(this.#write(entry, [])) as void | PromiseLike<void>;
  }

  end(entry: Entry): void | PromiseLike<void> {
    const end: LogRecord = { kind: "end", number: entry.number!, digest: entry.digest! };
    if (entry.answers.length === entry.logged) {
      // Run again, it answers the same: no need to wait for the disk a second time.
      this.#pending.push(end);
      return;
    }
    return run(this.#write(entry, [end])) as void | PromiseLike<void>;
  }

  /** Writes the host answers that are not written yet, and more. */
  *#write(entry: Entry, more: LogRecord[]): Steps<void> {
    const { number = 0, logged = 0, answers } = entry;
    const count = answers.length;
    try {
      const told: LogRecord = { kind: "answers", number, answers: answers.slice(logged) };
      yield* wait(this.#append([...this.#pending, told, ...more]));
    } catch (cause) {
      const what = `could not call ${this.#plugin}.${camelCase(entry.name)}: what the host answered it could not be logged`;
      this.#lost = failure(`${what}: ${reason(cause)}; the call is undone`, cause);
      throw this.#lost;
    }
    this.#pending = [];
    entry.logged = count;
  }

  drop(entry: Entry): void {
    this.#pending.push({ kind: "drop", number: entry.number! });
  }

  trapped(entry: Entry): void | PromiseLike<void> {
    this.drop(entry);
    return run(this.#flush()) as void | PromiseLike<void>;
  }

  *#flush(): Steps<void> {
    try {
      yield* wait(this.#append(this.#pending));
      this.#pending = [];
    } catch {
      // It goes with the next one.
    }
  }

  lost(): PluginError | undefined {
    const lost = this.#lost;
    this.#lost = undefined;
    return lost;
  }

  checkpoint(generation: NearGeneration): void | PromiseLike<void> {
    return run(this.#checkpoint(generation)) as void | PromiseLike<void>;
  }

  *#checkpoint(generation: NearGeneration): Steps<void> {
    this.#patience++;
    const { module } = generation;
    const { name: plugin, version, state } = module.manifest;
    const saved = generation.save();
    generation.forget();
    if (!state || !saved) throw stateless(module, this.#store);
    const { schema, fingerprint } = state;
    const snapshot = packSnapshot({ schema, fingerprint, datum: saved.datum, plugin, version });
    const { digest } = module;
    const about = { plugin, version, ...(digest !== undefined && { digest }) };
    const head: Head = { kind: "head", format: 1, id: this.#id, next: this.#next, ...about };
    try {
      yield* wait(this.#store.begin(snapshot, recordToBytes(head)));
    } catch (cause) {
      throw failure(`could not write a snapshot to ${this.#store.name}: ${reason(cause)}`, cause);
    }
    this.#pending = [];
    this.#calls = 0;
    this.#bytes = 0;
    this.#patience = 1;
  }

  async recall(): Promise<Recalled> {
    const found = await this.#found();
    if (!found) throw new PluginError("bad-store", `${this.#store.name} is empty, and was not`);
    return found;
  }

  async #found(): Promise<Found | undefined> {
    const { name } = this.#store;
    try {
      const kept = await this.#store.read();
      if (!kept) return undefined;
      const records: LogRecord[] = [];
      let bytes = 0;
      for await (const record of kept.records) {
        bytes += record.length;
        records.push(recordFromBytes(record));
      }
      records.push(...this.#pending);
      const { head, journal, next, retries } = tell(records, new Journal());
      const { datum, ...origin } = await readSnapshot(kept.snapshot);
      if (origin.plugin !== head.plugin || origin.version !== head.version) {
        throw new PluginError("bad-store", "its snapshot and its log are of different versions");
      }
      this.#id = head.id;
      this.#next = next;
      this.#retries = retries;
      this.#calls = next - head.next;
      this.#bytes = bytes;
      return { head, journal, state: { datum }, origin, torn: kept.torn };
    } catch (cause) {
      if (cause instanceof AbiError || known(cause)?.code === "bad-store") {
        const why = cause instanceof PluginError ? detail(cause) : `its snapshot: ${reason(cause)}`;
        throw new PluginError("bad-store", `could not read ${name}: ${why}; nothing of it was changed`, {
          cause,
        });
      }
      throw known(cause) ?? failure(`could not read ${name}: ${reason(cause)}`, cause);
    }
  }

  resume(entry: Entry): boolean | PromiseLike<boolean> {
    return run(this.#resume(entry)) as boolean | PromiseLike<boolean>;
  }

  *#resume(entry: Entry): Steps<boolean> {
    const number = entry.number!;
    if (this.#retries >= MOST_RETRIES) return false;
    try {
      yield* wait(this.#append([...this.#pending, { kind: "retry", number }]));
    } catch (cause) {
      throw failure(`could not write to ${this.#store.name}: ${reason(cause)}`, cause);
    }
    this.#pending = [];
    this.#running = number;
    return true;
  }

  async close(last: NearGeneration): Promise<void> {
    try {
      // Without calls since the snapshot there is nothing that it does not hold.
      if (this.#calls > 0 && !last.trapped) await this.checkpoint(last);
      else if (this.#pending.length > 0) await this.#append(this.#pending);
    } finally {
      await this.#store.close();
    }
  }

  /** Lets go of the store, as it is. */
  async abandon(): Promise<void> {
    await this.#store.close();
  }

  #append(records: readonly LogRecord[]): void | PromiseLike<void> {
    const bytes = records.map(recordToBytes);
    for (const each of bytes) this.#bytes += each.length;
    return this.#store.append(bytes);
  }
}

/** A plugin without state has nothing that could outlive it. */
export function stateless(module: PluginModule, store: Store): PluginError {
  return new PluginError(
    "no-state",
    `could not load ${title(module)} from ${store.name}: it has no state to keep`,
  );
}

function failure(message: string, cause: unknown): PluginError {
  const code = known(cause)?.code === "store-locked" ? "store-locked" : "store-failed";
  return new PluginError(code, message, { cause });
}

function reason(error: unknown): string {
  return error instanceof PluginError ? detail(error) : plain(error);
}

function known(error: unknown): PluginError | undefined {
  return error instanceof PluginError ? error : undefined;
}
