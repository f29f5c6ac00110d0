/** Keeping in a store: every call is written ahead, so that another process comes back with it. */

import { packSnapshot } from "../../abi/state/container.ts";
import { camelCase } from "../../abi/type.ts";
import { type Awaitable, isPromise, run, type Steps, wait } from "../awaitable.ts";
import { PluginError } from "../errors.ts";
import type { Generation } from "../generation/generation.ts";
import type { CallLog } from "../generation/observer.ts";
import type { HostAnswer } from "../generation/question-bytes.ts";
import type { JournalBounds } from "../journal/bounds.ts";
import { type ModuleInfo, title } from "../module/info.ts";
import type { InterruptedCall, Keep, Recalled } from "./keep.ts";
import { recordToBytes, sizeOf } from "./log-bytes.ts";
import type { Head, LogRecord } from "./log-record.ts";
import { SerialStore } from "./serial-store.ts";
import type { Store } from "./store.ts";
import { type Found, failure, known, readStore, reason } from "./store-reading.ts";

/** Recoveries that may end in the middle of one call; then it is left out, as its caller has no answer. */
const MOST_RETRIES = 3;
/** Bytes of what the host answered to a call's reads from which on they are written before the call ends. */
const MANY = 2 ** 20;
/** And what is kept of them where that cannot be waited for. */
const MOST = 2 ** 26;

export class StoreKeep implements Keep, CallLog {
  readonly #plugin: string;
  readonly #store: SerialStore;
  readonly #bounds: Required<JournalBounds>;
  /** Records that go with the next one: nothing is lost when they are. */
  #pending: LogRecord[] = [];
  #id: string = crypto.randomUUID();
  #next = 1;
  /** The call that runs. */
  #running = 0;
  #name = "";
  /** What the host answered it, and is not written yet. */
  #answers: HostAnswer[] = [];
  #answerBytes = 0;
  /** It was interrupted, and is gone on with. */
  #resumed = false;
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

  get log(): CallLog {
    return this;
  }

  /** For messages. */
  get storeName(): string {
    return this.#store.name;
  }

  get warnings(): readonly string[] {
    const { name, warnings } = this.#store;
    return warnings.map((text) => `${name}: ${text}`);
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

  begin(name: string, args: Uint8Array<ArrayBuffer>): Awaitable<void> {
    return run(this.#begin(name, args));
  }

  *#begin(name: string, args: Uint8Array<ArrayBuffer>): Steps<void> {
    const number = this.#next;
    try {
      yield* this.#append([{ kind: "call", number, name, args }]);
    } catch (cause) {
      const what = `could not call ${this.#plugin}.${camelCase(name)}: it could not be logged`;
      throw failure(`${what}: ${reason(cause)}; it was not called`, cause);
    }
    this.#calls++;
    this.#next++;
    this.#start(number, name);
  }

  #start(number: number, name: string, resumed = false): void {
    this.#running = number;
    this.#name = name;
    this.#resumed = resumed;
    this.#answers = [];
    this.#answerBytes = 0;
  }

  answered(answer: HostAnswer): PromiseLike<void> | undefined {
    this.#answers.push(answer);
    this.#answerBytes += sizeOf(answer);
    const many = this.#answerBytes > MANY && this.#store.synchronous;
    if (answer.kind === "effect" || many) {
      const written = run(this.#write([]));
      return isPromise(written) ? written : undefined;
    }
    if (this.#answerBytes <= MOST) return undefined;
    throw new PluginError(
      "journal-full",
      `the host answered ${this.#answerBytes} bytes to one call, which ${this.#store.name} cannot take before it ends; at most ${MOST} are kept until then`,
    );
  }

  end(digest: number): Awaitable<void> {
    const end: LogRecord = { kind: "end", number: this.#running, digest };
    if (this.#answers.length > 0) return run(this.#write([end]));
    // Starts that end before the next call would be taken for starts that ended in this one.
    if (this.#resumed) return run(this.#record(end));
    // Run again, it answers the same: no need to wait for the disk a second time.
    this.#pending.push(end);
  }

  /** Writes the host answers that are not written yet, and more. */
  *#write(more: LogRecord[]): Steps<void> {
    const answers = this.#answers;
    try {
      yield* this.#append([{ kind: "answers", number: this.#running, answers }, ...more]);
    } catch (cause) {
      const call = `${this.#plugin}.${camelCase(this.#name)}`;
      const what = `could not call ${call}: what the host answered it could not be logged`;
      this.#lost = failure(`${what}: ${reason(cause)}; the call is undone`, cause);
      throw this.#lost;
    }
    this.#answers = [];
    this.#answerBytes = 0;
  }

  drop(): void {
    this.#pending.push({ kind: "drop", number: this.#running });
  }

  trapped(): Awaitable<void> {
    this.drop();
    return run(this.#flush());
  }

  *#flush(): Steps<void> {
    try {
      yield* this.#append([]);
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
    const head: Head = { kind: "head", format: 2, id: this.#id, next: this.#next, ...about };
    try {
      yield* wait(this.#store.begin(snapshot, recordToBytes(head), build.bytes));
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
    const found = await readStore(this.#store, [...this.#pending]);
    if (!found) return undefined;
    const { head, next, retries, bytes } = found;
    this.#id = head.id;
    this.#next = next;
    this.#retries = retries;
    this.#calls = next - head.next;
    this.#bytes = bytes;
    return found;
  }

  resume({ number, name }: InterruptedCall): Awaitable<boolean> {
    this.#start(number, name, true);
    return run(this.#resume(number));
  }

  *#resume(number: number): Steps<boolean> {
    if (this.#retries >= MOST_RETRIES) return false;
    yield* this.#record({ kind: "retry", number });
    return true;
  }

  *#record(record: LogRecord): Steps<void> {
    try {
      yield* this.#append([record]);
    } catch (cause) {
      throw failure(`could not write to ${this.#store.name}: ${reason(cause)}`, cause);
    }
  }

  async close(last: Generation | undefined): Promise<void> {
    await this.#store.idle();
    try {
      // Without calls since the snapshot there is nothing that it does not hold.
      if (this.#calls > 0 && last && !last.trapped) await this.checkpoint(last);
      else if (this.#pending.length > 0) await run(this.#append([]));
    } finally {
      await this.#store.close();
    }
  }

  /** Lets go of the store, as it is. */
  async abandon(): Promise<void> {
    await this.#store.close();
  }

  /** Writes what was left until now, and more. */
  *#append(records: readonly LogRecord[]): Steps<void> {
    const left = this.#pending.length;
    const bytes = [...this.#pending, ...records].map(recordToBytes);
    for (const each of bytes) this.#bytes += each.length;
    yield* wait(this.#store.append(bytes));
    this.#pending.splice(0, left);
  }
}

/** A plugin without state has nothing that could outlive it. */
export function stateless(build: ModuleInfo, store: string): PluginError {
  return new PluginError("no-state", `could not load ${title(build)} from ${store}: it has no state to keep`);
}
