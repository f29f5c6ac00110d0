/** Links: what joins one generation to what it was granted. */

import { imported, importedAsync } from "../../abi/canonical/imported.ts";
import { coreSignature } from "../../abi/canonical/layout.ts";
import type { Guest } from "../../abi/canonical/memory.ts";
import { AbiError } from "../../abi/error.ts";
import { camelCase, isKind } from "../../abi/type.ts";
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
import type { Linkage } from "./linkage.ts";
import type { Nesting } from "./nesting.ts";
import type { PostBounds } from "./post-bounds.ts";
import { suspending } from "./suspension.ts";

/**
 * What a generation may do now:
 * - `held`: not yet serving; posts wait for the cutover, effects are refused,
 * - `serving`: all that it was granted,
 * - `looking`: a copy or a twin, to be dropped; posts vanish, effects are refused.
 */
export type Mode = "held" | "serving" | "looking";

/** Whose link it is. */
export interface Caller {
  readonly plugin: string;
  readonly nesting: Nesting;
  /** Names the call that runs. */
  readonly callName: () => string | number;
  /** Stands before names that are numbers. */
  readonly loadName: () => string;
  readonly heldPosts?: PostBounds | undefined;
  /** Told what goes wrong where no call waits for it. */
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

/** The running side of a linkage: of one instance. */
export class Link {
  mode: Mode;
  /** Every import of the instance goes through it. */
  readonly out = new DoorOut();
  readonly linkage: Linkage;
  /** What answers the guest's questions while a call is recorded or replayed. */
  hostCalls: HostCalls | undefined;
  /** The number of the question that is asked, within the call that runs: also when the answers before it are recorded ones. */
  nth = -1;
  #call: string | number = "";
  /** Only there where something was posted before the cutover. */
  #held: HeldPosts | undefined;
  /** Only there where a grant listens: most plugins have none, and a thousand of them are alive. */
  #ending: AbortController | undefined;
  #ended = false;
  readonly #caller: Caller;
  /** For each match, in its functions' order. */
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

  /** Some granted function answers later, so that calls are suspended. */
  get asynchronous(): boolean {
    return this.linkage.asynchronous;
  }

  /** The import object's part for granted interfaces. */
  imports(guest: () => Guest): Record<string, Record<string, WasmFunction>> {
    const object: Record<string, Record<string, WasmFunction>> = {};
    for (const [i, match] of this.linkage.matches.entries()) {
      const functions: Record<string, WasmFunction> = {};
      for (const each of this.#granted(i)) functions[each.name] = this.#import(each, guest);
      object[match.import] = functions;
    }
    return object;
  }

  /** A granted function in JavaScript's own values, for adapters that lift and lower in a way of their own. */
  granted(owner: string, name: string): (...args: unknown[]) => unknown {
    const i = this.linkage.matches.findIndex((match) => match.import === owner);
    const found = this.#granted(i).find((each) => each.name === name);
    if (found) return this.#gate(found);
    throw new TypeError(`no grant was found that serves ${owner}#${name}`);
  }

  /** Those of one grant. */
  #granted(i: number): Granted[] {
    const match = this.linkage.matches[i];
    if (!match) return [];
    return match.functions.map(({ name, type, granted }, nth) => {
      const grant = `${match.import}#${name}`;
      const question = new Question(grant, type, granted.kind);
      return { ...granted, type, name, grant, question, implementation: this.#made[i]![nth]! };
    });
  }

  /** From now on it serves: what it had posted goes out, in order. */
  serve(): void {
    this.mode = "serving";
    for (const post of this.#held?.take() ?? []) post();
  }

  /** Its plugin begins to close: grants end what they hold, and are asked all the same while a call is inside. */
  closing(): void {
    this.#ended = true;
    this.#ending?.abort();
  }

  /** Ends what the grants hold. Whatever of the guest still runs, suspended, reaches nothing any more. */
  retire(): void {
    this.#held?.take();
    this.closing();
    this.out.shutFor(new Refusal("its generation has ended"));
  }

  /** From now on, and for one call, these answer the guest's questions. */
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
    return functions.map(({ name }) => implementationOf(made, name, grant));
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
    const told = (error: unknown) => blamed(grant, error);
    if (later)
      return suspending()!.wrap(this.out.importAsync(importedAsync(type, gated, guest, options), told));
    const { params } = coreSignature(type, "import");
    return this.out.import(params.length, imported(type, gated, guest, options), told);
  }

  /** The function as the guest may ask it now. */
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

  /** Asks the implementation itself. */
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
    // Nothing hears of a post again, so nothing is undone for it.
    if (kind === "post") return (...args) => telling(() => call(...args), onError);
    return (...args) => {
      const answer = call(...args);
      if (isPromise(answer)) throw promised(grant, answer);
      return answer;
    };
  }

  #count(callName: () => string | number): void {
    // Host calls are of one call, whatever runs again around it.
    const call = this.hostCalls ? "" : callName();
    this.nth = call === this.#call ? this.nth + 1 : 0;
    this.#call = call;
  }
}

/** @throws Error when the factory made no such function */
function implementationOf(made: unknown, name: string, { interface: owner }: Grant): Implementation {
  const key = camelCase(name);
  const found = (made as Readonly<Record<string, unknown>> | null | undefined)?.[key];
  if (typeof found === "function") return found.bind(made) as Implementation;
  const what = isPromise(made) ? "answered a promise" : `made no function ${key}`;
  throw new Error(`the factory of ${owner.text} ${what}`);
}

/** An answer that nothing waits for. What it is rejected with is not told: the call that asked has failed already. */
function promised(grant: string, answer: PromiseLike<unknown>): GrantFailure {
  // Others begin their work when they are asked for it.
  if (Object.prototype.toString.call(answer) === "[object Promise]") answer.then(undefined, () => {});
  return new GrantFailure(grant, "promised");
}

/** An answer that does not fit its type is the grant's fault; arguments that do not are the guest's. */
function blamed(grant: string, error: unknown): unknown {
  const misfit = error instanceof Refusal ? error.cause : error;
  const unfit = misfit instanceof AbiError && misfit.fault === "argument" && !(error instanceof GrantFailure);
  return unfit ? new GrantFailure(grant, "unfit", misfit) : error;
}
