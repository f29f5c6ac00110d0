/** Questions: granted functions as a guest asks them. */
import { type FunctionType, isKind } from "../../abi/type.ts";
import { PluginError, said } from "../errors.ts";

/** What calling a granted function means; see `capability`. */
export type GrantKind = "read" | "effect" | "post";

/** Answers what a guest asks its host. */
export interface HostCalls {
  /** @param live asks the granted implementation */
  ask(question: Question, args: readonly unknown[], live: (...args: unknown[]) => unknown): unknown;
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

/** The ok value of a result; its err is thrown. What is no result is as it is. */
export function unwrapped(fails: boolean, value: unknown): unknown {
  if (!fails) return value;
  const { tag, val } = value as { readonly tag: "ok" | "err"; readonly val: unknown };
  if (tag === "ok") return val;
  throw new RecordedErr(val);
}
