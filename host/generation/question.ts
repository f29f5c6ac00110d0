/** Questions: calls of granted functions by a guest, and the host's answers. */
import {
  argumentsShape,
  decodeShape,
  Scratch,
  type ValueShape,
  valueShape,
} from "../../abi/canonical/value-bytes.ts";
import { type FunctionType, isKind } from "../../abi/type.ts";
import { PluginError, said } from "../errors.ts";
import { finish, mix, mixWords } from "../hash.ts";

/** What calling a granted function means; see `capability`. */
export type GrantKind = "read" | "effect" | "post";

/** The host's answer to one question of a call. */
export interface HostAnswer {
  /** The question; see `Question.key`. */
  readonly key: bigint;
  readonly kind: "read" | "effect";
  /**
   * Returned, or threw an error that the function's type has an err for (`answered`); or threw although its
   * type has none (`threw`).
   */
  readonly as: "answered" | "threw";
  /** Value bytes of the function's result; after `threw`, of the error's message. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** An answer in older logs: a JavaScript value. */
export interface UntypedAnswer extends Pick<HostAnswer, "key" | "kind" | "as"> {
  readonly value: unknown;
}

/** Answers the questions of a guest. */
export interface HostCalls {
  /** @param live calls the granted implementation */
  ask(question: Question, args: readonly unknown[], live: (...args: unknown[]) => unknown): unknown;
}

/** A question and the way it was answered. */
export interface Answered {
  readonly question: Question;
  readonly key: Key;
  readonly as: "answered" | "threw";
}

/** One granted function, as one module imports it. */
export class Question {
  /** `acme:metrics/counter@1.0.0#increment` */
  readonly name: string;
  readonly type: FunctionType;
  readonly kind: GrantKind;
  /** Whether its answer may be an err. */
  readonly fails: boolean;
  /** Whether its answers are immutable values: the recorded answer is then as good as the original. */
  readonly plain: boolean;
  #args: ValueShape | undefined;
  #answer: ValueShape | undefined;
  #seed: Key | undefined;

  constructor(name: string, type: FunctionType, kind: GrantKind) {
    const { result } = type;
    this.name = name;
    this.type = type;
    this.kind = kind;
    this.fails = isKind("result", result);
    this.plain = result === undefined || isKind("primitive", result);
  }

  /** The layout of its answers as bytes; nothing where it answers nothing. */
  get answer(): ValueShape | undefined {
    const { result } = this.type;
    if (result === undefined) return undefined;
    this.#answer ??= valueShape(result, `result of ${this.#ownName}`);
    return this.#answer;
  }

  /**
   * Tells this question from others by its arguments too.
   * @param scratch its content is overwritten
   * @param scratch its earlier content is overwritten
   */
  key(args: readonly unknown[], scratch: Scratch): Key {
    this.#seed ??= keyOfName(this.name);
    const key = new Key(this.#seed);
    if (args.length === 0) return key;
    this.#args ??= argumentsShape(this.type, ` of ${this.#ownName}`);
    scratch.encode(this.#args, args);
    key.add(scratch);
    return key;
  }

  get #ownName(): string {
    return this.name.slice(this.name.indexOf("#") + 1);
  }
}

/** A key of 64 bits, in two halves. */
export class Key {
  high: number;
  low: number;

  constructor({ high, low }: { readonly high: number; readonly low: number }) {
    this.high = high;
    this.low = low;
  }

  get value(): bigint {
    return (BigInt(this.high >>> 0) << 32n) | BigInt(this.low >>> 0);
  }

  /** Adds the arguments that a scratch holds. */
  add({ bytes, words, size }: Scratch): void {
    const from = Scratch.BASE >> 2;
    const whole = from + (size >> 2);
    let last = size;
    for (let i = 4 * whole; i < Scratch.BASE + size; i++) last = (last << 8) | bytes[i]!;
    this.high = mix(mixWords(this.high, words, from, whole), last);
    this.low = mix(mixWords(this.low, words, from, whole), last);
  }
}

function keyOfName(name: string): Key {
  const key = new Key({ high: 1, low: 2 });
  for (let i = 0; i < name.length; i++) {
    key.high = mix(key.high, name.charCodeAt(i));
    key.low = mix(key.low, name.charCodeAt(i));
  }
  return new Key({ high: finish(key.high), low: finish(key.low) });
}

/** The key of a question in older logs. @param args as value bytes */
export function keyOf(name: string, args: Uint8Array): bigint {
  const key = keyOfName(name);
  if (args.length === 0) return key.value;
  const scratch = new Scratch();
  scratch.put(args);
  key.add(scratch);
  return key.value;
}

/**
 * Refuses a question, or the recording of its answer. This is not an answer of the host: it ends the call,
 * even where the function's type has an err.
 */
export class Refusal extends Error {
  override readonly name: string = "Refusal";
}

/**
 * Refuses an effect that must not happen. The only refusal that a guest gets as an err, where the function's
 * type has one.
 */
export class RefusedEffect extends Refusal {
  override readonly name = "RefusedEffect";

  constructor(grant: string) {
    super(`${grant} has an effect, which is refused before the cutover`);
  }
}

/** A recorded err, thrown as the implementation threw it. */
class RecordedErr extends Error {
  override readonly name = "RecordedErr";
  readonly val: unknown;

  constructor(val: unknown) {
    super("an err that was recorded");
    this.val = val;
  }
}

/**
 * A thrown value as the err of a function that answers a result.
 * @throws an error that is not the host's answer
 */
export function toErr(error: unknown, { result }: Pick<FunctionType, "result">): unknown {
  if (error instanceof RecordedErr) return error.val;
  if (error instanceof Refusal && !(error instanceof RefusedEffect)) throw error;
  const payload = error instanceof PluginError ? error.payload : undefined;
  // An error of another plugin may have any payload.
  const isText = isKind("result", result) && result.result.err === "string";
  return payload === undefined || (isText && typeof payload !== "string") ? said(error) : payload;
}

/**
 * Gives a recorded answer as the implementation gave it: returned, or thrown.
 * @throws AbiError when it is of another type now
 */
export function give(question: Question, given: HostAnswer | UntypedAnswer): unknown {
  if ("value" in given) {
    if (given.as === "threw") throw given.value;
    return given.value;
  }
  if (given.as === "threw") {
    const place = "what was thrown";
    throw new Error(decodeShape(valueShape("string", place), given.bytes, place) as string);
  }
  const { answer, fails, name } = question;
  if (!answer) return undefined;
  return unwrapped(fails, decodeShape(answer, given.bytes, `the recorded result of ${name}`));
}

/** The ok value of a result; an err is thrown. Any other value is returned as it is. */
export function unwrapped(fails: boolean, value: unknown): unknown {
  if (!fails) return value;
  const { tag, val } = value as { readonly tag: "ok" | "err"; readonly val: unknown };
  if (tag === "ok") return val;
  throw new RecordedErr(val);
}
