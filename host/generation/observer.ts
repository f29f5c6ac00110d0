/** What is told of calls: while a journal, a log or a mirror keeps them. */
import type { FunctionType } from "../../abi/type.ts";
import type { Awaitable } from "../awaitable.ts";
import type { PluginError } from "../errors.ts";

/** What calling a granted function means; see `capability`. */
export type GrantKind = "read" | "effect" | "post";

/** What the host answered to a call out of the guest. */
export interface HostAnswer {
  /** `acme:metrics/counter@1.0.0#increment` and the arguments as lowered bytes. */
  readonly question: string;
  readonly kind: "read" | "effect";
  /** As the implementation gave it; copied, because it may change its objects later. */
  readonly answer: unknown;
  /** What it threw, where its type is a result. */
  readonly error?: unknown;
}

export interface RecordedCall {
  /** The export's WIT name. */
  readonly name: string;
  /** The number of the function among all that the plugin's views call. */
  readonly slot: number;
  /** The arguments as lowered bytes: callers change their arrays later. */
  readonly args: Uint8Array<ArrayBuffer>;
  readonly answers: HostAnswer[];
  /** Of what it answered, or of the payload of its `err`. Absent while it runs. */
  digest?: number;
  /** In a log that outlives the process: the call's number, and how many host answers are written. */
  number?: number;
  logged?: number;
}

/** A call that ended without an answer. */
export interface TrappedCall {
  readonly name: string;
  readonly slot: number;
  readonly args: readonly unknown[];
  /** With what the host answered until then. It is in no journal. */
  readonly entry: RecordedCall;
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

/** Where calls are written ahead. */
export interface CallLog {
  /** Before the guest runs. @throws PluginError `store-failed`; the call must not run then */
  begin(entry: RecordedCall): Awaitable<void>;
  /** The host answered an effect; before the guest sees it. @throws PluginError `store-failed` */
  answered(entry: RecordedCall): Awaitable<void>;
  /** The guest answered; before its caller sees it. @throws PluginError `store-failed` */
  end(entry: RecordedCall): Awaitable<void>;
  /** The call did not happen: it was refused, or is undone. Written with the next one. */
  drop(entry: RecordedCall): void;
  /** The call trapped: left out as well, and written before its caller hears of it, where it can be. Never throws. */
  trapped(entry: RecordedCall): Awaitable<void>;
  /** Why a call that is inside cannot be logged any more; asked once. */
  lost(): PluginError | undefined;
}

/** Told every call of a generation. */
export interface CallObserver {
  /** It may have to wait before a call is answered: for a generation whose calls answer promises. @default false */
  readonly answersLater?: boolean;
  readonly log: CallLog | undefined;
  /** A call ended, and the log has it. */
  readonly add: (entry: RecordedCall) => void;
  /** Milliseconds since some moment: where calls are judged by how long they take. */
  readonly clock?: () => number;
  /** A call was answered, and is recorded. */
  readonly answered: (call: Judged) => Awaitable<unknown>;
  /** A call trapped, and is not recorded. What this answers, or throws, is the call's answer. */
  readonly trapped: (error: unknown, call: TrappedCall) => Awaitable<unknown>;
  /** A call ran, and could not be logged: it is undone. */
  readonly unlogged: (error: PluginError) => void;
}

/** One call out of a guest. */
export interface Question {
  /** `acme:metrics/counter@1.0.0#increment` */
  readonly name: string;
  readonly type: FunctionType;
  readonly kind: GrantKind;
  readonly args: readonly unknown[];
}

/** Answers what a guest asks its host in one call. */
export interface HostCalls {
  /** @param live asks the granted implementation */
  ask(question: Question, live: () => unknown): unknown;
}
