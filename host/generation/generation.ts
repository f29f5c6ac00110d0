/** THE interface of generations: one version of a plugin's code with its state, wherever it runs. */
import type { Passage } from "../../abi/state/passage.ts";
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

/** A function of a generation. It answers at once, or a promise where the generation `answersLater`. */
export type Call = (...args: never[]) => unknown;

export interface Generation {
  /** The number of this generation in the life of its plugin; the first is 1. */
  readonly number: number;
  /** The code that the generation was made of. */
  readonly build: Build;
  /** The functions of all bound contracts, by their numbers; each call is reported to the observer. */
  readonly calls: readonly Call[];
  /** Whether calls answer promises: a grant may suspend them, or their store answers promises. */
  readonly answersLater: boolean;
  /** What makes its calls answer promises, where that is neither a grant nor a store, for messages: `its thread`. */
  readonly slow?: string;
  /** The trap that ended the generation, or nothing. After a trap it gets no calls. */
  readonly trapped: PluginError | undefined;
  /** Whether copies of it can be made, so that saves, images and checks cannot harm it. */
  readonly cloneable: boolean;
  /** Units of fuel that its last call or hook took; nothing where it is not metered. */
  readonly fuelUsed: number | undefined;

  /**
   * Adds the functions of one more contract to `calls`.
   * @throws PluginError `mismatch`, and nothing was added
   */
  bind(contract: Contract): void;
  /** Removes the functions from the number `first` on. */
  unbind(first: number): void;
  /** Reports every call to the observer from now on; to none with `undefined`. */
  observe(observer: CallObserver | undefined): void;
  /** Answers the guest's questions from now on, with host calls of its own for each call. */
  answerFrom(hostCalls: () => HostCalls): void;
  /** The error that a call's caller gets. A trap ends this generation. */
  failed(error: unknown, name: string): PluginError;
  /**
   * Ends the generation as a trap does, because its last call must not count: no call, save or stop hook
   * follows. Nothing is reported.
   */
  abandon(error: PluginError): void;

  /**
   * Saves its state as the next call would find it, on a copy where it is cloneable.
   *
   * @param reuse an earlier state whose bytes may be overwritten
   * @returns nothing when the plugin has no state
   * @throws PluginError `failed-save`; `trapped`
   */
  save(reuse?: State): Awaitable<State | undefined>;
  /**
   * Saves its state in the instance that serves, many times faster than on a copy. A save that fails ends the
   * generation as a trap does. What its author's own code saves is saved on a copy all the same: that code may
   * change what it reads.
   *
   * @returns nothing when the plugin has no state
   * @throws PluginError `failed-save`; `trapped`
   */
  saveInPlace(): Awaitable<State | undefined>;
  /** Lets go of the copy that `save` uses. */
  forget(): void;
  /** Takes over a state, through the passage that it was made with. @throws PluginError `failed-restore` */
  restore(state: State): Awaitable<void>;
  /** Runs the plugin's own check of its state. @throws PluginError `failed-check` */
  check(): Awaitable<void>;
  /** Makes it serve: posts that it held back go out. Never throws. */
  serve(): void;
  /** Its plugin begins to close: what its grants hold ends now, so that a call waiting for them can end. */
  closing(): void;
  /** Ends a generation that never served, or will not serve again. None of its hooks runs. */
  discard(): void;
  /** Ends a generation that served: its stop hook runs, unless it trapped. @returns the error of the hook */
  retire(): Awaitable<unknown>;

  /**
   * Replays a recorded call. The host's answers are the recorded ones.
   *
   * @param log continues the log of a call that a crash interrupted, and gets what is new
   * @returns the digest of the new answer
   */
  replay(call: RecordedCall, log?: CallLog): Awaitable<number>;
  /** Makes a call in which another generation trapped. Effects that it had there are not performed again. */
  resume(call: TrappedCall): Awaitable<unknown>;
  /** Takes an undo image of the generation. */
  image(): Awaitable<Image>;
  /**
   * A copy with the same functions, whose effects are refused and whose posts are dropped.
   * @throws PluginError `failed-save`
   */
  clone(): Awaitable<Generation>;
}

