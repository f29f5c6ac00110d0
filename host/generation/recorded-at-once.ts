/** Recorded calls of functions that answer at once and never wait. */
import { store } from "../../abi/canonical/slot.ts";
import { LATIN1 } from "../../abi/canonical/string.ts";
import { isLatin1 } from "../../abi/canonical/text.ts";
import { Scratch } from "../../abi/canonical/value-bytes.ts";
import { isPromise } from "../awaitable.ts";
import type { Call } from "./generation.ts";
import type { CallObserver, Judged } from "./observer.ts";
import type { HostCalls } from "./question.ts";
import { givenOf, isErr, isMisfit, type RecordedFunction } from "./recorded-function.ts";

/**
 * Records every call of a function. Written out without loops, and with as many parameters as the function
 * has, because this is what a probation costs each call.
 */
export function recordedAtOnce(what: RecordedFunction, observer: CallObserver, questions: HostCalls): Call {
  const { shape, listen, scratch, digest } = what;
  const { journal, clock, everyCall = false } = observer;
  if (!shape.plain || clock || shape.slots.length > 3) return recordedOfMany(what, observer, questions);
  const call = what.call as (...args: readonly unknown[]) => unknown;
  const calls = new UncommonCalls(what, observer);
  const begin = beginning(what, observer, questions);
  const answered = (answer: unknown): unknown => {
    if (listen) listen(undefined);
    if (!journal.end(digest.of(answer)) && !everyCall) return answer;
    scratch.rest();
    return calls.told({ name: what.name, answer, milliseconds: 0 });
  };
  switch (shape.slots.length) {
    case 0:
      return () => {
        if (!journal.live) return calls.unrecorded([]);
        let answer: unknown;
        try {
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
          begin(first);
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
          begin(first, second);
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
          begin(first, second, third);
          answer = call(first, second, third);
        } catch (error) {
          return calls.failed(error, [first, second, third], 0);
        }
        return answered(answer);
      };
  }
}

/** Bytes of the pointer and length of a text. */
const TEXT = 8;
/** UTF-16 units of a text that is written in one piece. A piece that does not fit wastes a page's rest. */
const SHORT = 1024;

type Begin = (first?: unknown, second?: unknown, third?: unknown) => void;

/** Records up to three arguments of a call, and answers its questions. */
function beginning(
  { slot, shape, listen, scratch }: RecordedFunction,
  { journal }: CallObserver,
  questions: HostCalls,
): Begin {
  const written: Begin = (first, second, third) => {
    scratch.encodeFew(shape, first, second, third);
    journal.begin(slot, scratch);
    if (listen) listen(questions);
  };
  if (shape.text) {
    return (text) => {
      if (typeof text !== "string" || text.length > SHORT) return written(text);
      const { length } = text;
      const latin1 = isLatin1(text);
      const at = journal.beginAt(slot, TEXT + (latin1 ? length : 2 * length));
      const { data, text: units } = journal.area.memory;
      data.setUint32(at, Scratch.BASE + TEXT, true);
      data.setUint32(at + 4, latin1 ? length + LATIN1 : length, true);
      if (latin1) units.writeLatin1(text, at + TEXT);
      else units.writeUtf16(text, at + TEXT);
      if (listen) listen(questions);
    };
  }
  if (!shape.flat) return written;
  const { size, slots, offsets } = shape;
  const [one, two, three] = slots;
  const [, second = 0, third = 0] = offsets;
  const stored: Begin = (a, b, c) => {
    const at = journal.beginAt(slot, size);
    const { area } = journal;
    if (one) store(one, area, a, at);
    if (two) store(two, area, b, at + second);
    if (three) store(three, area, c, at + third);
    if (listen) listen(questions);
  };
  const integers = slots.every(({ codec }) => codec.layout.size === 4 && codec.layout.flat[0] === "i32");
  const last = size >> 2;
  if (!integers || last === 0) return stored;
  return (a, b, c) => {
    // Anything but an integer of 31 bits takes the slower way, which checks types.
    if (!isSmall(a) || (last > 1 && !isSmall(b)) || (last > 2 && !isSmall(c))) return stored(a, b, c);
    const at = journal.beginAt(slot, size) >> 2;
    const { words } = journal;
    words[at] = a;
    if (last > 1) words[at + 1] = b as number;
    if (last > 2) words[at + 2] = c as number;
    if (listen) listen(questions);
  };
}

/** An integer that fits every type of 32 bits. */
function isSmall(value: unknown): value is number {
  return typeof value === "number" && (value | 0) === value && value >= 0;
}

/** The same for any number of arguments. */
function recordedOfMany(what: RecordedFunction, observer: CallObserver, questions: HostCalls): Call {
  const { name, slot, shape, listen, scratch, digest } = what;
  const { journal, clock, everyCall = false } = observer;
  const call = what.call as (...args: readonly unknown[]) => unknown;
  const calls = new UncommonCalls(what, observer);
  return (...args) => {
    if (!journal.live) return calls.unrecorded(args);
    scratch.encode(shape, args);
    const given = givenOf(shape, args, scratch);
    const from = clock?.() ?? 0;
    let answer: unknown;
    try {
      journal.begin(slot, scratch);
      scratch.rest();
      if (listen) listen(questions);
      answer = call(...given);
    } catch (error) {
      return calls.failed(error, given, from);
    }
    if (listen) listen(undefined);
    const milliseconds = clock ? clock() - from : 0;
    if (!journal.end(digest.of(answer)) && !everyCall) return answer;
    return calls.told({ name, answer, milliseconds });
  };
}

/** Handles calls that do not simply answer. */
class UncommonCalls {
  readonly #what: RecordedFunction;
  readonly #observer: CallObserver;

  constructor(what: RecordedFunction, observer: CallObserver) {
    this.#what = what;
    this.#observer = observer;
  }

  /** @param from when the call began, by the observer's clock */
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

  /** Makes the call without recording it: the journal had no room for it, or there is no journal. */
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

  /** The observer may have to wait, as in a rollback. */
  told(call: Judged): unknown {
    const settled = () => {
      if (call.error) throw call.error;
      return call.answer;
    };
    const waits = this.#observer.answered(call);
    return isPromise(waits) ? waits.then(settled) : settled();
  }
}
