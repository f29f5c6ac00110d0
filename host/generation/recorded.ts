/** Recorded calls: what a call does besides answering while it is observed. */
import type { ArgumentsShape, Scratch } from "../../abi/canonical/value-bytes.ts";
import { AbiError } from "../../abi/error.ts";
import { type Awaitable, isPromise, run, type Steps, wait } from "../awaitable.ts";
import { PluginError } from "../errors.ts";
import type { AnswerRecord } from "../grant/host-calls.ts";
import type { Digest } from "./digest.ts";
import type { Call } from "./generation.ts";
import type { CallLog, CallObserver, Judged } from "./observer.ts";
import type { HostCalls } from "./question.ts";

/** A function whose calls are recorded. */
export interface Recorded {
  /** The export's WIT name. */
  readonly name: string;
  /** Its number among all that the plugin's views call. */
  readonly slot: number;
  readonly shape: ArgumentsShape;
  readonly call: Call;
  /** The call answers a promise. */
  readonly answersLater: boolean;
  /** Sets what answers the guest's questions; none for a guest that has none to ask. */
  readonly listen: ((hostCalls: HostCalls | undefined) => void) | undefined;
  readonly scratch: Scratch;
  readonly digest: Digest;
}

/** Records what the host answers where calls are recorded. */
export function recordOf({ journal, log }: Partial<Pick<CallObserver, "journal" | "log">>): AnswerRecord {
  return {
    add(answered, scratch) {
      journal?.answer(answered, scratch);
      const { question, key, as } = answered;
      const { kind } = question;
      if (!log || kind === "post") return undefined;
      return log.answered({ key: key.value, kind, as, bytes: scratch.copy() });
    },
  };
}

/** The same function, with every call of it recorded and told to the observer. @param questions answers the guest's */
export function recorded(what: Recorded, observer: CallObserver, questions: HostCalls): Call {
  observer.journal.know(what.slot, what.name);
  const waits = what.answersLater || observer.answersLater || observer.log;
  return waits
    ? (...args) => run(attend(what, observer, args, questions))
    : direct(what, observer, questions);
}

/**
 * A function that answers at once, and waits for nothing: its calls are recorded in straight lines, since all that they
 * cost more is the price of a probation. As everywhere, a list of arguments costs more than one, two or three of them.
 */
function direct(what: Recorded, observer: CallObserver, questions: HostCalls): Call {
  const { slot, shape, listen, scratch } = what;
  const { journal, clock, everyCall = false } = observer;
  const call = what.call as (...args: readonly unknown[]) => unknown;
  const calls = new DirectCalls(what, observer);
  const begin = (): void => {
    journal.begin(slot, scratch);
    if (listen) listen(questions);
  };
  const answered = (answer: unknown): unknown => {
    if (listen) listen(undefined);
    if (!journal.end(what.digest.of(answer)) && !everyCall) return answer;
    return calls.told({ name: what.name, answer, milliseconds: 0 });
  };
  if (!shape.plain || clock || shape.slots.length > 3) {
    return (...args) => {
      if (!journal.live) return calls.unrecorded(args);
      scratch.encode(shape, args);
      const given = givenOf(shape, args, scratch);
      const from = clock?.() ?? 0;
      let answer: unknown;
      try {
        begin();
        scratch.rest();
        answer = call(...given);
      } catch (error) {
        return calls.failed(error, given, from);
      }
      if (listen) listen(undefined);
      const milliseconds = clock ? clock() - from : 0;
      if (!journal.end(what.digest.of(answer)) && !everyCall) return answer;
      return calls.told({ name: what.name, answer, milliseconds });
    };
  }
  switch (shape.slots.length) {
    case 0:
      return () => {
        if (!journal.live) return calls.unrecorded([]);
        let answer: unknown;
        try {
          scratch.encodeFew(shape);
          begin();
          answer = call();
        } catch (error) {
          return calls.failed(error, [], 0);
        }
        return answered(answer);
      };
    case 1:
      return (first: unknown) => {
        if (!journal.live) return calls.unrecorded([first]);
        let answer: unknown;
        try {
          scratch.encodeFew(shape, first);
          begin();
          answer = call(first);
        } catch (error) {
          return calls.failed(error, [first], 0);
        }
        return answered(answer);
      };
    case 2:
      return (first: unknown, second: unknown) => {
        if (!journal.live) return calls.unrecorded([first, second]);
        let answer: unknown;
        try {
          scratch.encodeFew(shape, first, second);
          begin();
          answer = call(first, second);
        } catch (error) {
          return calls.failed(error, [first, second], 0);
        }
        return answered(answer);
      };
    default:
      return (first: unknown, second: unknown, third: unknown) => {
        if (!journal.live) return calls.unrecorded([first, second, third]);
        let answer: unknown;
        try {
          scratch.encodeFew(shape, first, second, third);
          begin();
          answer = call(first, second, third);
        } catch (error) {
          return calls.failed(error, [first, second, third], 0);
        }
        return answered(answer);
      };
  }
}

