/** Calls of granted functions: what a guest's call does depends on what its generation may do. */
import { isKind } from "../../abi/type.ts";
import { isPromise } from "../awaitable.ts";
import { thrown } from "../errors.ts";
import { telling } from "../events.ts";
import { type HostCalls, type Question, Refusal, RefusedEffect } from "../generation/question.ts";
import type { GrantedFunction } from "./capability.ts";
import { GrantFailure } from "./grant-failure.ts";
import { hasRoom, ROOM } from "./headroom.ts";
import { HeldPosts } from "./held-posts.ts";
import type { Nesting } from "./nesting.ts";
import type { PostBounds } from "./post-bounds.ts";

/**
 * What the imports of a generation may do:
 * - `held`: the generation does not serve yet; posts wait for the cutover, effects are refused,
 * - `serving`: everything that was granted,
 * - `looking`: a copy or a twin, to be dropped; posts are dropped, effects are refused.
 */
export type Mode = "held" | "serving" | "looking";

/** The plugin whose generation calls. */
export interface Caller {
  readonly plugin: string;
  readonly nesting: Nesting;
  /** Names the current call. */
  readonly callName: () => string | number;
  /** A prefix for call names that are numbers. */
  readonly loadName: () => string;
  readonly heldPosts?: PostBounds | undefined;
  /** Called with errors that no call waits for. */
  readonly onError: (error: unknown) => void;
}

export type Implementation = (...args: unknown[]) => unknown;

/** A granted function of this generation. */
export interface Granted extends GrantedFunction {
  /** Its WIT name. */
  readonly name: string;
  /** `acme:db/rows@1.0.0#find` */
  readonly grant: string;
  readonly implementation: Implementation;
  readonly question: Question;
}

/** The calls of one generation. */
export class GrantedCalls {
  mode: Mode;
  /** Answers the guest's questions while a call is recorded or replayed. */
  #hostCalls: HostCalls | undefined;
  #nth = -1;
  #call: string | number = "";
  /** Set where something was posted before the cutover. */
  #held: HeldPosts | undefined;
  readonly #caller: Caller;

  constructor(mode: Mode, caller: Caller) {
    this.mode = mode;
    this.#caller = caller;
  }

  /** The name of the guest's current question: its call, and its place there. Recorded answers count too. */
  get callId(): string {
    const { plugin, callName, loadName } = this.#caller;
    const name = callName();
    return `${plugin}/${typeof name === "number" ? `${loadName()}/${name}` : name}/${this.#nth}`;
  }

  /** Makes the generation serve: held posts are delivered, in order. */
  serve(): void {
    this.mode = "serving";
    for (const post of this.#held?.take() ?? []) post();
  }

  /** Forgets the held posts. */
  retire(): void {
    this.#held?.take();
  }

  /** Sets what answers the guest's questions, for one call. */
  listen(hostCalls: HostCalls | undefined): void {
    this.#hostCalls = hostCalls;
    this.#nth = -1;
    this.#call = "";
  }

  /** The function as a guest calls it, in JavaScript values: as the generation's mode allows it. */
  callable(granted: Granted): Implementation {
    const { grant, type, async: later } = granted;
    const { callName } = this.#caller;
    const live = this.#live(granted);
    const failed = (error: unknown): never => {
      const told = error instanceof Refusal || isKind("result", type.result);
      throw told ? error : new GrantFailure(grant, "threw", error);
    };
    return (...args) => {
      if (!hasRoom()) throw new Refusal(`it left less than ${ROOM} bytes of stack for ${grant}`);
      this.#count(callName);
      let answer: unknown;
      try {
        answer = this.#ask(granted, args, live);
      } catch (error) {
        return failed(error);
      }
      return later && isPromise(answer) ? answer.then(undefined, failed) : answer;
    };
  }

  #ask({ grant, kind, question }: Granted, args: readonly unknown[], live: Implementation): unknown {
    if (this.#hostCalls) return this.#hostCalls.ask(question, args, live);
    if (kind === "read" || this.mode === "serving") return live(...args);
    if (kind === "effect") throw new RefusedEffect(grant);
    if (this.mode === "looking") return undefined;
    this.#held ??= new HeldPosts(this.#caller.heldPosts);
    this.#held.add(grant, args, () => live(...args));
    return undefined;
  }

  /** Calls the implementation itself. */
  #live({ grant, kind, async: later, implementation }: Granted): Implementation {
    const { nesting, onError } = this.#caller;
    if (later && this.mode !== "looking")
      return (...args) => nesting.callAsync(grant, () => implementation(...args));
    const call: Implementation = (...args) => {
      nesting.depth++;
      try {
        return implementation(...args);
      } catch (error) {
        throw thrown(error);
      } finally {
        nesting.depth--;
      }
    };
    if (later) return call;
    // Nothing waits for a post, so its error undoes nothing.
    if (kind === "post") return (...args) => telling(() => call(...args), onError);
    return (...args) => {
      const answer = call(...args);
      if (isPromise(answer)) throw promised(grant, answer);
      return answer;
    };
  }

  #count(callName: () => string | number): void {
    // Host calls belong to one call, whatever else runs meanwhile.
    const call = this.#hostCalls ? "" : callName();
    this.#nth = call === this.#call ? this.#nth + 1 : 0;
    this.#call = call;
  }
}

/** The error for a promise where none is allowed. The call has failed, so a rejection is not reported. */
function promised(grant: string, answer: PromiseLike<unknown>): GrantFailure {
  // Other thenables begin their work when they are asked for the result.
  if (Object.prototype.toString.call(answer) === "[object Promise]") answer.then(undefined, () => {});
  return new GrantFailure(grant, "promised");
}
