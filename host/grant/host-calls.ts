/** Host calls: what becomes of a guest's questions to its host while a call is recorded, or replayed. */
import { ArgumentBytes } from "../../abi/canonical/value-bytes.ts";
import { type Awaitable, isPromise } from "../awaitable.ts";
import { said } from "../errors.ts";
import type { CallLog, HostAnswer, HostCalls, Question, RecordedCall } from "../generation/observer.ts";
import { Refusal, RefusedEffect } from "./grant-failure.ts";

/** Writes down what the host answers. @param log has an effect's answer before the guest sees it */
export function recording(entry: RecordedCall, bytes: ArgumentBytes, log?: CallLog): HostCalls {
  return {
    ask(question, live) {
      const { kind } = question;
      if (kind === "post") return live();
      // The arguments are the guest's: nobody changes them meanwhile.
      const write = (answer: Pick<HostAnswer, "answer" | "error">) => {
        entry.answers.push({ question: key(question, bytes), kind, ...answer });
        return kind === "effect" && log ? logged(log, entry) : undefined;
      };
      const fail = (error: unknown): unknown => {
        const throwing = () => {
          throw error;
        };
        const written = write({ answer: undefined, error });
        return isPromise(written) ? written.then(throwing) : throwing();
      };
      let answer: unknown;
      try {
        answer = live();
      } catch (error) {
        return fail(error);
      }
      const done = (value: unknown) => {
        const written = write({ answer: structuredClone(value) });
        return isPromise(written) ? written.then(() => value) : value;
      };
      return isPromise(answer) ? answer.then(done, fail) : done(answer);
    },
  };
}

/** What cannot be written ends the call, and the guest does not see it. @throws Refusal */
function logged(log: CallLog, entry: RecordedCall): Awaitable<void> {
  const refuse = (cause: unknown): never => {
    throw new Refusal(said(cause), { cause });
  };
  try {
    const written = log.answered(entry);
    return isPromise(written) ? written.then(undefined, refuse) : written;
  } catch (cause) {
    return refuse(cause);
  }
}

/**
 * Answers as it is written: the nth question of its kind gets the nth answer. A `read` without an answer is asked live;
 * an `effect` without one is never performed, and ends the replay; what was posted is not posted again.
 */
export function replaying(entry: RecordedCall, bytes: ArgumentBytes): HostCalls {
  const written = answersOf(entry, bytes);
  return {
    ask(question, live) {
      if (question.kind === "post") return undefined;
      const found = written(question);
      if (!found) {
        if (question.kind === "read") return live();
        throw new Refusal(
          `${question.name} has an effect that was not recorded, so it is not performed in a replay`,
        );
      }
      return given(found);
    },
  };
}

/** For a copy, which only looks: whatever the tape would do, effects are refused and what it tells vanishes. */
function looking(tape: HostCalls): HostCalls {
  return {
    ask(question, live) {
      if (question.kind === "effect") throw new RefusedEffect(question.name);
      return question.kind === "post" ? undefined : tape.ask(question, live);
    },
  };
}

/**
 * Tapes for copies that make the same calls in the same order: what the host answers in the nth call of whoever makes it
 * first, it answers in the nth call of the others. So no clock and no random number tells them apart. The calls are
 * made one after the other: an answer that is not there yet is asked for again.
 */
export class SharedHostCalls {
  readonly #entries: RecordedCall[] = [];
  readonly #bytes = new ArgumentBytes();

  /** One more of them: a tape for each of its calls, in order. */
  side(): () => HostCalls {
    let calls = 0;
    return () => {
      const nth = calls++;
      const known = this.#entries[nth];
      if (known) return looking(replaying(known, this.#bytes));
      const entry: RecordedCall = { name: "", slot: 0, args: new Uint8Array(0), answers: [] };
      this.#entries[nth] = entry;
      return looking(recording(entry, this.#bytes));
    };
  }
}

/**
 * For a call that nobody has answered yet, and that begins again: effects that were done are not done again.
 *
 * @param next what asks the rest, where the call is recorded
 */
export function retrying(entry: RecordedCall, bytes: ArgumentBytes, next: HostCalls | undefined): HostCalls {
  const effects = entry.answers.filter(({ kind }) => kind === "effect");
  const written = answersOf({ ...entry, answers: effects }, bytes);
  return {
    ask(question, live) {
      const found = question.kind === "effect" ? written(question) : undefined;
      const answer = found ? () => given(found) : live;
      return next ? next.ask(question, answer) : answer();
    },
  };
}

/**
 * Goes on with a call that a crash interrupted: what is written answers, and the rest is asked live and written. An effect
 * that was performed and not written is performed again; a post is not posted again.
 */
export function resuming(entry: RecordedCall, bytes: ArgumentBytes, log: CallLog): HostCalls {
  const written = answersOf(entry, bytes);
  const live = recording(entry, bytes, log);
  return {
    ask(question, ask) {
      if (question.kind === "post") return undefined;
      const found = written(question);
      if (!found) return live.ask(question, ask);
      return given(found);
    },
  };
}

/** The nth question of its kind gets the nth answer. */
function answersOf(
  entry: RecordedCall,
  bytes: ArgumentBytes,
): (question: Question) => HostAnswer | undefined {
  const left = new Map<string, HostAnswer[]>();
  for (const answer of entry.answers) {
    const same = left.get(answer.question);
    if (same) same.push(answer);
    else left.set(answer.question, [answer]);
  }
  return (question) => left.get(key(question, bytes))?.shift();
}

function given(found: HostAnswer): unknown {
  if ("error" in found) throw found.error;
  return found.answer;
}

function key({ name, type, args }: Question, bytes: ArgumentBytes): string {
  const lowered = bytes.lower(type, args);
  let text = "";
  for (const byte of lowered) text += String.fromCharCode(byte);
  return `${name} ${text}`;
}
