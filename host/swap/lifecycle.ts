/** The lifecycle of a plugin: which generation serves, what is under way, and which records and events come of it. */
import { turn } from "../awaitable.ts";
import type { Serving } from "../call/calls.ts";
import { Gate } from "../call/gate.ts";
import type { Contract } from "../contract/contract.ts";
import type { Keep } from "../durable/keep.ts";
import type { PluginError } from "../errors.ts";
import { Events, report } from "../events.ts";
import type { Generation, GenerationMaker, Surroundings } from "../generation/generation.ts";
import { Nesting } from "../grant/nesting.ts";
import type { Journal } from "../journal/journal.ts";
import { versionOf } from "../module/info.ts";
import { randomName } from "../random-name.ts";
import type { Transition, VersionRecord } from "../transition.ts";
import { both, dutiesOf, type Mirrored } from "./duties.ts";
import { History } from "./history.ts";
import type { Probation } from "./probation.ts";
import type { Recorder } from "./recorder.ts";
import { StatusMachine } from "./status.ts";

export interface PluginEvents extends Record<string, unknown> {
  /** One for each transition, refusals too. */
  readonly transition: Transition;
  /** The generation that serves trapped. */
  readonly trap: { readonly plugin: string; readonly generation: number; readonly error: PluginError };
  /** A grant, a stop hook or a listener threw where no caller waits for it. Without a listener it is on the console. */
  readonly error: { readonly plugin: string; readonly error: unknown };
  readonly close: { readonly plugin: string };
}

export interface LifecycleOptions {
  /** Calls that may wait while a swap or another call is under way. */
  readonly queue: number;
  /** Calls that may be inside at a time; a WebAssembly instance takes one. @default 1 */
  readonly concurrency?: number;
  /** Milliseconds that calls wait behind one that a grant suspends. @default while re-entry can be told, no bound */
  readonly grantTimeout?: number | undefined;
  /** Whether a generation that trapped is followed by a fresh one. */
  readonly restarts: boolean;
  /** What the plugin needs to come back, if it is to. @param passed counts the calls of the plugin */
  readonly keeping: ((passed: () => number) => Keeping) | undefined;
  /** Bytes that its journal may keep, for those who say no other number. @default 67_108_864 (64 MiB) */
  readonly maxJournalBytes?: number | undefined;
  /** The store that calls are written to, where it answers later. */
  readonly waits: string | undefined;
  readonly maker: (surroundings: Surroundings) => GenerationMaker;
  /** Gives others a turn while a swap is prepared. @default the event loop's */
  readonly turn?: () => Promise<void>;
}

/** What a plugin that comes back has from the beginning. */
export interface Keeping {
  readonly keep: Keep;
  readonly journal: Journal;
}

/** Follows a generation that is gone by a fresh one. */
export interface Restarting {
  /** When a restart that is under way has ended. */
  readonly done: Promise<void>;
  /** What serves trapped. @returns whether it will be followed by a fresh instance, if that is possible */
  after(trap: PluginError): boolean;
  /** What serves did something that cannot be logged: a fresh one has not. */
  undo(error: PluginError): void;
}

/** A version that sees every call, and answers none. */
export interface Mirroring {
  end(why: string | undefined): void;
}

/** What is true after a call that ended the instance which was in it. */
const RESTARTED = "a fresh instance takes its place, without this call";
const UNTIL_SWAPPED = "it is not called again until it is swapped or rolled back";
const WOULD_RESTART = 'with a store, or afterTrap: "restart", it would come back by itself';

export class Lifecycle {
  readonly name: string;
  readonly status = new StatusMachine();
  /** What a listener of another event throws is an event `error`; what one of that throws is on the console. */
  readonly events: Events<PluginEvents> = new Events((error, type) =>
    type === "error" ? report(error) : this.tellError(error),
  );
  readonly history = new History((record) => this.events.emit("transition", record));
  readonly gate: Gate;
  readonly maker: GenerationMaker;
  readonly surroundings: Surroundings;
  readonly keep: Keep | undefined;
  /** The calls that somebody keeps, of whichever generation serves; not there before. */
  journal: Journal | undefined;
  readonly maxJournalBytes: number | undefined;
  readonly turn: () => Promise<void>;
  /** Set where something is kept that a fresh instance can begin from. */
  restarting: Restarting | undefined;
  /** What live views expect, in the order of their functions' numbers. A swap must not break any. */
  readonly contracts: Contract[];
  /** The one box that calls look into. */
  serving!: Serving;
  /** Of a swap that is under way, once it is made. */
  successor: Generation | undefined;
  probation: Probation | undefined;
  mirror: Mirroring | undefined;
  /** It traps, and what served before takes its place: calls wait, and are not told of it. */
  takenBack: Generation | undefined;
  /** Numbers of generations that were given out. */
  #numbers = 1;
  #closing: AbortController | undefined;
  #loadName: string | undefined;
  readonly #grantTimeout: number | undefined;
  #mirrored: Mirrored | undefined;

