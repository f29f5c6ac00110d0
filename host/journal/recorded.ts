/** Recorded calls: what a call does besides answering while a journal is kept. */
import { AbiError } from "../../abi/error.ts";
import { type Maybe, run, type Steps, wait } from "../awaitable.ts";
import type { Binding } from "../contract/view.ts";
import type { Keep } from "../durable/keep.ts";
import { PluginError } from "../errors.ts";
import { recording, type Tape } from "../grant/host-calls.ts";
import type { Judged } from "../swap/probation.ts";
import { digest } from "./digest.ts";
import type { Entry, Journal } from "./journal.ts";

type Call = (...args: never[]) => unknown;

/** Who is told of every call. */
export interface Scribe {
  /** Lowers what a call is given. */
  readonly journal: Journal;
  /** It may have to wait before a call is answered: for a generation whose calls answer promises. @default false */
  readonly asynchronous?: boolean;
  /** Where calls are written ahead. */
  readonly keep: Keep | undefined;
  /** A call ended, and whoever keeps it has it. */
  readonly add: (entry: Entry) => void;
  /** Where somebody judges calls by how long they take: milliseconds since whenever. */
  readonly clock?: () => number;
  /** A call was answered, and is in the journal. */
  readonly answered: (call: Judged) => Maybe<unknown>;
  /** A call trapped, and is not in the journal. What this answers, or throws, is the call's answer. */
  readonly trapped: (error: unknown, call: TrappedCall) => Maybe<unknown>;
  /** A call ran, and could not be kept: it is undone. */
  readonly unlogged: (error: PluginError) => void;
}

/** A call that nobody has answered yet. */
export interface TrappedCall {
  readonly name: string;
  readonly slot: number;
  readonly args: readonly unknown[];
  /** With what the host answered until then. It is in no journal. */
  readonly entry: Entry;
}

export interface Recorded extends Binding {
  readonly slot: number;
  readonly call: Call;
  /** Sets what the guest's questions go to. */
  readonly listen: (tape: Tape | undefined) => void;
}

/** The same function, with every call of it in the scribe's journal. */
export function recorded(what: Recorded, scribe: Scribe): Call {
  return (...args) => run(attend(what, scribe, args));
}

/** One call of it. @param tape what the guest's questions go to before they are recorded */
export function* attend(
  { name, type, slot, call, listen }: Recorded,
  scribe: Scribe,
  args: never[],
  tape: (recording: Tape) => Tape = (recording) => recording,
): Steps<unknown> {
  const { journal, keep, clock = () => 0 } = scribe;
  const entry = journal.begin({ name, slot }, type, args);
  // What does not fit its type is the call's own to refuse: it knows its parameters' names.
  if (!entry) return yield* wait(call(...args));
  if (keep) yield* wait(keep.begin(entry));
  listen(tape(recording(entry, journal, keep)));
  const from = clock();
  let answer: unknown;
  let refused: PluginError | undefined;
  try {
    answer = yield* wait(call(...args));
  } catch (error) {
    const lost = keep?.lost();
    if (lost) throw undone(scribe, entry, lost);
    if (error instanceof AbiError && error.fault === "argument") {
      keep?.drop(entry);
      throw error;
    }
    if (!(error instanceof PluginError && error.code === "guest-error")) {
      listen(undefined);
      if (keep) yield* wait(keep.trapped(entry));
      return yield* wait(scribe.trapped(error, { name, slot, args, entry }));
    }
    refused = error;
  } finally {
    listen(undefined);
  }
  const milliseconds = clock() - from;
  entry.digest = digest(refused ? refused.payload : answer);
  if (keep) yield* ended(scribe, keep, entry);
  scribe.add(entry);
  const judged = refused ? { name, error: refused } : { name, answer };
  yield* wait(scribe.answered({ ...judged, milliseconds }));
  if (refused) throw refused;
  return answer;
}

/** Nobody hears an answer that is not kept. */
function* ended(scribe: Scribe, keep: Keep, entry: Entry): Steps<void> {
  try {
    yield* wait(keep.end(entry));
  } catch (error) {
    throw undone(scribe, entry, keep.lost() ?? error);
  }
}

function undone({ keep, unlogged }: Scribe, entry: Entry, error: unknown): unknown {
  keep?.drop(entry);
  unlogged(error as PluginError);
  return error;
}
