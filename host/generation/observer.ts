/** Observers of calls: a journal, a log, a mirror or a probation. */
import type { Guest } from "../../abi/canonical/memory.ts";
import type { Scratch } from "../../abi/canonical/value-bytes.ts";
import type { Awaitable } from "../awaitable.ts";
import type { PluginError } from "../errors.ts";
import type { Answered, HostAnswer, UntypedAnswer } from "./question-bytes.ts";

/** An answered call, as it was recorded. */
export interface RecordedCall {
  /** The export's WIT name. */
  readonly name: string;
  /** The number of the function among those of all views; -1 where another process recorded the call. */
  readonly slot: number;
  /** The arguments, as the value bytes of a tuple. */
  readonly args: Uint8Array<ArrayBuffer>;
  readonly answers: readonly (HostAnswer | UntypedAnswer)[];
  /** The digest of the answer, or of its `err`'s payload; `undefined` where it can no longer be compared. */
  readonly digest: number | undefined;
}

/** Recorded calls, one after the other. Each one is valid only until the next is read. */
export interface RecordedCalls {
  readonly count: number;
  each(): Iterable<RecordedCall> | AsyncIterable<RecordedCall>;
}

/** A call that trapped. */
export interface TrappedCall {
  readonly name: string;
  readonly slot: number;
  readonly args: readonly unknown[];
  /** The host's answers to its effects; `undefined` where they are not all known. */
  readonly effects: readonly HostAnswer[] | undefined;
}

/** An answered call, as the `bad` option of a probation gets it. */
export interface Judged {
  /** The function's WIT name. */
  readonly name: string;
  /** The lifted answer; missing after an `err`. */
  readonly answer?: unknown;
  /** The plugin's own `err`. */
  readonly error?: PluginError;
  /** The time that it took in the plugin, grants included, without the wait for its turn. */
  readonly milliseconds: number;
}

/** Keeps calls in memory, one after the other. */
export interface CallJournal {
  /** Whether calls are kept now. */
  readonly live: boolean;
  /** Gives the name of a function's number, for messages. */
  know(slot: number, name: string): void;
  /**
   * Begins a call.
   *
   * @param args a scratch that holds the arguments
   * @throws PluginError `journal-full` where a call must not be made without being kept
   */
  begin(slot: number, args: Scratch): void;
  /**
   * Begins a call whose arguments the caller writes to `area` itself, in one piece.
   *
   * @param size bytes of the arguments
   * @returns the address of the first byte
   */
  beginAt(slot: number, size: number): number;
  /** The memory for the arguments of `beginAt`, until the next call begins; `words` is the same memory. */
  readonly area: Guest;
  readonly words: Int32Array;
  /**
   * Keeps an answer of the host.
   * @throws PluginError `journal-full` where the call must not go on without being kept
   */
  answer(answered: Answered, scratch: Scratch): void;
  /** Keeps the call, which was answered. @returns whether a bound is reached */
  end(digest: number): boolean;
  /** Drops the call. @returns the host's answers to its effects, where they are all known */
  drop(): readonly HostAnswer[] | undefined;
}

/** Writes calls ahead to a store, one after the other. */
export interface CallLog {
  /** Called before the guest runs. @throws PluginError `store-failed`, and the call must not run */
  begin(name: string, args: Uint8Array<ArrayBuffer>): Awaitable<void>;
  /**
   * Called before the guest sees an answer of the host. The answer to an effect is written when this
   * resolves.
   * @throws PluginError `store-failed`
   */
  answered(answer: HostAnswer): PromiseLike<void> | undefined;
  /** Called before the caller sees the guest's answer. @throws PluginError `store-failed` */
  end(digest: number): Awaitable<void>;
  /** The call was refused, or is undone. Written with the next record. */
  drop(): void;
  /**
   * The call trapped: it is left out as well. Written, where possible, before its caller gets the error.
   * Never throws.
   */
  trapped(): Awaitable<void>;
  /** Why the current call cannot be logged any more; asked once. */
  lost(): PluginError | undefined;
}

/** Observes the calls of a generation. */
export interface CallObserver {
  /**
   * Whether it may have to wait before a call is answered: only for generations whose calls answer promises.
   * @default false
   */
  readonly answersLater?: boolean;
  readonly journal: CallJournal;
  readonly log?: CallLog | undefined;
  /** A clock in milliseconds, where calls are judged by their time. */
  readonly clock?: () => number;
  /**
   * Whether it is called after every answer.
   * @default only when a journal reaches its bound, or there is a log
   */
  readonly everyCall?: boolean;
  /** A call was answered and recorded. */
  readonly answered: (call: Judged) => Awaitable<unknown>;
  /** A call trapped, and is not recorded. What this returns or throws is the call's answer. */
  readonly trapped: (error: unknown, call: TrappedCall) => Awaitable<unknown>;
  /** A call ran and could not be logged: it is undone. */
  readonly unlogged: (error: PluginError) => void;
}
