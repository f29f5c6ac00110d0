/** WIT's value types that zod has no schemas for, as zod schemas for contracts and capabilities. */
import * as z from "zod/mini";
import type { ValueType } from "./type.ts";

/**
 * A schema of `wit.*`, with values of type `T` on both sides. Generated contracts use it to name parameters. It has no
 * methods: `z.optional(wit.bytes())` instead of `.optional()`, with zod and with `zod/mini`.
 */
export type WitSchema<T> = z.core.$ZodType<T, T>;

/**
 * `{ tag: "ok" }` or `{ tag: "err" }`: a result inside another value. A function that answers a result
 * returns the ok, and throws the err.
 */
export type Tagged<Ok, Err> =
  | { readonly tag: "ok"; readonly val: Ok }
  | { readonly tag: "err"; readonly val: Err };
export interface ResultSchema<Ok, Err> extends WitSchema<Tagged<Ok, Err>> {
  /** Carries the types; never present at run time. */
  readonly _result?: readonly [Ok, Err];
}

/**
 * An option within an option is distinguished by a tag; the inner one is `T | undefined`, or `T | null` for
 * `z.nullable`.
 */
export type Option<T> = undefined extends T ? Nested<T> : null extends T ? Nested<T> : T | undefined;
type Nested<T> = { readonly tag: "some"; readonly val: T } | { readonly tag: "none" };

type Camel<S extends string> = S extends `${infer Head}-${infer Tail}`
  ? `${Head}${Capitalize<Camel<Tail>>}`
  : S;
type Flags<Names extends string> = { [N in Names as Camel<N>]: boolean };
type Cases<C extends Record<string, z.core.$ZodType | null>> = {
  [N in keyof C & string]: C[N] extends z.core.$ZodType
    ? { tag: N; val: z.output<C[N]> }
    : { tag: N; val?: undefined };
}[keyof C & string];

interface TypedArrays {
  s8: Int8Array;
  u8: Uint8Array;
  s16: Int16Array;
  u16: Uint16Array;
  s32: Int32Array;
  u32: Uint32Array;
  s64: BigInt64Array;
  u64: BigUint64Array;
  f32: Float32Array;
  f64: Float64Array;
}

const number = (type: ValueType) => (): WitSchema<number> => carrying<number>(type);
const bigint = (type: ValueType) => (): WitSchema<bigint> => carrying<bigint>(type);

export const wit = {
  u8: number("u8"),
  u16: number("u16"),
  u32: number("u32"),
  u64: bigint("u64"),
  s8: number("s8"),
  s16: number("s16"),
  s32: number("s32"),
  s64: bigint("s64"),
  f32: number("f32"),
  f64: number("f64"),
  /** One Unicode scalar value, as a string. */
  char: (): WitSchema<string> => carrying("char"),
  /** `list<u8>` as `Uint8Array`. */
  bytes: (): WitSchema<Uint8Array> => carrying({ list: "u8" }),
  /** A list of numbers as the typed array of its element type: `wit.numbers("f32")` is a `Float32Array`. */
  numbers: <E extends keyof TypedArrays>(element: E): WitSchema<TypedArrays[E]> =>
    carrying({ list: element }),
  /** A list of a fixed length. */
  fixed: <T extends z.core.$ZodType>(element: T, length: number): WitSchema<z.output<T>[]> =>
    carrying({ list: element as never, length, as: "array" }),
  /**
   * As a function's answer: the ok value is returned, and the err is thrown as a `PluginError` `guest-error`
   * with this payload.
   */
  result: <Ok extends z.core.$ZodType | null, Err extends z.core.$ZodType | null>(
    ok: Ok,
    err: Err,
  ): ResultSchema<Value<Ok>, Value<Err>> =>
    carrying({ result: { ...(ok && { ok: ok as never }), ...(err && { err: err as never }) } }),
  /** As `z.optional`, but also for an option within an option: `wit.option(z.optional(z.string()))`. */
  option: <T extends z.core.$ZodType>(inner: T): WitSchema<Option<z.output<T>>> =>
    carrying({ option: inner as never }),
  /** A set of named booleans: `wit.flags("read", "write")` is `{ read: boolean, write: boolean }`. */
  flags: <N extends string>(...names: N[]): WitSchema<Flags<N>> => carrying({ flags: names }),
  /** One of several cases, each with a value or `null` for none. */
  variant: <C extends Record<string, z.core.$ZodType | null>>(cases: C): WitSchema<Cases<C>> =>
    carrying({
      variant: Object.entries(cases ?? {}).map(([name, type]) => ({
        name,
        ...(type && { type: type as never }),
      })),
    }),
} as const;

type Value<T> = T extends z.core.$ZodType ? z.output<T> : undefined;

/**
 * The WIT type that a schema of `wit` carries, with zod schemas in place of inner types; `undefined` for any
 * other schema.
 */
export function carried(schema: z.core.$ZodType): ValueType | undefined {
  return (schema._zod.def as { wit?: ValueType }).wit;
}

/** The type is part of the schema's definition, and so survives `.describe()`, `.meta()` and other copies. */
function carrying<T>(wit: ValueType): WitSchema<T> {
  return z.custom<T>(() => true, { wit } as object) as unknown as WitSchema<T>;
}