/** What becomes of a direct call that does not just answer. */
class DirectCalls {
  readonly #what: Recorded;
  readonly #observer: CallObserver;

  constructor(what: Recorded, observer: CallObserver) {
    this.#what = what;
    this.#observer = observer;
  }

  /** @param from when it began, by the observer's clock */
  failed(error: unknown, args: readonly unknown[], from: number): unknown {
    const { name, slot, listen, digest } = this.#what;
    const { journal, clock, trapped } = this.#observer;
    listen?.(undefined);
    const milliseconds = clock ? clock() - from : 0;
    if (isErr(error)) {
      journal.end(digest.ofErr(error.payload));
      return this.told({ name, error, milliseconds });
    }
    const effects = journal.drop();
    if (isMisfit(error)) throw error;
    return trapped(error, { name, slot, args, effects });
  }

  /** Nothing is recorded: a journal had no room for a call, or there is none. */
  unrecorded(args: readonly unknown[]): unknown {
    const { name, slot, call } = this.#what;
    const { clock, trapped } = this.#observer;
    const from = clock?.() ?? 0;
    const time = () => (clock ? clock() - from : 0);
    let answer: unknown;
    try {
      answer = call(...(args as never[]));
    } catch (error) {
      if (isErr(error)) return this.told({ name, error, milliseconds: time() });
      if (isMisfit(error)) throw error;
      return trapped(error, { name, slot, args, effects: undefined });
    }
    return this.told({ name, answer, milliseconds: time() });
  }

  /** The observer may have to wait, as when it goes back. */
  told(call: Judged): unknown {
    const settled = () => {
      if (call.error) throw call.error;
      return call.answer;
    };
    const waits = this.#observer.answered(call);
    return isPromise(waits) ? waits.then(settled) : settled();
  }
}

/** One call of a function that answers later, or whose observer has to be waited for. */
export function* attend(
  { name, slot, shape, call, listen, scratch, digest }: Recorded,
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

/** The guest is given what is recorded: an object may be another one when it is looked at a second time. */
function givenOf(shape: ArgumentsShape, args: readonly unknown[], scratch: Scratch): readonly unknown[] {
  return shape.plain ? args : (scratch.decode(shape) as unknown[]);
}

/** A call that is not written ahead is not made. */
function* begun({ journal }: CallObserver, written: () => Awaitable<void>): Steps<void> {
  try {
    yield* wait(written());
  } catch (error) {
    journal.drop();
    throw error;
  }
}

/** Nobody hears an answer that is not kept. */
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

/** The plugin's own err, which is an answer. */
function isErr(error: unknown): error is PluginError {
  return error instanceof PluginError && error.code === "guest-error";
}

/** Arguments that are not of their types: the guest was not called. */
function isMisfit(error: unknown): boolean {
  return error instanceof AbiError && error.fault === "argument";
}
