/**
 * Value types of the Component Model, as data: what manifests hold, contracts become and the codecs are built
 * from.
 *
 * Names are WIT names (kebab-case). In JavaScript they are camelCase.
 */
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
  /** A list of fixed length: its elements lie in place, with no pointer. */
  readonly length?: number;
  /**
   * What a host lifts it to. Host side only, never in a manifest.
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
   * The view does not want this field: it is checked for nothing and left out when lifted. Host side only.
   */
  readonly dropped?: true;
}
export interface TupleType {
  readonly tuple: readonly ValueType[];
}
export interface OptionType {
  readonly option: ValueType;
  /** What a host lifts none to. Host side only, never in a manifest. @default undefined */
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

export type ValueType =
  | Primitive
  | ListType
  | RecordType
  | TupleType
  | OptionType
  | ResultType
  | EnumType
  | FlagsType
  | VariantType
  | MapType;

export interface Param {
  readonly name: string;
  readonly type: ValueType;
}

/** The type of a function: parameters in order, and at most one result. */
export interface FunctionType {
  readonly params: readonly Param[];
  readonly result?: ValueType | undefined;
}

/** A WIT name without the `%` that lets it be a keyword. */
export function label(name: string): string {
  return name.startsWith("%") ? name.slice(1) : name;
}

/** `top-paths` as JavaScript spells it: `topPaths`. */
export function camelCase(name: string): string {
  return label(name).replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** `topPaths` as WIT spells it: `top-paths`; `HTTPStatus` is `http-status`. */
export function kebabCase(name: string): string {
  if (/^[a-z0-9]*$/.test(name)) return name;
  return name
    .replace(/([a-z0-9])([A-Z])/g, "$1-$2")
    .replace(/([A-Z]+)([A-Z][a-z])/g, "$1-$2")
    .replace(/_/g, "-")
    .toLowerCase();
}