  constructor(name: string, contract: Contract, options: LifecycleOptions) {
    const {
      queue,
      concurrency = 1,
      grantTimeout,
      restarts,
      keeping,
      waits,
      maker,
      maxJournalBytes,
    } = options;
    this.#grantTimeout = grantTimeout;
    this.name = name;
    this.turn = options.turn ?? turn;
    this.contracts = [contract];
    this.gate = new Gate({ plugin: name, concurrency, queue });
    const passed = () => this.gate.passed;
    this.maxJournalBytes = maxJournalBytes;
    const { journal, keep } = keeping?.(passed) ?? {};
    this.journal = journal;
    this.keep = keep;
    this.surroundings = {
      plugin: name,
      nesting: new Nesting(),
      callName: keep ? () => keep.callName : passed,
      loadName: () => {
        this.#loadName ??= randomName();
        return this.#loadName;
      },
      waits,
      afterTrap: restarts ? RESTARTED : UNTIL_SWAPPED,
      afterFailure: keep ? RESTARTED : `${WOULD_RESTART}; now ${UNTIL_SWAPPED}`,
      onError: (error) => this.tellError(error),
      onTrap: (generation, error) => this.#onTrap(generation, error),
    };
    this.maker = maker(this.surroundings);
  }

  /** Tells of an error that no caller waits for: as an event, and where nothing listens to it on the console. */
  tellError(error: unknown): void {
    if (this.events.emit("error", { plugin: this.name, error })) return;
    report(error);
  }

  get current(): Generation {
    return this.serving.current;
  }

  get closed(): boolean {
    return this.status.status === "closed";
  }

  /** Fires when closing begins. */
  get closing(): AbortSignal {
    this.#closing ??= new AbortController();
    if (this.closed) this.#closing.abort();
    return this.#closing.signal;
  }

  /** Begins to close: nothing else begins from now on, and what is under way gives up. */
  close(): void {
    this.status.close();
    this.#closing?.abort();
  }

  /** The number of one more generation. */
  number(): number {
    return ++this.#numbers;
  }

  /** What is true now, for messages. */
  now(): string {
    if (this.closed) return "it was closed";
    const { build, trapped } = this.current;
    // What a store could not log is undone, and is no trap.
    const ended = trapped?.code === "store-failed" ? "has to be restarted" : "has trapped";
    return `version ${build.manifest.version} ${trapped ? ended : "still serves"}`;
  }

  /** The first generation serves. */
  serve(first: Generation): void {
    const { name, gate } = this;
    const { nesting, waits } = this.surroundings;
    const slow = waits ? "its store" : undefined;
    this.serving = { name, gate, nesting, current: first, slow, grantTimeout: this.#grantTimeout };
    this.observe();
    first.serve();
  }

  /** The cutover: one assignment, and nothing that can throw. */
  cutOver(to: Generation): void {
    this.mirror?.end("another version serves now");
    this.serving.current = to;
    this.gate.refuse(undefined);
  }

  /** Tells calls of what serves to all that have to know of them: a probation, or what is kept and a mirror. */
  observe(): void {
    const { probation, current, keep, journal } = this;
    const mirrored = this.#mirrored;
    const duties = journal && (keep || mirrored) && dutiesOf(this, journal, keep);
    if (probation) current.observe(probation.observer);
    else current.observe(duties && mirrored ? both(duties, mirrored) : duties);
  }

  /** Tells calls to a mirror too, from now on; to none with `undefined`. */
  observeBeside(mirrored: Mirrored | undefined): void {
    this.#mirrored = mirrored;
    this.observe();
  }

  /** Ends a probation, if there is one, without a record. */
  endProbation(): Probation | undefined {
    const { probation } = this;
    probation?.end();
    this.probation = undefined;
    this.observe();
    return probation;
  }

  retire(generation: Generation): void {
    const error = generation.retire();
    if (error !== undefined) this.surroundings.onError(error);
  }

  /** Finishes a record, keeps it, and tells the listeners. @param place where it was reserved before */
  record(
    recorder: Recorder,
    what: Pick<Transition, "outcome" | "from" | "to" | "cause">,
    place = this.history.reserve(),
  ): Transition {
    const record = recorder.finish({ plugin: this.name, ...what });
    place(record);
    return record;
  }

  #onTrap(generation: Generation, error: PluginError): void {
    if (generation !== this.serving?.current) return;
    const handled = generation === this.takenBack || (!this.probation && this.#comesBack(error));
    if (!handled) this.gate.refuse(error);
    this.events.emit("trap", { plugin: this.name, generation: generation.number, error });
  }

  /** What a grant did is undone, and counts as no crash of the plugin's. */
  #comesBack(error: PluginError): boolean {
    const { restarting } = this;
    if (!restarting || error.code !== "grant-failed") return restarting?.after(error) ?? false;
    restarting.undo(error);
    return true;
  }
}

/** How records name a generation. */
export function versionOfGeneration({ build, number }: Generation): VersionRecord {
  return versionOf(build, number);
}
