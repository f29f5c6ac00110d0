/**
 * A check at compile time: the type checker refuses what `contract` would refuse, as far as zod's types
 * distinguish schemas.
 */
import type { BIGINT, HINTS, LITERAL, STRING, TWICE, UNION } from "./schema-hint.ts";

type Hints = typeof HINTS;

/**
 * The functions `F`, with a string in place of each schema that does not cross. No schema is a string, so the
 * type checker reports an error there, and shows the string: `found z.date(); say z.uint64() for
 * milliseconds, or z.string()`.
 */
interface Written {
  readonly params: readonly unknown[];
  readonly returns?: unknown;
}
export type Crossing<F> = {
  readonly [N in keyof F]: N extends "then"
    ? "a function named then makes a promise of the object that it stands in; say another name"
    : F[N] extends Written
      ? CrossingFunction<F[N]>
      : F[N];
};
type CrossingFunction<S extends Written> = {
  readonly params: CrossingParams<S["params"]>;
  readonly returns?: Checked<Exclude<S["returns"], undefined>, "undefined" | "void">;
};

type CrossingParams<P extends readonly unknown[]> = { readonly [I in keyof P]: Checked<P[I]> };

/** @param Passed kinds of schemas that are allowed only here */
type Checked<S, Passed = never> = [S] extends [{ _zod: { def: { type: Passed } } }]
  ? S
  : [Fault<S>] extends [never]
    ? S
    : Fault<S>;

/**
 * What is wrong with a schema, or `never`. Nothing is known of a schema of type `ZodType`, such as those of
 * `wit`.
 */
type Fault<S> = 0 extends 1 & S
  ? never
  : S extends { _zod: { def: infer D extends { type: string } } }
    ? IsUnion<D["type"]> extends true
      ? never
      : D["type"] extends keyof Hints
        ? Found<`z.${D["type"]}()`, Hints[D["type"]]>
        : D["type"] extends keyof Faults<D>
          ? Faults<D>[D["type"]]
          : never
    : never;

/** Faults by the kind of schema; `D` is the schema's definition. */
interface Faults<D> {
  array: Within<D, "element">;
  set: Within<D, "valueType">;
  map: Within<D, "keyType"> | Within<D, "valueType">;
  tuple: WithinAny<D, "items">;
  object: WithinAny<D, "shape">;
  readonly: Within<D, "innerType">;
  optional: WithinOption<D>;
  nullable: WithinOption<D>;
  string: D extends { format: infer Format extends string } ? Found<`z.${Format}()`, typeof STRING> : never;
  bigint: D extends { format: string } ? never : Found<"z.bigint()", typeof BIGINT>;
  enum: D extends { entries: Record<string, string> } ? never : NoTexts<"z.enum">;
  literal: D extends { values: string[] } ? never : NoTexts<"z.literal">;
  union: WithinUnion<D>;
}

type Within<D, Key extends string> = D extends Readonly<Record<Key, infer S>> ? Fault<S> : never;
type WithinAny<D, Key extends string> =
  D extends Readonly<Record<Key, infer All>>
    ? { [K in keyof All]: Fault<All[K]> }[All extends readonly unknown[] ? keyof All & number : keyof All]
    : never;

type WithinOption<D> = D extends { type: infer Kind extends string; innerType: infer S }
  ? IsOption<S> extends true
    ? Found<`z.${Kind}() of an option`, typeof TWICE>
    : Fault<S>
  : never;
type IsOption<S> = S extends { _zod: { def: infer D extends { type: string } } }
  ? IsUnion<D["type"]> extends true
    ? false
    : D extends { type: "optional" | "nullable" }
      ? true
      : D extends { type: "readonly"; innerType: infer Inner }
        ? IsOption<Inner>
        : false
  : false;

/** The types of older versions of zod do not have the discriminator of a discriminated union. */
type WithinUnion<D> = D extends { discriminator: infer Tag extends string; options: readonly (infer Each)[] }
  ? "tag" extends Tag
    ? Each extends { _zod: { def: { shape: { val: infer Value } } } }
      ? Fault<Value>
      : never
    : Found<"z.union()", typeof UNION>
  : Found<"z.union()", typeof UNION>;

type NoTexts<What extends string> = Found<`${What} of something else than strings`, typeof LITERAL>;
type Found<What extends string, Hint extends string> = `found ${What}; ${Hint}`;
type IsUnion<T, Whole = T> = T extends unknown ? ([Whole] extends [T] ? false : true) : never;
