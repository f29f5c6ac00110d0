/** What a caller of releases is told, what it tells, and what it can do. */
import type { Functions } from "../contract/contract.ts";
import type { Measured } from "../remote/measures.ts";
import type { CallingOptions } from "./calling-options.ts";
import type { Choice, Decide } from "./choice.ts";
import type { Keyed } from "./keyed.ts";
import type { Plan } from "./plan.ts";

export interface ReleaseCallerOptions<F extends Functions = Functions> extends CallingOptions<F> {
  /** @default the plan decides */
  readonly decide?: Decide;
}

/** A call went to the stable version in place of the one that it was for. */
export interface Fallback {
  readonly wanted: string;
  readonly version: string;
  readonly why: string;
}

export interface ReleaseCallerEvents {
  readonly fallback: Fallback;
  /** It calls by this plan from now on. */
  readonly plan: Plan;
  /** What could not be done now, and is tried again: the engine is away, a plan cannot be read. */
  readonly fault: unknown;
}

/** A plugin in a fabric, called with the types of a contract, each call at the version that the plan picks for it. */
export interface ReleaseCaller<F extends Functions = Functions> extends Keyed<F>, AsyncDisposable {
  readonly name: string;
  /** The calls of one key: all of them go to the version that the plan picks for it. */
  by(key: string, choice?: Choice): Keyed<F>;
  /** The plan that it calls by. */
  readonly plan: Plan;
  /** What the calls of each version came to, as this caller saw it. */
  measures(): Readonly<Record<string, Measured>>;
  /** Adds a listener. @returns a function that removes it */
  on<K extends keyof ReleaseCallerEvents & string>(
    type: K,
    listener: (event: ReleaseCallerEvents[K]) => void,
  ): () => void;
  /** Takes no more calls, and lets those under way end. The fabric stays open. */
  close(): Promise<void>;
}
