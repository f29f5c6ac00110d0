/** Links: a link joins one generation to its grants. */

import { imported, importedAsync } from "../../abi/canonical/imported.ts";
import { coreSignature } from "../../abi/canonical/layout.ts";
import type { Guest } from "../../abi/canonical/memory.ts";
import { AbiError } from "../../abi/error.ts";
import { isKind } from "../../abi/type.ts";
import type { WasmFunction } from "../../abi/wasm/js-api.ts";
import { isPromise } from "../awaitable.ts";
import { telling } from "../events.ts";
import { type HostCalls, Question, Refusal, RefusedEffect, toErr } from "../generation/question.ts";
import type { Grant, GrantedFunction } from "./capability.ts";
import { DoorOut } from "./door-out.ts";
import { GrantFailure } from "./grant-failure.ts";
import { signalling } from "./grant-signal.ts";
import { hasRoom, ROOM } from "./headroom.ts";
import { HeldPosts } from "./held-posts.ts";
import { suspending } from "./jspi.ts";
import type { Linkage } from "./linkage.ts";
import type { Nesting } from "./nesting.ts";
import type { PostBounds } from "./post-bounds.ts";

/**
 * What the imports of a generation may do:
 * - `held`: the generation does not serve yet; posts wait for the cutover, effects are refused,
 * - `serving`: everything that was granted,
 * - `looking`: a copy or a twin, to be dropped; posts are dropped, effects are refused.
 */
export type Mode = "held" | "serving" | "looking";

/** The plugin that a link belongs to. */
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

type Implementation = (...args: unknown[]) => unknown;

/** A granted function of this generation. */
interface Granted extends GrantedFunction {
  /** Its WIT name. */
  readonly name: string;
  /** `acme:db/rows@1.0.0#find` */
  readonly grant: string;
  readonly implementation: Implementation;
  readonly question: Question;
}

/** The running side of a linkage, for one instance. */
export class Link {
  mode: Mode;
  /** The door that every import of the instance goes through. */
  readonly out = new DoorOut();
  readonly linkage: Linkage;
  /** Answers the guest's questions while a call is recorded or replayed. */
  hostCalls: HostCalls | undefined;
  /** The index of the current question within the current call; questions with recorded answers count too. */
  nth = -1;
  #call: string | number = "";
  /** Set where something was posted before the cutover. */
  #held: HeldPosts | undefined;
  /** Set where a grant uses its signal: most plugins have none, and there may be a thousand plugins. */
  #ending: AbortController | undefined;
  #ended = false;
  readonly #caller: Caller;
  /** The implementations of each match, in the order of its functions. */
  readonly #made: readonly (readonly Implementation[])[];

  /** @throws PluginError `bad-grant`; whatever a factory throws */
  constructor(linkage: Linkage, mode: Mode, caller: Caller) {
    this.linkage = linkage;
    this.mode = mode;
    this.#caller = caller;
    if (linkage.asynchronous) caller.nesting.prepare();
    try {
      this.#made = linkage.matches.map((match) => this.#make(match));
    } catch (error) {
      this.retire();
      throw error;
    }
  }

  /** Whether any granted function answers a promise, so that calls are suspended. */
  get asynchronous(): boolean {
    return this.linkage.asynchronous;
  }

