/** Questions: granted functions as a guest asks them, and what a host answered. */
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

/** What a host answered to one question out of a call. */
export interface HostAnswer {
  /** What was asked; see `Question.key`. */
  readonly key: bigint;
  readonly kind: "read" | "effect";
  /** It returned something, or threw what is an err of the function's type; or it threw where there is no place for an error. */
  readonly as: "answered" | "threw";
  /** Value bytes of the function's result; of what was thrown, those of its message. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** As older logs have it: what JavaScript had for it. */
export interface UntypedAnswer extends Pick<HostAnswer, "key" | "kind" | "as"> {
  readonly value: unknown;
}

/** Answers what a guest asks its host. */
export interface HostCalls {
  /** @param live asks the granted implementation */
  ask(question: Question, args: readonly unknown[], live: (...args: unknown[]) => unknown): unknown;
}

/** What was asked, and how it was answered. */
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
  /** Its answer may be an err. */
  readonly fails: boolean;
  /** Its answer is nothing that can be changed: as it was recorded, so it is. */
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

  /** How its answers become bytes; nothing where it answers nothing. */
  get answer(): ValueShape | undefined {
    const { result } = this.type;
    if (result === undefined) return undefined;
    this.#answer ??= valueShape(result, `result of ${this.#ownName}`);
    return this.#answer;
  }

  /** What tells it from other questions, their arguments included. @param scratch what it held is overwritten */
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

/** 64 bits, in two halves. */
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

  /** The arguments that a scratch holds. */
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

/** The key of a question as older logs have it. @param args as value bytes */
export function keyOf(name: string, args: Uint8Array): bigint {
  const key = keyOfName(name);
  if (args.length === 0) return key.value;
  const scratch = new Scratch();
  scratch.put(args);
  key.add(scratch);
  return key.value;
}

/**
 * Refuses a question, or the recording of its answer. It is no answer of a host's: it ends the call, also where the
 * function's type has a place for an error.
 */
export class Refusal extends Error {
  override readonly name: string = "Refusal";
}

/** What an effect meets that must not happen. The one refusal that a guest is told of, where its type has a place for it. */
export class RefusedEffect extends Refusal {
  override readonly name = "RefusedEffect";

  constructor(grant: string) {
    super(`${grant} has an effect, which is refused before the cutover`);
  }
}

/** An err that was recorded, where an implementation would throw. */
class RecordedErr extends Error {
  override readonly name = "RecordedErr";
  readonly val: unknown;

  constructor(val: unknown) {
    super("an err that was recorded");
    this.val = val;
  }
}

/** What a thrown value is as the err of a function whose type is a result. @throws what is no answer of the host's */
export function toErr(error: unknown, { result }: Pick<FunctionType, "result">): unknown {
  if (error instanceof RecordedErr) return error.val;
  if (error instanceof Refusal && !(error instanceof RefusedEffect)) throw error;
  const payload = error instanceof PluginError ? error.payload : undefined;
  // Of another plugin's error it may be anything.
  const isText = isKind("result", result) && result.result.err === "string";
  return payload === undefined || (isText && typeof payload !== "string") ? said(error) : payload;
}

/** Gives an answer as the implementation gave it: returns it, or throws. @throws AbiError when it is of another type now */
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

/** The ok value of a result; its err is thrown. What is no result is as it is. */
export function unwrapped(fails: boolean, value: unknown): unknown {
  if (!fails) return value;
  const { tag, val } = value as { readonly tag: "ok" | "err"; readonly val: unknown };
  if (tag === "ok") return val;
  throw new RecordedErr(val);
}