/** An undo image: a generation as it was when the image was taken. */
export interface Image {
  /** Restores the image. A generation that is not cloneable is ended as by a trap instead. */
  undo(): Awaitable<void>;
  /** Lets go of the image. */
  drop(): void;
}

/** Code that was fetched and checked, and that generations of one plugin can be made of. */
export interface Build extends ModuleInfo {
  /** Where its generations run, if that is not where the plugin is. */
  readonly place?: string | undefined;
  /** The module's bytes, where a store keeps them and the source brought them. */
  readonly bytes?: Uint8Array | undefined;
  /** @throws PluginError `mismatch` naming what the contracts expect and the module lacks */
  fit(contracts: readonly Contract[]): void;
  /** @throws PluginError `missing-grant`, `bad-grant`, `no-suspension` */
  candidate(options: CandidateOptions): Candidate;
}

export interface CandidateOptions {
  /** The number of the next generation. */
  readonly number: number;
  /**
   * The contracts of all views, in the order of their functions' numbers; more views may come before the
   * cutover.
   */
  readonly contracts: readonly Contract[];
  /** The passage of the state into it; none for a fresh start. */
  readonly way: Passage | undefined;
  /** Ends what is being made where that can be stopped: nobody wants it any more. */
  readonly signal?: AbortSignal;
  /** Sets the calls of one of several instances apart from those of the first. @default 0 */
  readonly nth?: number;
}

/** A version that was checked, and that generations can be made of. */
export interface Candidate {
  /**
   * Makes a generation to be examined, with the state in it. Its effects are refused.
   * @throws PluginError `failed-start` and those of `restore` and `check`; `aborted`
   */
  twin(state: State | undefined): Awaitable<Generation>;
  /** Makes the generation that will serve: started, but without state. @throws PluginError `failed-start` */
  successor(): Awaitable<Generation>;
  /**
   * Makes ready to bring a state across beside what serves.
   *
   * @param from bytes of the incumbent's memory from which on that is worth it
   * @returns nothing where it is not, or where nothing can
   */
  copying?(incumbent: Generation, from: number): Promise<StateCopy | undefined>;
}

/** A state that crosses beside what serves. */
export interface StateCopy {
  /** Bytes of state, once it has crossed. */
  readonly stateBytes: number;
  /** Takes an image of the incumbent. No call is inside. */
  take(): void;
  /**
   * Brings the state of the image across, and checks it as a twin's is.
   * @throws PluginError `failed-save`, `failed-start`, `failed-restore`, `failed-check`; `unavailable`
   */
  cross(): Promise<void>;
  /** A generation to be examined, with the state in it. Its effects are refused. */
  twin(): Promise<Generation>;
  /** The generation that will serve, with the state in it. */
  successor(): Promise<Generation>;
  /** Lets go of all that it works with. */
  end(): void;
}

/** Makes the generations of one plugin, in this process or elsewhere. */
export interface GenerationMaker {
  /** What generations at other places are made with; missing where there can be none. */
  readonly elsewhere?: unknown;
  /** Fetches a module and checks it. @throws PluginError as `fetchSource` and `compile` do */
  fetch(source: Source, options: FetchOptions): Promise<Build>;
  /**
   * Calls will be recorded, or recorded ones run again: awaited before a generation is first told to.
   * @throws PluginError `unavailable`
   */
  recording(): Promise<void>;
  /** Lets go of the memory that was kept for the next generation. */
  close(): void;
}

/** What all generations of one plugin share. */
export interface Surroundings {
  readonly plugin: string;
  readonly nesting: Nesting;
  /** Names the current call among all calls in the plugin's whole life. */
  readonly callName: () => string | number;
  /** Sets calls that are named by a number apart from those of other loads and processes. */
  readonly loadName: () => string;
  /** The name of the store that calls are written to, where it answers promises. */
  readonly waits: string | undefined;
  /** What is true after a trap, for messages. */
  readonly afterTrap: string;
  /** What is true after a grant failed, for messages. */
  readonly afterFailure: string;
  /** Called with errors of grants that no call waits for. */
  readonly onError: (error: unknown) => void;
  /** Called once by each generation when it traps, but not by twins or clones. */
  readonly onTrap: (generation: Generation, error: PluginError) => void;
}
