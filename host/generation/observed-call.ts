/** Observed calls: written ahead, called, kept, and reported, in this order. */
import { type Awaitable, run, type Steps, wait } from "../awaitable.ts";
import type { PluginError } from "../errors.ts";
import type { Call } from "./generation.ts";
import type { CallLog, CallObserver } from "./observer.ts";
import type { HostCalls } from "./question.ts";
import { recordedAtOnce } from "./recorded-at-once.ts";
import { givenOf, isErr, isMisfit, type RecordedFunction } from "./recorded-function.ts";

/**
 * Records every call of a function and reports it to the observer.
 * @param questions answers the guest's questions
 */
export function recorded(what: RecordedFunction, observer: CallObserver, questions: HostCalls): Call {
  observer.journal.know(what.slot, what.name);
  const waits = what.answersLater || observer.answersLater || observer.log;
  return waits
    ? (...args) => run(attend(what, observer, args, questions))
    : recordedAtOnce(what, observer, questions);
}

/** One call of a function that answers later, or whose observer may have to wait. */
export function* attend(
  { name, slot, shape, call, listen, scratch, digest }: RecordedFunction,
  observer: CallObserver,
  args: readonly unknown[],
  questions: HostCalls,
): Steps<unknown> {
  const { journal, log, clock = () => 0 } = observer;
  scratch.encode(shape, args);
  const given = givenOf(shape, args, scratch);
  const bytes = log ? scratch.copy() : NONE;
  try {
    if (journal.live) journal.begin(slot, scratch);
  } catch (error) {
    return yield* wait(observer.trapped(error, { name, slot, args: given, effects: [] }));
  } finally {
    scratch.rest();
  }
  if (log) yield* begun(observer, () => log.begin(name, bytes));
  listen?.(questions);
  const from = clock();
  let answer: unknown;
  let refused: PluginError | undefined;
  try {
    answer = yield* wait(call(...(given as never[])));
  } catch (error) {
    const lost = log?.lost();
    if (lost) throw undone(observer, lost);
    if (isMisfit(error)) {
      log?.drop();
      journal.drop();
      throw error;
    }
    if (!isErr(error)) {
      listen?.(undefined);
      const effects = journal.drop();
      if (log) yield* wait(log.trapped());
      return yield* wait(observer.trapped(error, { name, slot, args: given, effects }));
    }
    refused = error;
  } finally {
    listen?.(undefined);
  }
  const milliseconds = clock() - from;
  const lost = log?.lost();
  if (lost) throw undone(observer, lost);
  const hash = refused ? digest.ofErr(refused.payload) : digest.of(answer);
  if (log) yield* ended(observer, log, hash);
  journal.end(hash);
  yield* wait(
    observer.answered(refused ? { name, error: refused, milliseconds } : { name, answer, milliseconds }),
  );
  if (refused) throw refused;
  return answer;
}

const NONE = new Uint8Array(0);

/** A call that cannot be written ahead is not made. */
function* begun({ journal }: CallObserver, written: () => Awaitable<void>): Steps<void> {
  try {
    yield* wait(written());
  } catch (error) {
    journal.drop();
    throw error;
  }
}

/** An answer that cannot be kept is not given to the caller. */
function* ended(observer: CallObserver, log: CallLog, digest: number): Steps<void> {
  try {
    yield* wait(log.end(digest));
  } catch (error) {
    throw undone(observer, log.lost() ?? error);
  }
}

function undone({ journal, log, unlogged }: CallObserver, error: unknown): unknown {
  log?.drop();
  journal.drop();
  unlogged(error as PluginError);
  return error;
}
