/** Host calls: how a guest's questions to its host are answered while a call is recorded or replayed. */
import { Scratch, valueShape } from "../../abi/canonical/value-bytes.ts";
import { AbiError } from "../../abi/error.ts";
import { isPromise } from "../awaitable.ts";
import { said } from "../errors.ts";
import {
  type GrantKind,
  type HostCalls,
  type Question,
  Refusal,
  RefusedEffect,
  toErr,
  unwrapped,
} from "../generation/question.ts";
import {
  type Answered,
  answerShape,
  give,
  type HostAnswer,
  type Key,
  keyOfQuestion,
  type UntypedAnswer,
} from "../generation/question-bytes.ts";

/**
 * How one question is answered:
 * - `ask`: the implementation is called,
 * - `record`: the host's answer becomes part of the record of this call,
 * - `recorded`: the nth time that a question is asked, it gets the nth answer that was recorded for it,
 * - `refuse`: nothing is called; the guest gets an err where the function has errs, and is unwound otherwise.
 *   A replayed call is always unwound, because what follows would differ from what happened,
 * - `drop`: nothing is called.
 */
export type Rule =
  | "ask"
  | "ask, record"
  | "recorded, or ask"
  | "recorded, or ask, record"
  | "recorded, or refuse"
  | "refuse"
  | "drop";

/** All rules, by the reason for a call and the kind of the function, as in `docs/architecture.md`. */
export const POLICIES = {
  /** The serving generation answers a call. */
  record: { read: "ask, record", effect: "ask, record", post: "ask" },
  /** An answered call is run again: by a rollback, a restart or a mirror. */
  replay: { read: "recorded, or ask", effect: "recorded, or refuse", post: "drop" },
  /** A call that trapped, and was not answered, is made of the version before. */
  retry: { read: "ask, record", effect: "recorded, or ask, record", post: "ask" },
  /** A call that the end of its process interrupted is continued. */
  resume: { read: "recorded, or ask, record", effect: "recorded, or ask, record", post: "drop" },
  /** A copy makes a call, for a check. */
  look: { read: "ask, record", effect: "refuse", post: "drop" },
  /** Another copy makes the same call. */
  lookAgain: { read: "recorded, or ask", effect: "refuse", post: "drop" },
} as const satisfies Readonly<Record<string, Readonly<Record<GrantKind, Rule>>>>;

export type Policy = keyof typeof POLICIES;

/** Records answers. */
export interface AnswerRecord {
  /**
   * Adds the answer that `scratch` holds.
   *
   * @returns nothing, or a promise of the time when it is recorded; the guest gets the answer only then
   * @throws when it cannot be recorded; the guest does not get the answer
   */
  add(answer: Answered, scratch: Scratch): PromiseLike<void> | undefined;
}

export interface AnsweringOptions {
  /** A scratch whose content is overwritten while an answer is recorded. */
  readonly scratch: Scratch;
  /** The answers of an earlier run. @default none */
  readonly recorded?: RecordedAnswers | undefined;
  /** Records the answers of this run. @default nothing is recorded */
  readonly record?: AnswerRecord | undefined;
}

type Live = (...args: unknown[]) => unknown;

/** Answers the questions of one call by a policy; with the policy `record`, those of any number of calls. */
export class Answering implements HostCalls {
  readonly #policy: Policy;
  readonly #scratch: Scratch;
  readonly #record: AnswerRecord | undefined;
  readonly #recorded: (key: bigint) => HostAnswer | UntypedAnswer | undefined;

  constructor(policy: Policy, { scratch, recorded, record }: AnsweringOptions) {
    this.#policy = policy;
    this.#scratch = scratch;
    this.#record = record;
    this.#recorded = recorded?.reading() ?? (() => undefined);
  }

  ask(question: Question, args: readonly unknown[], live: Live): unknown {
    const rule: Rule = POLICIES[this.#policy][question.kind];
    switch (rule) {
      case "ask":
        return live(...args);
      case "ask, record":
        return this.#record ? this.#asked(question, args, live) : live(...args);
      case "refuse":
        throw new RefusedEffect(question.name);
      case "drop":
        return undefined;
      default:
        return this.#recalled(rule, question, args, live);
    }
  }

  #recalled(rule: Rule, question: Question, args: readonly unknown[], live: Live): unknown {
    const key = keyOfQuestion(question, args, this.#scratch);
    const found = this.#recorded(key.value);
    if (found) return this.#again(question, key, found);
    if (rule === "recorded, or refuse") {
      const why = "has an effect that was not recorded, so it is not performed in a replay";
      throw new Refusal(`${question.name} ${why}`);
    }
    const records = rule === "recorded, or ask, record" && this.#record;
    return records ? this.#asked(question, args, live, key) : live(...args);
  }

  /** Gives an answer of an earlier run, and adds it to the record of this run. */
  #again(question: Question, key: Key, found: HostAnswer | UntypedAnswer): unknown {
    const record = this.#policy === "retry" ? this.#record : undefined;
    if (!record || "value" in found) return give(question, found);
    this.#scratch.put(found.bytes);
    return whenWritten(this.#add(record, { question, key, as: found.as }), () => give(question, found));
  }

  #asked(question: Question, args: readonly unknown[], live: Live, known?: Key): unknown {
    // Computed before the call, because an implementation may change its arguments.
    const key = known ?? keyOfQuestion(question, args, this.#scratch);
    let value: unknown;
    try {
      value = live(...args);
    } catch (error) {
      return this.#threw(question, key, error);
    }
    if (!isPromise(value)) return this.#answered(question, key, value);
    return value.then(
      (answer) => this.#answered(question, key, answer),
      (error) => this.#threw(question, key, error),
    );
  }

  /** The guest gets the recorded value, because reading an object a second time may give another value. */
  #answered(question: Question, key: Key, value: unknown): unknown {
    const { fails, plain } = question;
    const seen = this.#written(question, fails ? { tag: "ok", val: value } : value);
    const written = this.#add(this.#record!, { question, key, as: "answered" });
    return whenWritten(written, () => (plain ? value : unwrapped(fails, seen)));
  }

