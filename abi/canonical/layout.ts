/**
 * How values lie in memory and are passed as core values: sizes, alignments and flattening of the Canonical
 * ABI.
 */
import { AbiError } from "../error.ts";
import { LIMITS } from "../limits.ts";
import { type FunctionType, match, type Primitive, type ValueType } from "../type.ts";

export type CoreType = "i32" | "i64" | "f32" | "f64";

export interface Layout {
  /** In bytes, a multiple of `align`. */
  readonly size: number;
  readonly align: 1 | 2 | 4 | 8;
  /**
   * The type's core values, at most one more than are passed as parameters: a longer list means that it is
   * passed in memory.
   */
  readonly flat: readonly CoreType[];
}
/** Fields one after the other, each at its own alignment. */
export interface Struct extends Layout {
  readonly offsets: readonly number[];
}
/** A discriminant of `tag` bytes, then the payload of one case. */
export interface Union extends Layout {
  readonly tag: 1 | 2 | 4;
  /** The offset of every payload. */
  readonly payload: number;
}

/** For strings, and for lists without a fixed length: a pointer and a length. */
export const POINTERS: Layout = { size: 8, align: 4, flat: ["i32", "i32"] };

const PRIMITIVES: Readonly<Record<Primitive, Layout>> = {
  bool: plain(1, "i32"),
  s8: plain(1, "i32"),
  u8: plain(1, "i32"),
  s16: plain(2, "i32"),
  u16: plain(2, "i32"),
  s32: plain(4, "i32"),
  u32: plain(4, "i32"),
  s64: plain(8, "i64"),
  u64: plain(8, "i64"),
  f32: plain(4, "f32"),
  f64: plain(8, "f64"),
  char: plain(4, "i32"),
  string: POINTERS,
};

function plain(size: 1 | 2 | 4 | 8, core: CoreType): Layout {
  return { size, align: size, flat: [core] };
}

/**
 * Size, alignment and core values of a type.
 *
 * @throws AbiError `manifest` for a type that the Component Model does not allow: without fields or cases,
 * with more than 32 flags, 2^28 bytes or larger, or nested deeper than `LIMITS.depth`
 */
export function layout(type: ValueType, depth = 0): Layout {
  if (depth > LIMITS.depth) refuse(`a type nests deeper than ${LIMITS.depth}`);
  const inner = (type: ValueType): Layout => layout(type, depth + 1);
  const maybe = (type: ValueType | undefined): Layout | undefined => type && inner(type);
  return match<Layout>(type, {
    primitive: (name) =>
      Object.hasOwn(PRIMITIVES, name) ? PRIMITIVES[name] : refuse(`there is no type "${name}"`),
    list: ({ list, length }) => {
      const element = inner(list);
      return length === undefined ? POINTERS : array(element, length);
    },
    record: ({ record }) => struct(record.map((field) => inner(field.type))),
    tuple: ({ tuple }) => struct(tuple.map(inner)),
    option: ({ option }) => union([undefined, inner(option)]),
    result: ({ result }) => union([maybe(result.ok), maybe(result.err)]),
    enum: (type) => union(type.enum.map(() => undefined)),
    flags: ({ flags }) => flagsLayout(flags.length),
    variant: ({ variant }) => union(variant.map((one) => maybe(one.type))),
    map: ({ map }) => {
      struct(map.map(inner));
      return POINTERS;
    },
  });
}

export function struct(fields: readonly Layout[]): Struct {
  if (fields.length === 0) refuse("a record or tuple has no fields");
  const offsets: number[] = [];
  let size = 0;
  let align: Layout["align"] = 1;
  for (const field of fields) {
    size = alignTo(size, field.align);
    offsets.push(size);
    size += field.size;
    if (field.align > align) align = field.align;
  }
  return {
    size: bounded(alignTo(size, align)),
    align,
    flat: cut(fields.flatMap((field) => field.flat)),
    offsets,
  };
}

export function array(element: Layout, length: number): Layout {
  if (!(Number.isInteger(length) && length > 0)) refuse(`a list has the fixed length ${length}`);
  const flat: CoreType[] = [];
  for (let i = 0; i < length && flat.length <= LIMITS.flatParams; i++) flat.push(...element.flat);
  return { size: bounded(element.size * length), align: element.align, flat: cut(flat) };
}

/** The cases' payloads; `undefined` for a case without one. */
export function union(cases: readonly (Layout | undefined)[]): Union {
  if (cases.length === 0) refuse("a variant or enum has no cases");
  const tag = cases.length <= 1 << 8 ? 1 : cases.length <= 1 << 16 ? 2 : 4;
  const joined: CoreType[] = [];
  let align: Layout["align"] = 1;
  let size = 0;
  for (const one of cases) {
    if (one === undefined) continue;
    if (one.align > align) align = one.align;
    if (one.size > size) size = one.size;
    one.flat.forEach((core, i) => {
      joined[i] = joined[i] === undefined ? core : join(joined[i], core);
    });
  }
  const payload = alignTo(tag, align);
  if (tag > align) align = tag;
  return {
    size: bounded(alignTo(payload + size, align)),
    align,
    flat: cut(["i32", ...joined]),
    tag,
    payload,
  };
}

export function flagsLayout(count: number): Layout {
  if (count === 0 || count > 32) refuse(`flags have ${count} labels; the Component Model allows 1 to 32`);
  return plain(count <= 8 ? 1 : count <= 16 ? 2 : 4, "i32");
}

/** The core type that can hold values of both types. */
function join(one: CoreType, other: CoreType): CoreType {
  if (one === other) return one;
  return one !== "i64" && other !== "i64" && one !== "f64" && other !== "f64" ? "i32" : "i64";
}

/**
 * The core type that a guest must export, or may import, for a function of this type. Above 16 parameters one
 * pointer is passed; above one result an export returns a pointer to it, and an import gets one.
 */
export function coreSignature(
  type: FunctionType,
  direction: "export" | "import",
): { params: CoreType[]; results: CoreType[] } {
  const flat = type.params.flatMap((param) => layout(param.type).flat);
  const params: CoreType[] = flat.length > LIMITS.flatParams ? ["i32"] : [...flat];
  const result = type.result === undefined ? [] : layout(type.result).flat;
  if (result.length <= LIMITS.flatResults) return { params, results: [...result] };
  if (direction === "export") return { params, results: ["i32"] };
  return { params: [...params, "i32"], results: [] };
}

export function alignTo(offset: number, align: number): number {
  return Math.ceil(offset / align) * align;
}

function cut(flat: readonly CoreType[]): readonly CoreType[] {
  return flat.length > LIMITS.flatParams ? flat.slice(0, LIMITS.flatParams + 1) : flat;
}

function bounded(size: number): number {
  return size > LIMITS.bytes
    ? refuse(`a type takes ${size} bytes; at most ${LIMITS.bytes} are allowed`)
    : size;
}

function refuse(why: string): never {
  throw new AbiError("manifest", why);
}
