/** Keeping in a store: every call is written ahead, so that another process comes back with it. */

import { AbiError } from "../../abi/error.ts";
import { packSnapshot, readSnapshot } from "../../abi/state/container.ts";
import { camelCase } from "../../abi/type.ts";
import { type Awaitable, run, type Steps, wait } from "../awaitable.ts";
import { detail, PluginError, reason as plain } from "../errors.ts";
import type { Generation, State } from "../generation/generation.ts";
import type { RecordedCall } from "../generation/observer.ts";
import { Journal, type JournalBounds } from "../journal/journal.ts";
import { type ModuleInfo, title } from "../module/info.ts";
import type { Keep, Recalled } from "./keep.ts";
import { type Head, type LogRecord, recordFromBytes, recordToBytes, tell } from "./log-record.ts";
import { SerialStore } from "./serial-store.ts";
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
  readonly #store: SerialStore;
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
    this.#store = new SerialStore(store);
    this.#bounds = { calls: 10_000, bytes: 2 ** 24, ...store.checkpoint };
  }

  /** For messages. */
  get storeName(): string {
    return this.#store.name;
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

  begin(entry: RecordedCall): Awaitable<void> {
    return run(this.#begin(entry));
  }

  *#begin(entry: RecordedCall): Steps<void> {
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

  answered(entry: RecordedCall): Awaitable<void> {
    return run(this.#write(entry, []));
  }

  end(entry: RecordedCall): Awaitable<void> {
    const end: LogRecord = { kind: "end", number: entry.number!, digest: entry.digest! };
    if (entry.answers.length === entry.logged) {
      // Run again, it answers the same: no need to wait for the disk a second time.
      this.#pending.push(end);
      return;
    }
    return run(this.#write(entry, [end]));
  }

  /** Writes the host answers that are not written yet, and more. */
  *#write(entry: RecordedCall, more: LogRecord[]): Steps<void> {
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

  drop(entry: RecordedCall): void {
    this.#pending.push({ kind: "drop", number: entry.number! });
  }

  trapped(entry: RecordedCall): Awaitable<void> {
    this.drop(entry);
    return run(this.#flush());
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

  checkpoint(generation: Generation): Awaitable<void> {
    return run(this.#checkpoint(generation));
  }

  *#checkpoint(generation: Generation): Steps<void> {
    this.#patience++;
    const { build } = generation;
    const { name: plugin, version, state } = build.manifest;
    const saved = yield* wait(generation.save());
    generation.forget();
    if (!state || !saved) throw stateless(build, this.storeName);
    const { schema, fingerprint } = state;
    const snapshot = packSnapshot({ schema, fingerprint, datum: saved.datum, plugin, version });
    const { digest } = build;
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

  resume(entry: RecordedCall): Awaitable<boolean> {
    return run(this.#resume(entry));
  }

  *#resume(entry: RecordedCall): Steps<boolean> {
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

  async close(last: Generation | undefined): Promise<void> {
    await this.#store.idle();
    try {
      // Without calls since the snapshot there is nothing that it does not hold.
      if (this.#calls > 0 && last && !last.trapped) await this.checkpoint(last);
      else if (this.#pending.length > 0) await this.#append(this.#pending.splice(0));
    } finally {
      await this.#store.close();
    }
  }

  /** Lets go of the store, as it is. */
  async abandon(): Promise<void> {
    await this.#store.close();
  }

  #append(records: readonly LogRecord[]): Awaitable<void> {
    const bytes = records.map(recordToBytes);
    for (const each of bytes) this.#bytes += each.length;
    return this.#store.append(bytes);
  }
}

/** A plugin without state has nothing that could outlive it. */
export function stateless(build: ModuleInfo, store: string): PluginError {
  return new PluginError("no-state", `could not load ${title(build)} from ${store}: it has no state to keep`);
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
