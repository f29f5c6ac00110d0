/** THE interface of generations: one version of a plugin's code with its state, wherever it runs. */
import type { Passage } from "../../abi/state/state.ts";
import type { Awaitable } from "../awaitable.ts";
import type { Contract } from "../contract/contract.ts";
import type { PluginError } from "../errors.ts";
import type { Nesting } from "../grant/nesting.ts";
import type { ModuleInfo } from "../module/info.ts";
import type { FetchOptions, Source } from "../module/source.ts";
import type { CallLog, CallObserver, RecordedCall, TrappedCall } from "./observer.ts";
import type { HostCalls } from "./question.ts";

/** State on its way from one generation to the next. */
export interface State {
  /** A bare Avro datum of the schema in the manifest of the module that saved it. */
  readonly datum: Uint8Array<ArrayBuffer>;
}

/** A function of a generation. Answers at once, or later where the generation `answersLater`. */
export type Call = (...args: never[]) => unknown;

export interface Generation {
  /** Counts the generations of one plugin; the first is 1. */
  readonly number: number;
  /** The code that it was made of. */
  readonly build: Build;
  /** The functions of all contracts that it was bound to, by their numbers; each call is told to the observer. */
  readonly calls: readonly Call[];
  /** Its calls answer promises: a grant may suspend them, or they are written to a store that answers later. */
  readonly answersLater: boolean;
  /** Why it is not called again, once it trapped. */
  readonly trapped: PluginError | undefined;
  /** A copy of it can be made: saves, images and looks cannot harm it. */
  readonly cloneable: boolean;

  /** Adds the functions of one more contract to `calls`. @throws PluginError `mismatch`, and nothing was added */
  bind(contract: Contract): void;
  /** Removes the functions from this number on. */
  unbind(first: number): void;
  /** Tells every call to the observer from now on; to none with `undefined`. */
  observe(observer: CallObserver | undefined): void;
  /** Answers what the guest asks its host from now on, each call from host calls of its own. */
  answerFrom(hostCalls: () => HostCalls): void;
  /** What an error from a call is to its caller. A trap ends this generation. */
  failed(error: unknown, name: string): PluginError;
  /** What it did does not count: as after a trap it is not called, saved or stopped any more. Nothing is told of it. */
  abandon(error: PluginError): void;

  /**
   * Its state as the next call would find it, saved on a copy where it is cloneable.
   *
   * @param reuse an earlier state that is not needed any more: its bytes may be overwritten
   * @returns nothing where the plugin has no state
   * @throws PluginError `failed-save`; `trapped`
   */
  save(reuse?: State): Awaitable<State | undefined>;
  /** Lets go of the copy that `save` works on. */
  forget(): void;
  /** Takes over a state, by the passage that it was made with. @throws PluginError `failed-restore` */
  restore(state: State): Awaitable<void>;
  /** Lets the plugin look at its own state. @throws PluginError `failed-check` */
  check(): Awaitable<void>;
  /** From now on it serves: posts that it held back go out. Never throws. */
  serve(): void;
  /** Its plugin begins to close: what its grants hold ends now, so that a call which waits for them can. */
  closing(): void;
  /** Drops one that never served, or will not again. No hook of it runs. */
  discard(): void;
  /** Ends one that served: its stop hook runs, unless it trapped. @returns what the hook threw */
  retire(): unknown;

  /**
   * Runs a recorded call again. What the host answered then it answers again.
   *
   * @param log for a call that a crash interrupted: it goes on from there, and what is new is logged
   * @returns the digest of what it answers now
   */
  replay(call: RecordedCall, log?: CallLog): Awaitable<number>;
  /** Makes a call in which another generation trapped. Effects that it had then are not done again. */
  resume(call: TrappedCall): Awaitable<unknown>;
  /** Keeps what it is now. */
  image(): Image;
  /** A copy with the same functions, whose effects are refused and whose posts vanish. @throws PluginError `failed-save` */
  clone(): Generation;
}

/** What a generation was at some moment. */
export interface Image {
  /** Makes it that again. A generation that is not cloneable is ended as by a trap instead. */
  undo(): void;
  /** Lets go of what is kept. */
  drop(): void;
}

/** Code that was fetched and understood, and that generations of one plugin can be made of. Runs nothing itself. */
export interface Build extends ModuleInfo {
  /** The module's bytes, where a store wants to keep them and the source brought them. */
  readonly bytes?: Uint8Array | undefined;
  /** @throws PluginError `mismatch` naming what the contracts want and it has not */
  fit(contracts: readonly Contract[]): void;
  /** @throws PluginError `missing-grant`, `bad-grant`, `no-suspension` */
  candidate(options: CandidateOptions): Candidate;
}

export interface CandidateOptions {
  /** The number of the generation that it becomes. */
  readonly number: number;
  /** The contracts of all views, in the order of their functions' numbers; views may come while it is on its way. */
  readonly contracts: readonly Contract[];
  /** How state reaches it; none for a fresh start. */
  readonly way: Passage | undefined;
}

/** A version on its way, found fit before anything was made of it. */
export interface Candidate {
  /** A generation to be looked at, with the state in it. Its effects are refused. @throws PluginError `failed-start` and more */
  twin(state: State | undefined): Awaitable<Generation>;
  /** The one that will serve: started, but without state. @throws PluginError `failed-start` */
  successor(): Awaitable<Generation>;
}

/** Makes the generations of one plugin: in this process, or elsewhere. */
export interface GenerationMaker {
  /** Fetches a module and checks it. @throws PluginError as `fetchSource` and `compile` do */
  fetch(source: Source, options: FetchOptions): Promise<Build>;
  /** Calls will be recorded, or recorded ones run again: awaited before a generation is first told to. @throws PluginError `unavailable` */
  recording(): Promise<void>;
  /** Lets go of what was kept for the next generation. */
  close(): void;
}

/** What all generations of one plugin are given. */
export interface Surroundings {
  readonly plugin: string;
  readonly nesting: Nesting;
  /** Names the call that runs, among all calls in the plugin's whole life. */
  readonly callName: () => string | number;
  /** Tells calls that are named by a number from those of other loads and processes. */
  readonly loadName: () => string;
  /** The store that calls are written to, where it answers later. */
  readonly waits: string | undefined;
  /** What is true after a trap, for messages. */
  readonly afterTrap: string;
  /** The same after a grant failed. */
  readonly afterFailure: string;
  /** Told what a grant threw where no call waits for it. */
  readonly onError: (error: unknown) => void;
  /** Told once by each generation, but by no twin or clone, when it traps. */
  readonly onTrap: (generation: Generation, error: PluginError) => void;
}
