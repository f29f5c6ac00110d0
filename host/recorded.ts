/** Recorded calls: what a call does besides answering while a journal is kept. */
import { AbiError } from "../abi/error.ts";
import { PluginError } from "./errors.ts";
import type { Entry, Journal } from "./journal.ts";
import type { Judged } from "./probation.ts";
import { type Maybe, run, type Steps, wait } from "./steps.ts";
import { recording, type Tape } from "./tape.ts";
import type { Binding } from "./view.ts";

type Call = (...args: never[]) => unknown;

/** Who keeps the journal. */
export interface Scribe {
  readonly journal: Journal;
  /** A call was answered, and is in the journal. */
  readonly answered: (call: Judged) => Maybe<unknown>;
  /** A call trapped, and is not in the journal. What this answers, or throws, is the call's answer. */
  readonly trapped: (error: unknown, call: TrappedCall) => Maybe<unknown>;
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
  return (...args) => run(steps(what, scribe, args));
}

function* steps({ name, type, slot, call, listen }: Recorded, scribe: Scribe, args: never[]): Steps<unknown> {
  const { journal } = scribe;
  const entry = journal.begin({ name, slot }, type, args);
  // What does not fit its type is the call's own to refuse: it knows its parameters' names.
  if (!entry) return yield* wait(call(...args));
  listen(recording(entry, journal));
  let answer: unknown;
  try {
    answer = yield* wait(call(...args));
  } catch (error) {
    listen(undefined);
    if (error instanceof AbiError && error.fault === "argument") throw error;
    if (!(error instanceof PluginError && error.code === "guest")) {
      return yield* wait(scribe.trapped(error, { name, slot, args, entry }));
    }
    journal.end(entry, error.payload);
    yield* wait(scribe.answered({ name, error }));
    throw error;
  }
  listen(undefined);
  journal.end(entry, answer);
  yield* wait(scribe.answered({ name, answer }));
  return answer;
}
