/** The lifecycle of a plugin: which generation serves, what is under way, and the records of both. */
import { type Awaitable, turn } from "../awaitable.ts";
import type { Serving } from "../call/calls.ts";
import { Gate } from "../call/gate.ts";
import type { Contract } from "../contract/contract.ts";
import type { Keep } from "../durable/keep.ts";
import type { PluginError } from "../errors.ts";
import { Events, report } from "../events.ts";
import type { Generation, GenerationMaker, Surroundings } from "../generation/generation.ts";
import { Nesting } from "../grant/nesting.ts";
import type { Dependencies } from "../grant/provider.ts";
import type { Journal } from "../journal/journal.ts";
import { versionOf } from "../module/info.ts";
import { misfit } from "../option.ts";
import { randomName } from "../random-name.ts";
import type { Transition, VersionRecord } from "../transition.ts";
import { both, dutiesOf, type Mirrored } from "./duties.ts";
import { History } from "./history.ts";
import type { Probation } from "./probation.ts";
import { Retirements } from "./retirements.ts";
import { StatusMachine } from "./status.ts";
import type { TransitionRecorder } from "./transition-recorder.ts";

export interface PluginEvents {
  /** One record for each transition, refusals included. */
  readonly transition: Transition;
  /** The serving generation trapped. */
  readonly trap: { readonly plugin: string; readonly generation: number; readonly error: PluginError };
  /**
   * An error that no caller waits for, of a grant, a stop hook or a listener. Without a listener it is
   * printed.
   */
  readonly error: { readonly plugin: string; readonly error: unknown };
  /** The plugin was closed. */
  readonly close: { readonly plugin: string };
}

const EVENTS: readonly unknown[] = Object.keys({
  transition: true,
  trap: true,
  error: true,
  close: true,
} satisfies Record<keyof PluginEvents, true>);

/** @throws PluginError `argument`: a listener of anything else would never be called */
export function checkEvent(type: unknown): void {
  if (!EVENTS.includes(type)) throw misfit(type, "an event", `one of ${EVENTS.join(", ")}`);
}

export interface LifecycleOptions {
  /** Calls that may wait while a swap or another call is under way. */
  readonly queue: number;
  /** Approximate bytes of the arguments of calls that wait. @default 67_108_864 (64 MiB) */
  readonly queueBytes?: number | undefined;
  /** Calls that may be inside at a time; a WebAssembly instance takes one. @default 1 */
  readonly concurrency?: number;
  /** Milliseconds that calls wait behind a suspended one. @default no bound where re-entry is detected */
  readonly grantTimeout?: number | undefined;
  /** Whether a generation that trapped is followed by a fresh one. */
  readonly restarts: boolean;
  /** What the plugin needs to come back, if it is to. @param passed counts the calls of the plugin */
  readonly keeping: ((passed: () => number) => Keeping) | undefined;
  /** Bytes of the journal where no other option gives a number. @default 67_108_864 (64 MiB) */
  readonly maxJournalBytes?: number | undefined;
  /** The name of the store that calls are written to, where it answers promises. */
  readonly waits: string | undefined;
  readonly maker: (surroundings: Surroundings) => GenerationMaker;
  /** Gives other work a turn while a swap is prepared. @default a turn of the event loop */
  readonly turn?: () => Promise<void>;
}

/** What a plugin that comes back has from the beginning. */
export interface Keeping {
  readonly keep: Keep;
  readonly journal: Journal;
}

/** Replaces a generation that trapped by a fresh instance. */
export interface Restarting {
  /** Resolves when the restart that is under way has ended. */
  readonly done: Promise<void>;
  /** The serving generation trapped. @returns whether a fresh instance will replace it, if possible */
  after(trap: PluginError): boolean;
  /** A call could not be logged: a fresh instance, without that call, replaces the serving generation. */
  undo(error: PluginError): void;
}

/** A version that observes every call, and answers none. */
export interface Mirroring {
  end(why: string | undefined): void;
}

/** What is true after a call that ended its own instance, for messages. */
const RESTARTED = "a fresh instance takes its place, without this call";
const UNTIL_SWAPPED = "it is not called again until it is swapped or rolled back";
const WOULD_RESTART = 'with a store, or afterTrap: "restart", it would come back by itself';

