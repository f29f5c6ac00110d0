/** Links: a link joins one generation to its grants. */

import { imported, importedAsync } from "../../abi/canonical/imported.ts";
import { coreSignature } from "../../abi/canonical/layout.ts";
import type { Guest } from "../../abi/canonical/memory.ts";
import { AbiError } from "../../abi/error.ts";
import type { WasmFunction } from "../../abi/wasm/js-api.ts";
import { isPromise } from "../awaitable.ts";
import { type HostCalls, Question, Refusal, toErr } from "../generation/question.ts";
import type { Grant } from "./capability.ts";
import { DoorOut } from "./door-out.ts";
import { GrantFailure } from "./grant-failure.ts";
import { signalling } from "./grant-signal.ts";
import { type Caller, type Granted, GrantedCalls, type Implementation, type Mode } from "./granted-calls.ts";
import { suspending } from "./jspi.ts";
import type { Linkage } from "./linkage.ts";

/** The running side of a linkage, for one instance. */
export class Link {
  /** The door that every import of the instance goes through. */
  readonly out = new DoorOut();
  readonly linkage: Linkage;
  readonly #calls: GrantedCalls;
  /** Set where a grant uses its signal: most plugins have none, and there may be a thousand plugins. */
  #ending: AbortController | undefined;
  #ended = false;
  readonly #caller: Caller;
  /** The implementations of each match, in the order of its functions. */
  readonly #made: readonly (readonly Implementation[])[];

  /** @throws PluginError `bad-grant`; whatever a factory throws */
  constructor(linkage: Linkage, mode: Mode, caller: Caller) {
    this.linkage = linkage;
    this.#calls = new GrantedCalls(mode, caller);
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
    if (found) return this.#calls.callable(found);
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

  serve(): void {
    this.#calls.serve();
  }

  /** The plugin begins to close: the grants' signals fire, and grants still answer a call that is inside. */
  closing(): void {
    this.#ended = true;
    this.#ending?.abort();
  }

  /** Ends the grants. A suspended guest that resumes afterwards reaches nothing. */
  retire(): void {
    this.#calls.retire();
    this.closing();
    this.out.shutFor(new Refusal("its generation has ended"));
  }

  listen(hostCalls: HostCalls | undefined): void {
    this.#calls.listen(hostCalls);
  }

  #make({ grant, functions, import: owner }: Linkage["matches"][number]): readonly Implementation[] {
    const { plugin } = this.#caller;
    const link = this;
    const context = {
      plugin,
      get signal() {
        return link.#signal();
      },
      callId: () => this.#calls.callId,
    };
    const linked = () => functions.map(({ name, type }) => ({ name, type, grant: `${owner}#${name}` }));
    const made = grant.provider ? grant.make(context, linked()) : grant.make(context);
    return functions.map(({ key }) => implementationOf(made, key, grant));
  }

  #signal(): AbortSignal {
    this.#ending ??= signalling(this.#caller.onError);
    if (this.#ended) this.#ending.abort();
    return this.#ending.signal;
  }

  #import(granted: Granted, guest: () => Guest): WasmFunction {
    const { type, grant, name, async: later } = granted;
    const gated = this.#calls.callable(granted);
    const options = { name, toErr: (error: unknown) => toErr(error, type) };
    const blame = (error: unknown) => blamed(grant, error);
    if (later)
      return suspending()!.wrap(this.out.importAsync(importedAsync(type, gated, guest, options), blame));
    const { params } = coreSignature(type, "import");
    return this.out.import(params.length, imported(type, gated, guest, options), blame);
  }
}

/** @throws Error when the factory made no such function */
function implementationOf(made: unknown, key: string, { interface: owner }: Grant): Implementation {
  const found = (made as Readonly<Record<string, unknown>> | null | undefined)?.[key];
  if (typeof found === "function") return found.bind(made) as Implementation;
  const what = isPromise(made) ? "answered a promise" : `made no function ${key}`;
  throw new Error(`the factory of ${owner.text} ${what}`);
}

/** An answer of the wrong type is the grant's fault; arguments of the wrong type are the guest's. */
function blamed(grant: string, error: unknown): unknown {
  const misfit = error instanceof Refusal ? error.cause : error;
  const unfit = misfit instanceof AbiError && misfit.fault === "argument" && !(error instanceof GrantFailure);
  return unfit ? new GrantFailure(grant, "unfit", misfit) : error;
}
