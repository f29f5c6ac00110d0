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
import { recordToBytes } from "./log-bytes.ts";
import type { Head, LogRecord } from "./log-record.ts";
import { LoggedCall } from "./logged-call.ts";
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
  #call = new LoggedCall(0, "");
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
    return `${this.#id}/${this.#call.number}`;
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
      const found = await this.#found();
      // The next number may have been given to a call of which nothing is left.
      if (found) this.#next++;
      return found;
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
    const left = [...this.#pending];
    try {
      yield* this.#append([{ kind: "call", number, name, args }]);
    } catch (cause) {
      const what = `could not call ${this.#plugin}.${camelCase(name)}: it could not be logged`;
      throw failure(`${what}: ${reason(cause)}; it was not called`, cause);
    }
    this.#calls++;
    this.#next++;
    this.#call = new LoggedCall(number, name, left);
  }

  answered(answer: HostAnswer): PromiseLike<void> | undefined {
    const call = this.#call;
    call.answered(answer);
    const many = call.bytes > MANY && this.#store.synchronous;
    if (answer.kind === "effect" || many) {
      const written = run(this.#write([]));
      return isPromise(written) ? written : undefined;
    }
    if (call.bytes <= MOST) return undefined;
    throw new PluginError(
      "journal-full",
      `the host answered ${call.bytes} bytes to one call, which ${this.#store.name} cannot take before it ends; at most ${MOST} are kept until then`,
    );
  }

  end(digest: number): Awaitable<void> {
    const { number, answers, isResumed } = this.#call;
    const end: LogRecord = { kind: "end", number, digest };
    if (answers.length > 0) return run(this.#write([end]));
    // Starts that end before the next call would be taken for starts that ended in this one.
    if (isResumed) return run(this.#record(end));
    // Run again, it answers the same: no need to wait for the disk a second time.
    this.#pending.push(end);
  }

  /** Writes the host answers that are not written yet, and more. */
  *#write(more: LogRecord[]): Steps<void> {
    const call = this.#call;
    const { number, answers } = call;
    if (call.undone) throw call.undone;
    try {
      yield* this.#append([{ kind: "answers", number, answers }, ...more]);
    } catch (cause) {
      const what = `could not call ${this.#plugin}.${camelCase(call.name)}: what the host answered it could not be logged`;
      this.#lost = failure(`${what}: ${reason(cause)}; the call is undone`, cause);
      yield* this.#undo(this.#lost);
      throw this.#lost;
    }
    call.written();
  }

  drop(): void {
    if (!this.#call.undone) this.#pending.push(this.#call.drop);
  }

  trapped(): Awaitable<void> {
    return run(this.#trapped());
  }

  *#trapped(): Steps<void> {
    this.drop();
    try {
      yield* this.#append([]);
    } catch (cause) {
      yield* this.#undo(failure(reason(cause), cause));
    }
  }

  /**
   * What is written of the call is taken back, where the disk takes no more. That its number was given is written if there is
   * room by now, and with the next record otherwise: of one such number nothing need be there. Never throws.
   */
  *#undo(why: PluginError): Steps<void> {
    const call = this.#call;
    const { appends, left, drop } = call;
    if (!left || left.some(({ kind }) => kind === "drop")) return;
    try {
      yield* wait(this.#store.retract(appends));
    } catch {
      return;
    }
    call.undone = why;
    this.#pending = [...left, drop];
    try {
      yield* this.#append([]);
    } catch {}
  }

  lost(): PluginError | undefined {
    const lost = this.#lost;
    this.#lost = undefined;
    return lost;
  }

  checkpoint(generation: Generation, isNew = false): Awaitable<void> {
    return run(this.#checkpoint(generation, isNew));
  }

  *#checkpoint(generation: Generation, isNew: boolean): Steps<void> {
    this.#patience++;
    const { build } = generation;
    const { name: plugin, version, state } = build.manifest;
    const saved = yield* wait(isNew ? generation.saveInPlace() : generation.save());
    // A thread saves later: its plugin may have been closed meanwhile, and every call is in the log.
    if (this.#store.over) return;
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
    this.#next = Math.max(this.#next, next);
    this.#retries = retries;
    this.#calls = next - head.next;
    this.#bytes = bytes;
    return found;
  }

  resume({ number, name }: InterruptedCall): Awaitable<boolean> {
    this.#call = new LoggedCall(number, name);
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
