/**
 * Value types of the Component Model as data: manifests contain them, contracts are turned into them, and
 * codecs are built from them.
 *
 * Names are WIT names (kebab-case). In JavaScript they are camelCase.
 */
import { AbiError } from "./error.ts";

export const PRIMITIVES = [
  "bool",
  "s8",
  "u8",
  "s16",
  "u16",
  "s32",
  "u32",
  "s64",
  "u64",
  "f32",
  "f64",
  "char",
  "string",
] as const;
export type Primitive = (typeof PRIMITIVES)[number];

export interface ListType {
  readonly list: ValueType;
  /** A list of fixed length: its elements lie in place, without a pointer. */
  readonly length?: number;
  /**
   * What a host lifts it to. Only used by hosts, never in a manifest.
   * @default a typed array where the elements are integers or floats, else an array
   */
  readonly as?: "array" | "set";
}
export interface RecordType {
  readonly record: readonly Field[];
  readonly name?: string;
}
export interface Field {
  readonly name: string;
  readonly type: ValueType;
  /**
   * The name in JavaScript where it is another one than the `camelCase` of `name`: `userID` of `user-id`. Only used by
   * hosts, never in a manifest.
   */
  readonly as?: string;
  /** A field that the view does not use: it is not checked, and left out when lifted. Only used by hosts. */
  readonly dropped?: true;
}
export interface TupleType {
  readonly tuple: readonly ValueType[];
}
export interface OptionType {
  readonly option: ValueType;
  /** What a host lifts none to. Only used by hosts, never in a manifest. @default undefined */
  readonly as?: "null";
}
export interface ResultType {
  readonly result: { readonly ok?: ValueType; readonly err?: ValueType };
}
export interface EnumType {
  readonly enum: readonly string[];
  readonly name?: string;
}
export interface FlagsType {
  readonly flags: readonly string[];
  readonly name?: string;
}
export interface VariantType {
  readonly variant: readonly Case[];
  readonly name?: string;
}
export interface Case {
  readonly name: string;
  readonly type?: ValueType;
}
export interface MapType {
  readonly map: readonly [key: ValueType, value: ValueType];
}

/**
 * Every kind of type by its name, which, for all but the primitive types, is the key that identifies it. A
 * new kind here is a compile error in every place that distinguishes kinds, until that place handles it.
 */
export interface TypeKinds {
  readonly primitive: Primitive;
  readonly list: ListType;
  readonly record: RecordType;
  readonly tuple: TupleType;
  readonly option: OptionType;
  readonly result: ResultType;
  readonly enum: EnumType;
  readonly flags: FlagsType;
  readonly variant: VariantType;
  readonly map: MapType;
}
export type TypeKind = keyof TypeKinds;
export type ValueType = TypeKinds[TypeKind];

/** One function for each kind of type. */
export type TypeCases<R> = { readonly [K in TypeKind]: (type: TypeKinds[K]) => R };
/** One function for each kind that two types may share. */
export type PairCases<R> = { readonly [K in TypeKind]: (one: TypeKinds[K], other: TypeKinds[K]) => R };

/**
 * Calls the function for a type's kind, and returns its result.
 *
 * @throws AbiError `manifest` for an object that is not a type
 */
export function match<R>(type: ValueType, cases: TypeCases<R>): R {
  if (typeof type === "string") return cases.primitive(type);
  if ("list" in type) return cases.list(type);
  if ("record" in type) return cases.record(type);
  if ("tuple" in type) return cases.tuple(type);
  if ("option" in type) return cases.option(type);
  if ("result" in type) return cases.result(type);
  if ("enum" in type) return cases.enum(type);
  if ("flags" in type) return cases.flags(type);
  if ("variant" in type) return cases.variant(type);
  if ("map" in type) return cases.map(type);
  return noType(type);
}

/** For the compiler all kinds are handled before this; foreign data may be of none of them. */
function noType(_: never): never {
  throw new AbiError(
    "manifest",
    "there is no type without a key that tells its kind, such as list or record",
  );
}

/** Calls the function for the kind of two types, or `apart` when their kinds differ. */
export function matchPair<R>(one: ValueType, other: ValueType, cases: PairCases<R>, apart: () => R): R {
  const both =
    <K extends TypeKind>(kind: K) =>
    (type: TypeKinds[K]): R =>
      isKind(kind, other) ? cases[kind](type, other) : apart();
  return match(one, {
    primitive: both("primitive"),
    list: both("list"),
    record: both("record"),
    tuple: both("tuple"),
    option: both("option"),
    result: both("result"),
    enum: both("enum"),
    flags: both("flags"),
    variant: both("variant"),
    map: both("map"),
  });
}

/** Whether a type is given, and of this kind. */
export function isKind<K extends TypeKind>(kind: K, type: ValueType | undefined): type is TypeKinds[K] {
  return typeof type === "object" ? kind in type : kind === "primitive" && type !== undefined;
}

export interface Param {
  readonly name: string;
  readonly type: ValueType;
}

/** The type of a function: parameters in order, and at most one result. */
export interface FunctionType {
  readonly params: readonly Param[];
  readonly result?: ValueType | undefined;
}

/** A WIT name without the `%` that marks keywords as names. */
export function label(name: string): string {
  return name.startsWith("%") ? name.slice(1) : name;
}

/** `top-paths` in JavaScript's spelling: `topPaths`. */
export function camelCase(name: string): string {
  return label(name).replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** `topPaths` in WIT's spelling: `top-paths`; `HTTPStatus` becomes `http-status`. */
export function kebabCase(name: string): string {
  if (/^[a-z0-9]*$/.test(name)) return name;
  return name
    .replace(/([a-z0-9])([A-Z])/g, "$1-$2")
    .replace(/([A-Z]+)([A-Z][a-z])/g, "$1-$2")
    .replace(/_/g, "-")
    .toLowerCase();
}
