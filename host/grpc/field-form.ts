/** How values of a type lie in a field of a message: the one place that decides it, for texts and for bytes. */
import { isKind, match, type Primitive, type RecordType, type ValueType } from "../../abi/tools.ts";

export type Scalar =
  | "bool"
  | "int32"
  | "uint32"
  | "int64"
  | "uint64"
  | "float"
  | "double"
  | "string"
  | "bytes";

/** A part of a message of its own. */
export interface Part {
  /** Its name in WIT. */
  readonly name: string;
  /** Missing for a case that carries nothing. */
  readonly type?: ValueType | undefined;
}

/** One value, where nothing says that there may be none or several. */
export type OneForm =
  | { readonly one: "scalar"; readonly scalar: Scalar }
  | { readonly one: "enum"; readonly cases: readonly string[] }
  /** Fields, each in its place. */
  | { readonly one: "message"; readonly parts: readonly Part[] }
  /** Fields of which one is there, as a group with a name. */
  | { readonly one: "choice"; readonly parts: readonly Part[]; readonly called: string }
  /** A message of one field, where protobuf has no repeated, optional or map field. */
  | { readonly one: "wrapped"; readonly part: Part };

export type FieldForm =
  | { readonly label: "one" | "optional" | "repeated"; readonly of: ValueType }
  /** A map, of pairs where protobuf has no map with such a key. */
  | { readonly label: "pairs"; readonly of: RecordType }
  | { readonly label: "map"; readonly key: MapKey; readonly of: ValueType };

type MapKey = Exclude<Primitive, "f32" | "f64">;

const SCALARS = {
  bool: "bool",
  s8: "int32",
  u8: "uint32",
  s16: "int32",
  u16: "uint32",
  s32: "int32",
  u32: "uint32",
  s64: "int64",
  u64: "uint64",
  f32: "float",
  f64: "double",
  char: "string",
  string: "string",
} as const satisfies Readonly<Record<Primitive, Scalar>>;

export function scalarOf(type: Primitive): Scalar {
  return SCALARS[type];
}

export function formOf(type: ValueType): FieldForm {
  if (isKind("option", type)) return { label: "optional", of: type.option };
  if (isKind("list", type) && type.list !== "u8") return { label: "repeated", of: type.list };
  if (!isKind("map", type)) return { label: "one", of: type };
  const [key, of] = type.map;
  if (isMapKey(key)) return { label: "map", key, of };
  const pair = { name: "key", type: key };
  return { label: "pairs", of: { record: [pair, { name: "value", type: of }] } };
}

function isMapKey(type: ValueType): type is MapKey {
  return typeof type === "string" && type !== "f32" && type !== "f64";
}

export function oneOf(type: ValueType): OneForm {
  return match<OneForm>(type, {
    primitive: (name) => ({ one: "scalar", scalar: SCALARS[name] }),
    list: (type) =>
      type.list === "u8"
        ? { one: "scalar", scalar: "bytes" }
        : { one: "wrapped", part: { name: "items", type } },
    record: ({ record }) => ({ one: "message", parts: record }),
    tuple: ({ tuple }) => ({
      one: "message",
      parts: tuple.map((each, i) => ({ name: `item${i + 1}`, type: each })),
    }),
    option: (type) => ({ one: "wrapped", part: { name: "value", type } }),
    result: ({ result: { ok, err } }) => ({
      one: "choice",
      called: "result",
      parts: [
        { name: "ok", type: ok },
        { name: "err", type: err },
      ],
    }),
    enum: (type) => ({ one: "enum", cases: type.enum }),
    flags: ({ flags }) => ({ one: "message", parts: flags.map((name) => ({ name, type: "bool" })) }),
    variant: ({ variant }) => ({ one: "choice", called: "kind", parts: variant }),
    map: (type) => ({ one: "wrapped", part: { name: "entries", type } }),
  });
}

/** The number of a part by its place: 19000 to 19999 are protobuf's own. */
export function numberOf(index: number): number {
  return index < 18_999 ? index + 1 : index + 1_001;
}
