/**
 * One key on the node that has it. What happens to it happens in turns, one after the other: calls together with all
 * that came meanwhile, and what changes its place or its version. No answer leaves before the record has its state.
 */
import { PluginError, reason } from "../errors.ts";
import type { Fabric } from "../fabric/fabric.ts";
import type { Plugin } from "../plugin.ts";
import { answerFrame, problemFrame, readCall } from "../release/frame.ts";
import { problemOf } from "../remote/problem.ts";
import { Service, type ServiceOptions } from "../remote/service.ts";
import { parcel } from "./parcel.ts";
import { recordOf, writeRecord } from "./record.ts";
import type { Owned, Said } from "./said.ts";
import type { Stay } from "./stay.ts";

export interface InstanceOptions extends ServiceOptions {
  readonly name: string;
  readonly now: () => number;
  /** A call was made. @param error what it failed with, if it did */
  readonly onCall: (version: string, milliseconds: number, error?: unknown) => void;
  /** The key has another epoch. */
  readonly onEpoch: () => void;
  /** It has ended: the node has the key no more, or has to read its record again. */
  readonly onEnd: (instance: Instance) => void;
  readonly onFault: (error: unknown) => void;
}

export interface Begun {
  readonly plugin: Plugin;
  readonly head: Owned;
  readonly revision: number;
  /** The version that its state could not cross to. */
  readonly refused?: string | undefined;
}

interface Waiting {
  readonly version: string;
  readonly frame: Uint8Array;
  readonly answer: (parcel: Uint8Array) => void;
}

/** What another node answered when it was to take the key; nothing where that is not known. */
export type Taken = "taken" | "refused" | undefined;

/** Calls of one turn: their answers wait for each other. */
const BATCH = 256;
/** A save that fails ends the instance in any case: its record is as it was. */
const IN_PLACE = { inPlace: true };

export class Instance {
  readonly #fabric: Fabric;
  readonly #options: InstanceOptions;
  #plugin: Plugin;
  #service: Service;
  #head: Owned;
  #revision: number;
  #waiting: Waiting[] = [];
  #turns: Promise<void> = Promise.resolve();
  /** Turns that have not ended. */
  #busy = 0;
  #called = false;
  #ended: Said | undefined;
  /** The version that its state could not cross to. */
  #refused: string | undefined;
  /** When it was called last. */
  used: number;
  stay: Stay | undefined;

  constructor(fabric: Fabric, { plugin, head, revision, refused }: Begun, options: InstanceOptions) {
    this.#fabric = fabric;
    this.#plugin = plugin;
    this.#service = new Service(plugin, options);
    this.#head = head;
    this.#revision = revision;
    this.#refused = refused;
    this.#options = options;
    this.used = options.now();
  }

  get key(): string {
    return this.#head.key;
  }
  get version(): string {
    return this.#head.version;
  }
  get epoch(): number {
    return this.#head.epoch;
  }
  /** Nothing happens to it, and nothing waits to. */
  get idle(): boolean {
    return this.#busy === 0;
  }

  /** @returns a parcel that says what the call came to; it never fails */
  call(version: string, frame: Uint8Array): Promise<Uint8Array> {
    this.used = this.#options.now();
    // It may have ended between being found and being called.
    if (this.#ended) return Promise.resolve(parcel(this.#ended));
    return new Promise((answer) => {
      this.#waiting.push({ version, frame, answer });
      this.#callLater();
    });
  }

  /** Hands the key over, while its calls wait. @param take asks the other node, which writes the record */
  move(node: string, take: () => Promise<Taken>): Promise<void> {
    return this.#turn(async () => {
      const taken = await take();
      if (taken === "taken") return this.#end({ is: "elsewhere", node });
      // Where nobody knows, the other one may still write: after this, it cannot.
      if (taken === undefined && !(await this.#write({ ...this.#head, epoch: this.epoch + 1 })))
        return this.#end();
    });
  }

  /** Lets go of the key: the next one may have it. @param idle only where no call waits */
  release(idle = false): Promise<void> {
    return this.#turn(async () => {
      if (idle && this.#waiting.length > 0) return;
      const { node: _, ...free } = this.#head;
      try {
        await this.#write({ ...free, epoch: this.epoch + 1 });
      } finally {
        this.#end();
      }
    });
  }

  /** Ends it where another node has the key by now. */
  check(): Promise<void> {
    return this.#turn(async () => {
      const found = await recordOf(this.#fabric, this.#options.name, this.key);
      if (found?.revision !== this.#revision) this.#end();
    });
  }

