/** Questions and their answers as bytes: their records, and the keys that recorded answers are found by. */
import {
  argumentsShape,
  decodeShape,
  Scratch,
  type ValueShape,
  valueShape,
} from "../../abi/canonical/value-bytes.ts";
import { finish, mix, mixWords } from "../hash.ts";
import { type Question, unwrapped } from "./question.ts";

/** The host's answer to one question of a call. */
export interface HostAnswer {
  /** The question; see `keyOfQuestion`. */
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

/** A question and the way it was answered. */
export interface Answered {
  readonly question: Question;
  readonly key: Key;
  readonly as: "answered" | "threw";
}

/** The layouts of a question's bytes. */
interface Shapes {
  readonly seed: Key;
  /** Of its arguments; made at the first question with arguments. */
  args: ValueShape | undefined;
  /** Of its answer; missing where it answers nothing. */
  readonly answer: ValueShape | undefined;
}

/** Not state: every entry follows from its key. */
const SHAPES = new WeakMap<Question, Shapes>();

function shapesOf(question: Question): Shapes {
  const known = SHAPES.get(question);
  if (known) return known;
  const { result } = question.type;
  const answer = result === undefined ? undefined : valueShape(result, `result of ${ownName(question)}`);
  const shapes = { seed: keyOfName(question.name), args: undefined, answer };
  SHAPES.set(question, shapes);
  return shapes;
}

function ownName({ name }: Question): string {
  return name.slice(name.indexOf("#") + 1);
}

/** The layout of its answers as bytes; nothing where it answers nothing. */
export function answerShape(question: Question): ValueShape | undefined {
  return shapesOf(question).answer;
}

/** Tells a question from others by its arguments too. @param scratch its content is overwritten */
export function keyOfQuestion(question: Question, args: readonly unknown[], scratch: Scratch): Key {
  const shapes = shapesOf(question);
  const key = new Key(shapes.seed);
  if (args.length === 0) return key;
  shapes.args ??= argumentsShape(question.type, ` of ${ownName(question)}`);
  // Keys are in logs, also in those from before Latin-1 was marked.
  scratch.encodeWide(shapes.args, args);
  key.add(scratch);
  return key;
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
  const { fails, name } = question;
  const answer = answerShape(question);
  if (!answer) return undefined;
  return unwrapped(fails, decodeShape(answer, given.bytes, `the recorded result of ${name}`));
}
