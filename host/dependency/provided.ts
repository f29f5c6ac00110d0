/** Provided: the grant of a plugin, by which other plugins call its functions. */
import type { FunctionType } from "../../abi/type.ts";
import { camelCase, isKind } from "../../abi/type.ts";
import { UNCALLABLE } from "../contract/contract.ts";
import { keyOf } from "../contract/function-name.ts";
import { parseInterface } from "../contract/interface.ts";
import { PluginError } from "../errors.ts";
import type { Build } from "../generation/generation.ts";
import type { Grant, GrantedFunction, Linked } from "../grant/capability.ts";
import { GrantFailure } from "../grant/grant-failure.ts";
import { title } from "../module/info.ts";
import { checkFlag, misfit, optionsOf } from "../option.ts";
import type { Lifecycle } from "../swap/lifecycle.ts";
import { Dependencies } from "./dependencies.ts";
import { Providing } from "./providing.ts";

export interface ProvideOptions {
  /**
   * Functions that only look, in camelCase: they may be called at any time, as `kind: "read"` of a capability. All
   * others are effects.
   * @default none
   */
  readonly reads?: readonly string[];
  /**
   * Dependents wait for an answer, and are suspended meanwhile (only in engines with JSPI).
   * @default whether the calls of the version that serves answer promises
   */
  readonly async?: boolean;
}

/**
 * Grants a plugin's interface to other plugins. Their calls go to the version that serves when they are made.
 *
 * @throws PluginError `closed`; `argument`; `bad-grant` for a plugin without an interface, or without types
 */
export function provided(lifecycle: Lifecycle, options?: ProvideOptions): Grant {
  const { name, current, closed } = lifecycle;
  const could = `could not grant ${name}`;
  if (closed) throw new PluginError("closed", `${could}: it was closed`);
  const { reads = [], async: waits = current.answersLater } = optionsOf(options, "grant");
  checkFlag(waits, "async");
  checkUsable(current.build, could);
  const functions = new Functions(lifecycle, new Set(reads), waits);
  checkReads(reads, functions.now);
  lifecycle.dependencies ??= new Dependencies(lifecycle);
  const dependencies = lifecycle.dependencies as Dependencies;
  dependencies.providing ??= new Providing(lifecycle, dependencies);
  const providing = dependencies.providing as Providing;
  const made = ({ name: wit, type, grant }: Linked) =>
    [camelCase(wit), answering(grant, type, providing.call(wit, type, waits))] as const;
  return {
    get interface() {
      return parseInterface(lifecycle.current.build.manifest.interface!, `the manifest of ${name}`);
    },
    get functions() {
      return functions.now;
    },
    provider: providing.provider(waits),
    make: (_, linked = []) => Object.fromEntries(linked.map(made)) as ReturnType<Grant["make"]>,
  };
}

/** The functions of the version that serves, as they are granted. */
class Functions {
  readonly #lifecycle: Lifecycle;
  readonly #reads: ReadonlySet<unknown>;
  readonly #waits: boolean;
  #known: { readonly build: Build; readonly functions: ReadonlyMap<string, GrantedFunction> } | undefined;

  constructor(lifecycle: Lifecycle, reads: ReadonlySet<unknown>, waits: boolean) {
    this.#lifecycle = lifecycle;
    this.#reads = reads;
    this.#waits = waits;
  }

  get now(): ReadonlyMap<string, GrantedFunction> {
    const { build } = this.#lifecycle.current;
    if (this.#known?.build !== build) this.#known = { build, functions: this.#of(build) };
    return this.#known.functions;
  }

  #of({ manifest }: Build): ReadonlyMap<string, GrantedFunction> {
    const callable = manifest.exports.filter(({ name }) => name !== UNCALLABLE);
    return new Map(
      callable.map((type) => {
        const key = camelCase(type.name);
        return [key, { type, kind: this.#reads.has(key) ? "read" : "effect", async: this.#waits }];
      }),
    );
  }
}

/** @throws PluginError `bad-grant` */
function checkUsable(build: Build, could: string): void {
  const why =
    build.manifest.interface === undefined
      ? `${title(build)} has no interface; name one in its package.json, as "moult": { "interface": "acme:geo/places@1.0.0" }`
      : `a module of its kind does not tell the types of its functions`;
  if (build.manifest.interface === undefined || !build.typed)
    throw new PluginError("bad-grant", `${could}: ${why}`);
}

/** @throws PluginError `argument` */
function checkReads(reads: unknown, functions: ReadonlyMap<string, unknown>): void {
  if (!Array.isArray(reads)) throw misfit(reads, "reads", "a list of functions that only look");
  const wrong = reads.find((each) => typeof each !== "string" || keyOf(functions, each) === undefined);
  if (wrong !== undefined)
    throw misfit(wrong, "reads", `functions of the plugin: ${[...functions.keys()].join(", ")}`);
}

/** A function whose failure is the provider's, and no answer of it. */
function answering(grant: string, { result }: FunctionType, call: (...args: never[]) => unknown) {
  // An err of the provider's own is the answer; of any other error the text is one, where the type has a place for it.
  const told = isKind("result", result) && result.result.err === "string";
  const failed = (error: unknown): never => {
    const own = error instanceof PluginError && error.code === "guest-error";
    throw told || own ? error : new GrantFailure(grant, "unserved", error);
  };
  return (...args: never[]) => {
    let answer: unknown;
    try {
      answer = call(...args);
    } catch (error) {
      return failed(error);
    }
    return answer instanceof Promise ? answer.then(undefined, failed) : answer;
  };
}
