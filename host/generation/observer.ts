/** What is told of calls: while a journal, a log or a mirror keeps them. */
import type { Guest } from "../../abi/canonical/memory.ts";
import type { Scratch } from "../../abi/canonical/value-bytes.ts";
import type { Awaitable } from "../awaitable.ts";
import type { PluginError } from "../errors.ts";
import type { Answered, HostAnswer, UntypedAnswer } from "./question-bytes.ts";

/** A call that was answered, as it was recorded. */
export interface RecordedCall {
  /** The export's WIT name. */
  readonly name: string;
  /** The number of the function among all that the plugin's views call; -1 where another process recorded it. */
  readonly slot: number;
  /** The arguments, as value bytes of a tuple. */
  readonly args: Uint8Array<ArrayBuffer>;
  readonly answers: readonly (HostAnswer | UntypedAnswer)[];
  /** Of what it answered, or of the payload of its `err`; `undefined` where nobody can compare it any more. */
  readonly digest: number | undefined;
}

/** Recorded calls, one after the other: each is there only while it is looked at. */
export interface RecordedCalls {
  readonly count: number;
  each(): Iterable<RecordedCall> | AsyncIterable<RecordedCall>;
}

/** A call that ended without an answer. */
export interface TrappedCall {
  readonly name: string;
  readonly slot: number;
  readonly args: readonly unknown[];
  /** What the host answered to the effects that it had; `undefined` where not all of that is known. */
  readonly effects: readonly HostAnswer[] | undefined;
}

/** A call that was answered, for those who judge a version. */
export interface Judged {
  readonly name: string;
  readonly answer?: unknown;
  /** The plugin's own `err`. */
  readonly error?: PluginError;
  /** That it took in the plugin, what its grants took included; what it waited for its turn is not. */
  readonly milliseconds: number;
}

/** Where calls are kept in memory, one after the other. */
export interface CallJournal {
  /** Whether calls are kept at all. */
  readonly live: boolean;
  /** Names the function of a number, for messages. */
  know(slot: number, name: string): void;
  /**
   * A call begins.
   *
   * @param args holds its arguments
   * @throws PluginError `journal-full` where a call that cannot be kept must not be made
   */
  begin(slot: number, args: Scratch): void;
  /**
   * The same for arguments that the caller writes to `area` itself, in one piece.
   *
   * @param size bytes that they take
   * @returns the address that they begin at
   */
  beginAt(slot: number, size: number): number;
  /** Where the arguments of `beginAt` go, until the next call begins; `words` is the same memory. */
  readonly area: Guest;
  readonly words: Int32Array;
  /** The host answered. @throws PluginError `journal-full`, likewise */
  answer(answered: Answered, scratch: Scratch): void;
  /** The call was answered, and is kept from now on. @returns whether a bound is reached */
  end(digest: number): boolean;
  /** The call is not kept. @returns what the host answered to its effects, where all of that is known */
  drop(): readonly HostAnswer[] | undefined;
}

/** Where calls are written ahead, one after the other. */
export interface CallLog {
  /** Before the guest runs. @throws PluginError `store-failed`; the call must not run then */
  begin(name: string, args: Uint8Array<ArrayBuffer>): Awaitable<void>;
  /** The host answered; before the guest sees it. An effect's answer is written by then. @throws PluginError `store-failed` */
  answered(answer: HostAnswer): PromiseLike<void> | undefined;
  /** The guest answered; before its caller sees it. @throws PluginError `store-failed` */
  end(digest: number): Awaitable<void>;
  /** The call did not happen: it was refused, or is undone. Written with the next one. */
  drop(): void;
  /** The call trapped: left out as well, and written before its caller hears of it, where it can be. Never throws. */
  trapped(): Awaitable<void>;
  /** Why a call that is inside cannot be logged any more; asked once. */
  lost(): PluginError | undefined;
}

/** Told of the calls of a generation. */
export interface CallObserver {
  /** It may have to wait before a call is answered: for a generation whose calls answer promises. @default false */
  readonly answersLater?: boolean;
  readonly journal: CallJournal;
  readonly log?: CallLog | undefined;
  /** Milliseconds since some moment: where calls are judged by how long they take. */
  readonly clock?: () => number;
  /** Whether it is told of every answer. @default only where a journal reaches its bound, or there is a log */
  readonly everyCall?: boolean;
  /** A call was answered, and is recorded. */
  readonly answered: (call: Judged) => Awaitable<unknown>;
  /** A call trapped, and is not recorded. What this answers, or throws, is the call's answer. */
  readonly trapped: (error: unknown, call: TrappedCall) => Awaitable<unknown>;
  /** A call ran, and could not be logged: it is undone. */
  readonly unlogged: (error: PluginError) => void;
}
