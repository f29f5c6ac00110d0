/** Tapes: what becomes of a guest's questions to its host while a call is recorded, or replayed. */
import type { FunctionType } from "../abi/type.ts";
import type { Kind } from "./capability.ts";
import type { Entry, HostAnswer, Journal } from "./journal.ts";
import { isPromise } from "./steps.ts";

/** One call out of a guest. */
export interface Question {
  /** `acme:metrics/counter@1.0.0#increment` */
  readonly name: string;
  readonly type: FunctionType;
  readonly kind: Kind;
  readonly args: readonly unknown[];
}

export interface Tape {
  /** @param live asks the implementation */
  ask(question: Question, live: () => unknown): unknown;
}

/** Writes down what the host answers. */
export function recording(entry: Entry, journal: Journal): Tape {
  return {
    ask(question, live) {
      const { kind } = question;
      if (kind === "post") return live();
      const keep = (answer: Pick<HostAnswer, "answer" | "error">) =>
        void entry.answers.push({ question: key(question, journal), kind, ...answer });
      const fail = (error: unknown): never => {
        keep({ answer: undefined, error });
        throw error;
      };
      let answer: unknown;
      try {
        answer = live();
      } catch (error) {
        return fail(error);
      }
      const done = (value: unknown) => {
        keep({ answer: structuredClone(value) });
        return value;
      };
      return isPromise(answer) ? answer.then(done, fail) : done(answer);
    },
  };
}

/**
 * Answers as it is written: the nth question of its kind gets the nth answer. A `read` without an answer is asked live;
 * an `effect` without one is never performed, and ends the replay; what was posted is not posted again.
 */
export function replaying(entry: Entry, journal: Journal): Tape {
  return written(entry, journal, (question, live) => {
    if (question.kind === "post") return undefined;
    if (question.kind === "read") return live();
    throw new Error(
      `${question.name} has an effect that was not recorded, so it is not performed in a replay`,
    );
  });
}

/** For a call that nobody has answered yet, and that begins again: effects that were done are not done again. */
export function resuming(entry: Entry, journal: Journal): Tape {
  const answers = entry.answers.filter(({ kind }) => kind === "effect");
  return written({ ...entry, answers }, journal, (_, live) => live());
}

function written(
  entry: Entry,
  journal: Journal,
  unwritten: (question: Question, live: () => unknown) => unknown,
): Tape {
  const left = new Map<string, HostAnswer[]>();
  for (const answer of entry.answers) {
    const same = left.get(answer.question);
    if (same) same.push(answer);
    else left.set(answer.question, [answer]);
  }
  return {
    ask(question, live) {
      if (question.kind === "post") return unwritten(question, live);
      const found = left.get(key(question, journal))?.shift();
      if (!found) return unwritten(question, live);
      if ("error" in found) throw found.error;
      return found.answer;
    },
  };
}

function key({ name, type, args }: Question, journal: Journal): string {
  const bytes = journal.lowered(type, args);
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return `${name} ${text}`;
}