  /** The granted interfaces, as a part of the import object. */
  imports(guest: () => Guest): Record<string, Record<string, WasmFunction>> {
    const object: Record<string, Record<string, WasmFunction>> = {};
    for (const [i, match] of this.linkage.matches.entries()) {
      const functions: Record<string, WasmFunction> = {};
      for (const each of this.#granted(i)) functions[each.name] = this.#import(each, guest);
      object[match.import] = functions;
    }
    return object;
  }

  /** A granted function in JavaScript values, for adapters with their own lifting and lowering. */
  granted(owner: string, name: string): (...args: unknown[]) => unknown {
    const i = this.linkage.matches.findIndex((match) => match.import === owner);
    const found = this.#granted(i).find((each) => each.name === name);
    if (found) return this.#gate(found);
    throw new TypeError(`no grant was found that serves ${owner}#${name}`);
  }

  /** The functions of one grant. */
  #granted(i: number): Granted[] {
    const match = this.linkage.matches[i];
    if (!match) return [];
    return match.functions.map(({ name, type, granted }, nth) => {
      const grant = `${match.import}#${name}`;
      const question = new Question(grant, type, granted.kind);
      return { ...granted, type, name, grant, question, implementation: this.#made[i]![nth]! };
    });
  }

  /** Makes the generation serve: held posts are delivered, in order. */
  serve(): void {
    this.mode = "serving";
    for (const post of this.#held?.take() ?? []) post();
  }

  /** The plugin begins to close: the grants' signals fire, and grants still answer a call that is inside. */
  closing(): void {
    this.#ended = true;
    this.#ending?.abort();
  }

  /** Ends the grants. A suspended guest that resumes afterwards reaches nothing. */
  retire(): void {
    this.#held?.take();
    this.closing();
    this.out.shutFor(new Refusal("its generation has ended"));
  }

  /** Sets what answers the guest's questions, for one call. */
  listen(hostCalls: HostCalls | undefined): void {
    this.hostCalls = hostCalls;
    this.nth = -1;
    this.#call = "";
  }

  #make({ grant, functions }: Linkage["matches"][number]): readonly Implementation[] {
    const { plugin } = this.#caller;
    const link = this;
    const made = grant.make({
      plugin,
      get signal() {
        return link.#signal();
      },
      callId: () => `${plugin}/${this.#callName()}/${this.nth}`,
    });
    return functions.map(({ key }) => implementationOf(made, key, grant));
  }

  #callName(): string {
    const { callName, loadName } = this.#caller;
    const name = callName();
    return typeof name === "number" ? `${loadName()}/${name}` : name;
  }

  #signal(): AbortSignal {
    this.#ending ??= signalling(this.#caller.onError);
    if (this.#ended) this.#ending.abort();
    return this.#ending.signal;
  }

  #import(granted: Granted, guest: () => Guest): WasmFunction {
    const { type, grant, name, async: later } = granted;
    const gated = this.#gate(granted);
    const options = { name, toErr: (error: unknown) => toErr(error, type) };
    const blame = (error: unknown) => blamed(grant, error);
    if (later)
      return suspending()!.wrap(this.out.importAsync(importedAsync(type, gated, guest, options), blame));
    const { params } = coreSignature(type, "import");
    return this.out.import(params.length, imported(type, gated, guest, options), blame);
  }

  /** The function as the generation's mode allows it. */
  #gate(granted: Granted): Implementation {
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
    if (this.hostCalls) return this.hostCalls.ask(question, args, live);
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
    const call = this.hostCalls ? "" : callName();
    this.nth = call === this.#call ? this.nth + 1 : 0;
    this.#call = call;
  }
}

/** @throws Error when the factory made no such function */
function implementationOf(made: unknown, key: string, { interface: owner }: Grant): Implementation {
  const found = (made as Readonly<Record<string, unknown>> | null | undefined)?.[key];
  if (typeof found === "function") return found.bind(made) as Implementation;
  const what = isPromise(made) ? "answered a promise" : `made no function ${key}`;
  throw new Error(`the factory of ${owner.text} ${what}`);
}

/** The error for a promise where none is allowed. The call has failed, so a rejection is not reported. */
function promised(grant: string, answer: PromiseLike<unknown>): GrantFailure {
  // Other thenables begin their work when they are asked for the result.
  if (Object.prototype.toString.call(answer) === "[object Promise]") answer.then(undefined, () => {});
  return new GrantFailure(grant, "promised");
}

/** An answer of the wrong type is the grant's fault; arguments of the wrong type are the guest's. */
function blamed(grant: string, error: unknown): unknown {
  const misfit = error instanceof Refusal ? error.cause : error;
  const unfit = misfit instanceof AbiError && misfit.fault === "argument" && !(error instanceof GrantFailure);
  return unfit ? new GrantFailure(grant, "unfit", misfit) : error;
}