export class Lifecycle {
  readonly name: string;
  readonly status = new StatusMachine();
  /** A listener's error becomes an event `error`; that of a listener of `error` goes to the console. */
  readonly events: Events<PluginEvents> = new Events((error, type) =>
    type === "error" ? report(error) : this.tellError(error),
  );
  readonly history = new History((record) => this.events.emit("transition", record));
  readonly gate: Gate;
  /** Another one, as soon as a version runs elsewhere. */
  maker: GenerationMaker;
  readonly surroundings: Surroundings;
  /** The plugins that it calls, and those that call it, where there are any. */
  dependencies: Dependencies | undefined;
  readonly keep: Keep | undefined;
  /** The recorded calls of whichever generation serves; missing before something records them. */
  journal: Journal | undefined;
  readonly maxJournalBytes: number | undefined;
  readonly turn: () => Promise<void>;
  /** Set where a restart has a state to begin from. */
  restarting: Restarting | undefined;
  /** The contracts of all live views, in the order of their functions' numbers. A swap must not break any. */
  readonly contracts: Contract[];
  /** The one object in which calls look up the serving generation. */
  serving!: Serving;
  /** The successor of a swap that is under way, once it is made. */
  successor: Generation | undefined;
  probation: Probation | undefined;
  mirror: Mirroring | undefined;
  /** A state crosses beside what serves: its calls are kept. */
  copying = false;
  /** A version on probation that trapped and is being rolled back: calls wait, and do not see the trap. */
  takenBack: Generation | undefined;
  /** The number of the last generation. */
  readonly retirements = new Retirements((error) => this.tellError(error));
  #numbers = 1;
  #closing: AbortController | undefined;
  #loadName: string | undefined;
  readonly #grantTimeout: number | undefined;
  #mirrored: Mirrored | undefined;

  constructor(name: string, contract: Contract, options: LifecycleOptions) {
    const { queue, queueBytes, concurrency = 1, restarts, keeping, waits, maker } = options;
    this.#grantTimeout = options.grantTimeout;
    this.name = name;
    this.turn = options.turn ?? turn;
    this.contracts = [contract];
    this.gate = new Gate({ plugin: name, concurrency, queue, queueBytes });
    const passed = () => this.gate.passed;
    this.maxJournalBytes = options.maxJournalBytes;
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

  /** Reports an error that no caller waits for: as an event, or without a listener on the console. */
  tellError(error: unknown): void {
    if (this.events.emit("error", { plugin: this.name, error })) return;
    report(error);
  }

  get current(): Generation {
    return this.serving.current;
  }

  /** Where pauses and restarts keep calls out: its gate, and those of plugins that call it and could not wait. */
  get paused(): Pick<Gate, "quiet" | "hold"> {
    return this.dependencies ?? this.gate;
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

  /** Begins to close: nothing else may begin, and what is under way is aborted. */
  close(): void {
    this.status.close();
    this.#closing?.abort();
  }

  /** The number of the next generation. */
  number(): number {
    return ++this.#numbers;
  }

  /** Which version serves now, for messages. */
  now(): string {
    if (this.closed) return "it was closed";
    const { build, trapped } = this.current;
    // A call that the store could not log is undone; that is no trap.
    const ended = trapped?.code === "store-failed" ? "has to be restarted" : "has trapped";
    return `version ${build.manifest.version} ${trapped ? ended : "still serves"}`;
  }

  /** Makes the first generation serve. */
  serve(first: Generation): void {
    const { name, gate } = this;
    const { nesting, waits } = this.surroundings;
    const slow = waits ? "its store" : undefined;
    this.serving = { name, gate, nesting, current: first, slow, grantTimeout: this.#grantTimeout };
    this.observe();
    this.dependencies?.begun();
    first.serve();
  }

  /** The cutover: one assignment, and nothing that can throw. */
  cutOver(to: Generation): void {
    this.mirror?.end("another version serves now");
    this.serving.current = to;
    this.gate.refuse(undefined);
  }

  /** Installs the observers of calls: those of a probation, or those of the keep and a mirror. */
  observe(): void {
    const { probation, current, keep, journal, copying } = this;
    const mirrored = this.#mirrored;
    const kept = keep !== undefined || mirrored !== undefined || copying;
    const duties = journal && kept ? dutiesOf(this, journal, keep) : undefined;
    if (probation) current.observe(probation.observer);
    else current.observe(duties && mirrored ? both(duties, mirrored) : duties);
  }

  /** Adds a mirror to the observers, or removes it with `undefined`. */
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

  /** Ends a generation that served. */
  retire(generation: Generation): Awaitable<void> {
    return this.retirements.begin(generation);
  }

  /** Finishes a record, keeps it, and calls the listeners. @param place the place reserved for it */
  record(
    recorder: TransitionRecorder,
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

  /** Restarts after a trap. A failure of a grant is undone, and does not count as a crash of the plugin. */
  #comesBack(error: PluginError): boolean {
    const { restarting } = this;
    if (!restarting || error.code !== "grant-failed") return restarting?.after(error) ?? false;
    restarting.undo(error);
    return true;
  }
}

/** The version of a generation, as records have it. */
export function versionOfGeneration({ build, number }: Generation): VersionRecord {
  return versionOf(build, number);
}