  /** Goes on with another version. Where that one cannot take the state, everything stays. */
  upgrade(version: string, loaded: (state: Uint8Array) => Promise<Plugin>): Promise<void> {
    return this.#turn(async () => {
      if (version === this.version || version === this.#refused) return;
      let plugin: Plugin;
      try {
        plugin = await loaded(await this.#plugin.snapshot());
      } catch (error) {
        this.#refused = version;
        return this.#options.onFault(error);
      }
      const old = this.#plugin;
      this.#plugin = plugin;
      this.#refused = undefined;
      this.#service = new Service(plugin, this.#options);
      try {
        if (!(await this.#write({ ...this.#head, version, epoch: this.epoch + 1 }))) this.#end();
      } finally {
        await old.close({ drain: 0 });
      }
    });
  }

  #callLater(): void {
    if (this.#called) return;
    this.#called = true;
    void this.#turn(() => this.#callAll());
  }

  /** Where a turn fails, nobody knows what the record says: it is read again, before the next call. */
  #turn(work: () => Promise<void>): Promise<void> {
    this.#busy++;
    this.#turns = this.#turns.then(async () => {
      try {
        if (this.#ended) this.#dismiss();
        else await work();
      } catch (error) {
        this.#options.onFault(error);
        this.#end();
      }
      this.#busy--;
    });
    return this.#turns;
  }

  async #callAll(): Promise<void> {
    this.#called = false;
    const calls = this.#waiting.splice(0, BATCH);
    if (this.#waiting.length > 0) this.#callLater();
    const made: [Waiting, Uint8Array][] = [];
    for (const each of calls) {
      // Of another version, the same bytes may be other arguments.
      if (each.version === this.version) made.push([each, await this.#make(each.frame)]);
      else each.answer(parcel({ is: "version", version: this.version } satisfies Said));
    }
    if (made.length === 0) return;
    const error = await this.#saved();
    const lost = error && this.#answered(problemFrame(problemOf(error)));
    for (const [{ answer }, frame] of made) answer(lost ?? frame);
  }

  async #make(frame: Uint8Array): Promise<Uint8Array> {
    const { now, onCall } = this.#options;
    const began = now();
    try {
      const { name, bytes } = readCall(frame);
      const outcome = await this.#service.callInBytes(name, bytes);
      onCall(this.version, now() - began, "err" in outcome ? outcome.error : undefined);
      const own = "err" in outcome ? answerFrame("err", outcome.err) : answerFrame("answer", outcome.answer);
      return this.#answered(own);
    } catch (error) {
      onCall(this.version, now() - began, error);
      return this.#answered(problemFrame(problemOf(this.#ownError(error))));
    }
  }

  /** @returns why the calls before do not count: the instance has ended, and its record is as it was, if that is known */
  async #saved(): Promise<PluginError | undefined> {
    const could = `could not call ${this.#options.name} for ${JSON.stringify(this.key)}`;
    const undone = "it was called, and nothing that it changed was kept";
    let sure = true;
    try {
      const state = await this.#plugin.snapshot(IN_PLACE);
      sure = false;
      if (await this.#write(this.#head, state)) return undefined;
      this.#end();
      return new PluginError("unavailable", `${could}: another node took it over; ${undone}`);
    } catch (cause) {
      this.#end();
      const why = `its state could not be saved: ${reason(cause)}`;
      const { code } = this.#ownError(cause);
      // What is too large is not written.
      sure ||= code === "too-large";
      const now = sure ? undone : "it was called, and it may have been kept";
      return new PluginError(sure ? code : "unavailable", `${could}: ${why}; ${now}`, { cause });
    }
  }

  /** Writes the record with the state as it is now. @returns whether nobody else wrote since */
  async #write(head: Owned, state?: Uint8Array): Promise<boolean> {
    const bytes = state ?? (await this.#plugin.snapshot(IN_PLACE));
    const revision = await writeRecord(this.#fabric, this.#options.name, { head, bytes }, this.#revision);
    if (revision === undefined) return false;
    this.#revision = revision;
    if (head.epoch > this.epoch) this.#options.onEpoch();
    this.#head = head;
    return true;
  }

  #end(said: Said = { is: "elsewhere" }): void {
    if (this.#ended) return;
    this.#ended = said;
    this.#options.onEnd(this);
    this.#dismiss();
    void this.#plugin.close({ drain: 0 }).catch(this.#options.onFault);
  }

  /** Sends away the calls that wait: nothing ran. */
  #dismiss(): void {
    for (const { answer } of this.#waiting.splice(0)) answer(parcel(this.#ended));
  }

  #answered(frame: Uint8Array): Uint8Array {
    const refused = this.#refused;
    return parcel({ is: "answered", ...(refused !== undefined && { refused }) } satisfies Said, frame);
  }

  #ownError(error: unknown): PluginError {
    if (error instanceof PluginError) return error;
    const what = `could not call ${this.#options.name}`;
    return new PluginError("internal", `${what}: ${reason(error)}`, { cause: error });
  }
}
