/** Questions: granted functions as a guest asks them. */
import { type FunctionType, isKind } from "../../abi/type.ts";
import { PluginError, said } from "../errors.ts";

/** What calling a granted function means; see `capability`. */
export type GrantKind = "read" | "effect" | "post";

/** Answers the questions of a guest. */
export interface HostCalls {
  /** @param live calls the granted implementation */
  ask(question: Question, args: readonly unknown[], live: (...args: unknown[]) => unknown): unknown;
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

  constructor(name: string, type: FunctionType, kind: GrantKind) {
    const { result } = type;
    this.name = name;
    this.type = type;
    this.kind = kind;
    this.fails = isKind("result", result);
    this.plain = result === undefined || isKind("primitive", result);
  }
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

/** The ok value of a result; an err is thrown. Any other value is returned as it is. */
export function unwrapped(fails: boolean, value: unknown): unknown {
  if (!fails) return value;
  const { tag, val } = value as { readonly tag: "ok" | "err"; readonly val: unknown };
  if (tag === "ok") return val;
  throw new RecordedErr(val);
}