  #threw(question: Question, key: Key, error: unknown): unknown {
    if (question.fails) {
      const seen = this.#written(question, { tag: "err", val: toErr(error, question.type) });
      const written = this.#add(this.#record!, { question, key, as: "answered" });
      return whenWritten(written, () => unwrapped(true, seen));
    }
    this.#scratch.encode(valueShape("string", "what was thrown"), said(error));
    return whenWritten(this.#add(this.#record!, { question, key, as: "threw" }), () => {
      throw error;
    });
  }

  /** Writes an answer to the scratch. @returns the answer as the guest gets it */
  #written(question: Question, value: unknown): unknown {
    const scratch = this.#scratch;
    const answer = answerShape(question);
    if (!answer) {
      scratch.put(NOTHING);
      return undefined;
    }
    try {
      scratch.encode(answer, value);
    } catch (error) {
      // An answer of the wrong type is refused as it would be without a record: it is no err.
      throw error instanceof AbiError ? new Refusal(error.message, { cause: error }) : error;
    }
    return question.plain ? value : scratch.decode(answer);
  }

  #add(record: AnswerRecord, answered: Answered): PromiseLike<void> | undefined {
    const refuse = (cause: unknown): never => {
      throw new Refusal(said(cause), { cause });
    };
    try {
      return record.add(answered, this.#scratch)?.then(undefined, refuse);
    } catch (cause) {
      return refuse(cause);
    }
  }
}

const NOTHING = new Uint8Array(0);

function whenWritten(written: PromiseLike<void> | undefined, give: () => unknown): unknown {
  return written ? written.then(give) : give();
}

/** The recorded answers of one call, by question. */
export class RecordedAnswers {
  readonly #answers = new Map<bigint, (HostAnswer | UntypedAnswer)[]>();

  constructor(answers: Iterable<HostAnswer | UntypedAnswer> = []) {
    for (const each of answers) this.add(each);
  }

  add(answer: HostAnswer | UntypedAnswer): void {
    const same = this.#answers.get(answer.key);
    if (same) same.push(answer);
    else this.#answers.set(answer.key, [answer]);
  }

  /** Begins to read: each call of the returned function with a key gives the next answer of that key. */
  reading(): (key: bigint) => HostAnswer | UntypedAnswer | undefined {
    const asked = new Map<bigint, number>();
    return (key) => {
      const nth = asked.get(key) ?? 0;
      asked.set(key, nth + 1);
      return this.#answers.get(key)?.[nth];
    };
  }
}

/** Bytes of answers that the copies of one plugin may share. */
const MOST_SHARED = 2 ** 26;

/**
 * Answers for several copies that make the same calls in the same order: the nth call of every copy gets the
 * answers that the host gave to the nth call of the first one, so that clocks and random numbers make no
 * difference. The calls are made one after the other; a question without a shared answer is asked of the
 * host.
 */
export class SharedHostCalls {
  readonly #calls: RecordedAnswers[] = [];
  readonly #scratch = new Scratch();
  #bytes = 0;

  /** Adds a copy. @returns the host calls for each of its calls, in order */
  side(): () => HostCalls {
    let calls = 0;
    return () => {
      const nth = calls++;
      const known = this.#calls[nth];
      if (known) return new Answering("lookAgain", { scratch: this.#scratch, recorded: known });
      const recorded = new RecordedAnswers();
      this.#calls[nth] = recorded;
      const record: AnswerRecord = {
        add: ({ question: { kind }, key, as }, scratch) => {
          this.#bytes += scratch.size;
          if (this.#bytes > MOST_SHARED) throw new Error(`its host answered more than ${MOST_SHARED} bytes`);
          if (kind !== "post") recorded.add({ key: key.value, kind, as, bytes: scratch.copy() });
          return undefined;
        },
      };
      return new Answering("look", { scratch: this.#scratch, record });
    };
  }
}
