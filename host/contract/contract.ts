/** A contract: the interface that a caller expects of a plugin, written once in TypeScript. */
import type * as z from "zod";
import { describe } from "../../abi/canonical/memory.ts";
import { printable } from "../../abi/printable.ts";
import type { FunctionType, ValueType } from "../../abi/type.ts";
import type { ResultSchema } from "../../abi/wit.ts";
import { PluginError, reason } from "../errors.ts";
import type { Crossing } from "./crossing.ts";
import { type InterfaceName, parseInterface } from "./interface.ts";
import { kindOf, typeOf } from "./schema-type.ts";

/** Parameters and answer of one function, as zod schemas (or `wit.*` for types without a zod schema). */
export interface FunctionSchema {
  /** A schema for each parameter, in order. */
  readonly params: readonly z.core.$ZodType[];
  /** @default no answer */
  readonly returns?: z.core.$ZodType;
}
export type Functions = Readonly<Record<string, FunctionSchema>>;

export interface Contract<F extends Functions = Functions> {
  readonly interface: InterfaceName;
  readonly functions: ReadonlyMap<string, FunctionType>;
  /** The version that the contract was made from, where a plugin was loaded without a contract. */
  readonly impliedBy?: string;
  /** Functions that a version lacks are left out of it, and refused when they are called. */
  readonly lenient?: boolean;
  /** Carries the types; never present at run time. */
  readonly _functions?: F;
}

export type Arguments<S extends FunctionSchema> = InputsOf<S["params"]>;
type InputsOf<P extends readonly z.core.$ZodType[]> = number extends P["length"]
  ? // Of functions without a contract nothing is known. So that a plugin of any contract is one of those too, these are
    // any parameters, and not `unknown[]`: arguments are checked when they cross
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

/** The functions of a contract; a type of functions is returned as it is. */
export type FunctionsOf<C extends Contract | Functions> =
  C extends Contract<infer F extends Functions> ? F : C extends Functions ? C : never;

/** The functions of a contract, each answering a promise. */
export type Calls<F extends Functions> = {
  readonly [N in keyof F]: (...args: Arguments<F[N]>) => Promise<Answer<F[N]>>;
};
/** The same functions, answering at once. */
export type CallsSync<F extends Functions> = {
  readonly [N in keyof F]: (...args: Arguments<F[N]>) => Answer<F[N]>;
};

/**
 * Describes the interface that a caller expects of a plugin.
 *
 * @param name the interface with its version, or with the major version alone: `demo:logs/handler@1`
 * @param functions parameters and answer of each, by its name in camelCase
 * @throws PluginError `bad-contract` for a name or a schema without a WIT type
 * @example contract("demo:logs/handler@1", { handle: { params: [z.string()], returns: z.boolean() } })
 */
export function contract<const F extends Functions>(name: string, functions: F & Crossing<F>): Contract<F> {
  const own = parseInterface(name, "contract");
  return { interface: own, functions: functionTypes(name, functions) };
}

/**
 * Checks that a value is a contract: callers without a type checker may pass anything.
 *
 * @throws PluginError `bad-contract` when it is not
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
 * The WIT types of functions written in zod. Callers without a type checker may pass anything.
 *
 * @param words what may be said of a function
 * @throws PluginError `bad-contract`, and nothing else
 */
export function functionTypes(
  owner: string,
  functions: Functions,
  words: readonly string[] = WORDS,
): Map<string, FunctionType> {
  const types = new Map<string, FunctionType>();
  let at = owner;
  try {
    for (const [key, schema] of Object.entries(objectOf(functions, `${owner}, functions`))) {
      at = `${owner}, ${key}`;
      types.set(key, functionType(owner, key, { schema, words }));
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

/**
 * The one name that a function cannot have: an object with a function of that name is taken for a promise.
 */
export const UNCALLABLE = "then";

/** What a contract says of a function. */
export const WORDS: readonly string[] = ["params", "returns"];

function functionType(
  owner: string,
  key: string,
  { schema, words }: { readonly schema: FunctionSchema; readonly words: readonly string[] },
): FunctionType {
  const at = (place: string) => `${owner}, ${key}, ${place}`;
  if (!/^[a-z][a-zA-Z0-9]*$/.test(key)) {
    throw new PluginError("bad-contract", `could not use ${owner}: "${key}" is not a name in camelCase`);
  }
  if (key === UNCALLABLE) {
    const why = `a function named "${key}" makes a promise of the object that it stands in; say another name`;
    throw new PluginError("bad-contract", `could not use ${owner}: ${why}`);
  }
  const { params, returns } = objectOf(schema, `${owner}, ${key}`);
  // Of a misspelt `returns` nothing else would tell: the function would answer nothing.
  const stranger = Object.keys(schema).find((word) => !words.includes(word));
  if (stranger !== undefined) {
    throw new PluginError(
      "bad-contract",
      `could not use ${owner}, ${key}: found "${printable(stranger)}"; say ${words.join(", ")}, and nothing else`,
    );
  }
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
