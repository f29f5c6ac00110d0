/** A contract: the interface that a caller expects of a plugin, written once in TypeScript. */
import type * as z from "zod";
import { describe } from "../../abi/canonical/memory.ts";
import type { FunctionType, ValueType } from "../../abi/type.ts";
import type { ResultSchema } from "../../abi/wit.ts";
import { PluginError, reason } from "../errors.ts";
import type { Crossing } from "./crossing.ts";
import { type InterfaceName, parseInterface } from "./interface.ts";
import { kindOf, typeOf } from "./schema-type.ts";

/** Parameters and answer of one function, as zod schemas (or `wit.*` for what zod cannot spell). */
export interface FunctionSchema {
  readonly params: readonly z.core.$ZodType[];
  /** @default no answer */
  readonly returns?: z.core.$ZodType;
}
export type Functions = Readonly<Record<string, FunctionSchema>>;

export interface Contract<F extends Functions = Functions> {
  readonly interface: InterfaceName;
  readonly functions: ReadonlyMap<string, FunctionType>;
  /** The version whose functions these are, where a plugin was loaded without a contract. */
  readonly impliedBy?: string;
  /** Never there: carries the types. */
  readonly _functions?: F;
}

export type Arguments<S extends FunctionSchema> = InputsOf<S["params"]>;
type InputsOf<P extends readonly z.core.$ZodType[]> = number extends P["length"]
  ? // Of functions without a contract nothing is known. So that a plugin of any contract is one of those too, these are
    // no `unknown[]`; what the caller gives is checked when it crosses.
    // biome-ignore lint/suspicious/noExplicitAny: parameters of every type have to be assignable
    any[]
  : { -readonly [I in keyof P]: z.input<P[I]> };
export type Answer<S extends FunctionSchema> =
  S["returns"] extends ResultSchema<infer Ok, unknown>
    ? Ok
    : S["returns"] extends z.core.$ZodType
      ? z.output<S["returns"]>
      : // Of functions without a contract nothing is known.
        "returns" extends keyof S
        ? unknown
        : undefined;

/** The functions that a contract was written with; of functions, they themselves. */
export type FunctionsOf<C extends Contract | Functions> =
  C extends Contract<infer F extends Functions> ? F : C extends Functions ? C : never;

/** The functions of a contract, each a promise of its answer. */
export type Calls<F extends Functions> = {
  readonly [N in keyof F]: (...args: Arguments<F[N]>) => Promise<Answer<F[N]>>;
};
/** The same functions, answered at once. */
export type CallsSync<F extends Functions> = {
  readonly [N in keyof F]: (...args: Arguments<F[N]>) => Answer<F[N]>;
};

/**
 * Writes down the interface that a caller expects of a plugin.
 *
 * @param name the interface with its version or the major of it: `demo:logs/handler@1`
 * @param functions by their names in camelCase
 * @throws PluginError `bad-contract` for a name or a schema that WIT has no type for
 * @example contract("demo:logs/handler@1", { handle: { params: [z.string()], returns: z.boolean() } })
 */
export function contract<const F extends Functions>(name: string, functions: F & Crossing<F>): Contract<F> {
  const own = parseInterface(name, "contract");
  return { interface: own, functions: functionTypes(name, functions) };
}

/**
 * Whether it is a contract: callers without a type checker may give anything.
 *
 * @throws PluginError `bad-contract` when it is none
 */
export function checkContract(value: unknown, action: string): asserts value is Contract {
  if (isContract(value)) return;
  throw new PluginError(
    "bad-contract",
    `could not ${action}: found ${describe(value)}, wanted a contract: contract("demo:logs/handler@1", { ... })`,
  );
}

export function isContract(value: unknown): value is Contract {
  return typeof value === "object" && value !== null && "functions" in value && "interface" in value;
}

/**
 * The WIT types of functions written in zod. What callers without a type checker give may be anything.
 *
 * @throws PluginError `bad-contract`, and nothing else
 */
export function functionTypes(owner: string, functions: Functions): Map<string, FunctionType> {
  const types = new Map<string, FunctionType>();
  let at = owner;
  try {
    for (const [key, schema] of Object.entries(objectOf(functions, `${owner}, functions`))) {
      at = `${owner}, ${key}`;
      types.set(key, functionType(owner, key, schema));
    }
  } catch (cause) {
    if (cause instanceof PluginError) throw cause;
    throw new PluginError(
      "bad-contract",
      `could not use ${at}: reading its schemas failed: ${reason(cause)}`,
      { cause },
    );
  }
  return types;
}

/** The one name that no function can have: an object with a function of that name is taken for a promise. */
export const UNCALLABLE = "then";

function functionType(owner: string, key: string, schema: FunctionSchema): FunctionType {
  const at = (place: string) => `${owner}, ${key}, ${place}`;
  if (!/^[a-z][a-zA-Z0-9]*$/.test(key)) {
    throw new PluginError("bad-contract", `could not use ${owner}: "${key}" is not a name in camelCase`);
  }
  if (key === UNCALLABLE) {
    const why = `a function named "${key}" makes a promise of the object that it stands in; say another name`;
    throw new PluginError("bad-contract", `could not use ${owner}: ${why}`);
  }
  const { params, returns } = objectOf(schema, `${owner}, ${key}`);
  if (!Array.isArray(params)) {
    throw new PluginError(
      "bad-contract",
      `could not use ${at("params")}: found ${describe(params)}; say a list of schemas, [] for none`,
    );
  }
  const given = Array.from(params, (param: unknown, i) => ({
    name: `${i + 1}`,
    type: typeOf(param, at(`parameter ${i + 1}`)),
  }));
  const result = returns === undefined ? undefined : resultOf(returns, at("returns"));
  return result === undefined ? { params: given } : { params: given, result };
}

function resultOf(schema: unknown, place: string): ValueType | undefined {
  const kind = kindOf(schema, place);
  return kind === "void" || kind === "undefined" ? undefined : typeOf(schema, place);
}

function objectOf<T>(value: T, place: string): T & object {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  throw new PluginError(
    "bad-contract",
    `could not use ${place}: found ${describe(value)}; say functions by their names, each { params: [...], returns }`,
  );
}
