/**
 * Capabilities: interfaces that a host offers to guests. Granting one is the only way a plugin reaches
 * anything.
 */
import type * as z from "zod";
import { describe } from "../../abi/canonical/memory.ts";
import { type FunctionType, isKind } from "../../abi/type.ts";
import {
  type Answer,
  type Arguments,
  type FunctionSchema,
  functionTypes,
  WORDS,
} from "../contract/contract.ts";
import type { Crossing } from "../contract/crossing.ts";
import { type InterfaceName, parseInterface } from "../contract/interface.ts";
import { PluginError } from "../errors.ts";
import type { Provider } from "./provider.ts";

/**
 * What calling a function means:
 * - `read` only looks: it is allowed in every phase, and its answer is recorded,
 * - `effect` acts: it is performed once, and refused before the cutover,
 * - `post` notifies: it has no answer, and is held back until the cutover.
 */
export type GrantKind = "read" | "effect" | "post";
const KINDS: readonly GrantKind[] = ["read", "effect", "post"];

/** What a capability says of a function. */
const SAID: readonly string[] = [...WORDS, "kind", "async", "fails"];

export interface CapabilityFunction extends FunctionSchema {
  /** @default "effect" */
  readonly kind?: GrantKind;
  /**
   * The implementation answers a promise, and the guest is suspended meanwhile (only in engines with JSPI).
   * @default false
   */
  readonly async?: boolean;
  /**
   * The implementation may throw: the function's WIT type becomes `result<T, string>`, and the guest gets the
   * error's message as a value (a `Result<T, string>`, or an `Outcome<string>` of a function without an
   * answer). Without this option an error ends the instance: `[grant-failed]`.
   * @default false
   */
  readonly fails?: boolean;
}
export type CapabilityFunctions = Readonly<Record<string, CapabilityFunction>>;

/** The functions that a factory has to make, by their names in camelCase. */
export type Implementation<F extends CapabilityFunctions> = {
  readonly [N in keyof F]: (
    ...args: Arguments<F[N]>
  ) => F[N]["async"] extends true ? Promise<Given<F[N]>> : Given<F[N]>;
};
/** A function without an answer may return anything, which is ignored. */
// biome-ignore lint/suspicious/noConfusingVoidType: it is what a function returns
type Given<S extends FunctionSchema> = S["returns"] extends z.core.$ZodType ? Answer<S> : void;

/** What a factory gets, anew for each generation. */
export interface GrantContext {
  /** The plugin's name. */
  readonly plugin: string;
  /**
   * Fires when the generation retires, or its plugin begins to close: end timers, subscriptions and handles
   * here. An error that a listener throws becomes an event `error` of the plugin.
   */
  readonly signal: AbortSignal;
  /**
   * The name of the current effect, unique among all plugins and processes. With a store, an effect that is
   * asked for again after a crash gets the same name, so that its performer can tell that it was already
   * performed.
   */
  callId(): string;
}

export interface GrantedFunction {
  readonly type: FunctionType;
  readonly kind: GrantKind;
  readonly async: boolean;
}

/** A function of a grant, as one module imports it. */
export interface Linked {
  /** Its WIT name. */
  readonly name: string;
  readonly type: FunctionType;
  /** `acme:db/rows@1.0.0#find` */
  readonly grant: string;
}

/** The permission to use a capability: what `load(..., { grant })` takes. */
export interface Grant {
  readonly interface: InterfaceName;
  readonly functions: ReadonlyMap<string, GrantedFunction>;
  /** The plugin that serves it, where it is one. */
  readonly provider?: Provider;
  /** Makes the implementation, anew for each generation. @param linked what a plugin serves, where `provider` is one */
  readonly make: (
    context: GrantContext,
    linked?: readonly Linked[],
  ) => Readonly<Record<string, (...args: never[]) => unknown>>;
}

/**
 * Offers an interface to plugins.
 *
 * @param name the interface with its version: `acme:metrics/counter@1.2.0`, or with the major version alone
 * @param functions their types, as in a contract, and what calling each one means
 * @param factory makes the implementation, once for each generation of a plugin
 * @throws PluginError `bad-contract` for a name or a schema without a WIT type, or for a `post` that answers
 */
export function capability<const F extends CapabilityFunctions>(
  name: string,
  functions: F & Crossing<F>,
  factory: (context: GrantContext) => Implementation<F>,
): Grant {
  const own = parseInterface(name, "capability");
  const granted = new Map<string, GrantedFunction>();
  for (const [key, type] of functionTypes(name, functions, SAID)) {
    const schema = functions[key] as CapabilityFunction;
    const kind = schema.kind ?? "effect";
    if (!KINDS.includes(kind)) {
      throw new PluginError(
        "bad-contract",
        `could not use ${name}, ${key}: found the kind ${describe(kind)}; say one of ${KINDS.join(", ")}`,
      );
    }
    if (kind === "post" && type.result !== undefined) {
      throw new PluginError(
        "bad-contract",
        `could not use ${name}, ${key}: a post is held back, so it cannot answer`,
      );
    }
    if (kind === "post" && schema.fails) {
      throw new PluginError(
        "bad-contract",
        `could not use ${name}, ${key}: a post is not answered, so it cannot say that it fails`,
      );
    }
    if (kind === "post" && schema.async) {
      throw new PluginError(
        "bad-contract",
        `could not use ${name}, ${key}: a post is not waited for, so it cannot be async`,
      );
    }
    const place = `${name}, ${key}`;
    granted.set(key, {
      type: schema.fails ? failing(type, place) : type,
      kind,
      async: schema.async ?? false,
    });
  }
  if (typeof factory !== "function") {
    throw new PluginError(
      "bad-contract",
      `could not use ${name}: found ${describe(factory)} as its factory; say a function that makes the implementation`,
    );
  }
  return {
    interface: own,
    functions: granted,
    make: factory as Grant["make"],
  };
}

/** The type of a function that may fail. */
function failing({ params, result }: FunctionType, place: string): FunctionType {
  if (isKind("result", result)) {
    throw new PluginError(
      "bad-contract",
      `could not use ${place}: found fails: true and an answer that is a result already; leave out one of them`,
    );
  }
  return { params, result: { result: { ...(result && { ok: result }), err: "string" } } };
}
