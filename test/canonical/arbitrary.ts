/** Random types, and random values of a type as JavaScript has them. */
import fc from "fast-check";
import { camelCase, PRIMITIVES, type Primitive, type ValueType } from "../../abi/type.ts";

const INTEGERS = { s8: [-128, 127], u8: [0, 255], s16: [-32_768, 32_767], u16: [0, 65_535] } as const;
const WORDS = { s32: [-2_147_483_648, 2_147_483_647], u32: [0, 4_294_967_295] } as const;
const NUMBERS = { ...INTEGERS, ...WORDS };
const LONGS = { s64: [-(2n ** 63n), 2n ** 63n - 1n], u64: [0n, 2n ** 64n - 1n] } as const;
const ARRAYS: Readonly<Record<string, { from(values: never): unknown }>> = {
  s8: Int8Array,
  u8: Uint8Array,
  s16: Int16Array,
  u16: Uint16Array,
  s32: Int32Array,
  u32: Uint32Array,
  s64: BigInt64Array,
  u64: BigUint64Array,
  f32: Float32Array,
  f64: Float64Array,
};

const primitive = fc.constantFrom<Primitive>(...PRIMITIVES);

/** Different names, of one letter and a number: `a-b3`. */
function names(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `${"abcdefgh"[i % 8]}-x${i}`);
}

export const anyType: fc.Arbitrary<ValueType> = fc.letrec<{ type: ValueType }>((tie) => {
  const type = tie("type");
  const some = fc.array(type, { minLength: 1, maxLength: 6 });
  const maybe = fc.option(type, { nil: undefined });
  const named = <T>(types: T[]) => names(types.length).map((name, i) => ({ name, type: types[i] as T }));
  return {
    type: fc.oneof(
      { maxDepth: 4, depthSize: "medium" },
      { arbitrary: primitive, weight: 8 },
      { arbitrary: type.map((list) => ({ list })), weight: 2 },
      type.map((list) => ({ list, as: "array" as const })),
      fc.record({ list: type, length: fc.integer({ min: 1, max: 5 }) }),
      some.map((types) => ({ record: named(types) })),
      some.map((tuple) => ({ tuple })),
      type.map((option) => ({ option })),
      fc.tuple(maybe, maybe).map(([ok, err]) => ({ result: { ...(ok && { ok }), ...(err && { err }) } })),
      fc.constantFrom(1, 2, 256, 257).map((count) => ({ enum: names(count) })),
      fc.constantFrom(1, 8, 9, 16, 17, 32).map((count) => ({ flags: names(count) })),
      fc.array(maybe, { minLength: 1, maxLength: 6 }).map((types) => ({
        variant: named(types).map(({ name, type }) => ({ name, ...(type && { type }) })),
      })),
      fc.tuple(fc.constantFrom<Primitive>("string", "u32", "char", "s64"), type).map((map) => ({ map })),
    ),
  };
}).type;

const scalarValue = fc
  .integer({ min: 0, max: 0x10ffff - 0x800 })
  .map((code) => String.fromCodePoint(code < 0xd800 ? code : code + 0x800));

/** Well-formed, of every width: ASCII, Latin-1, the basic plane, beyond. */
export const anyString = fc.oneof(
  fc.string({ unit: fc.integer({ min: 0, max: 127 }).map((code) => String.fromCharCode(code)) }),
  fc.string({ unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)) }),
  fc.string({ unit: scalarValue, maxLength: 100 }),
);

export function valuesOf(type: ValueType): fc.Arbitrary<unknown> {
  if (typeof type === "string") return primitiveValue(type);
  if ("list" in type) {
    const { length = undefined } = type;
    const bounds = length === undefined ? { maxLength: 5 } : { minLength: length, maxLength: length };
    const items = fc.array(valuesOf(type.list), bounds);
    const Class = typeof type.list === "string" ? ARRAYS[type.list] : undefined;
    return Class === undefined || type.as === "array"
      ? items
      : items.map((values) => Class.from(values as never));
  }
  if ("map" in type) {
    const [key, value] = type.map;
    return fc
      .array(fc.tuple(valuesOf(key), valuesOf(value)), { maxLength: 5 })
      .map((pairs) => new Map(pairs));
  }
  if ("tuple" in type) return fc.tuple(...type.tuple.map(valuesOf));
  if ("record" in type) {
    return fc.record(Object.fromEntries(type.record.map((f) => [camelCase(f.name), valuesOf(f.type)])), {
      noNullPrototype: true,
    });
  }
  if ("enum" in type) return fc.constantFrom(...type.enum);
  if ("flags" in type) {
    return fc.record(Object.fromEntries(type.flags.map((name) => [camelCase(name), fc.boolean()])), {
      noNullPrototype: true,
    });
  }
  if ("option" in type) {
    const inner = valuesOf(type.option);
    if (typeof type.option === "string" || !("option" in type.option))
      return fc.option(inner, { nil: undefined });
    return fc.oneof(
      fc.constant({ tag: "none" }),
      inner.map((val) => ({ tag: "some", val })),
    );
  }
  if ("result" in type) {
    const side = (tag: "ok" | "err") => {
      const inner = type.result[tag];
      return inner === undefined
        ? fc.constant({ tag, val: undefined })
        : valuesOf(inner).map((val) => ({ tag, val }));
    };
    return fc.oneof(side("ok"), side("err"));
  }
  return fc.oneof(
    ...type.variant.map(({ name: tag, type: inner }) =>
      inner === undefined ? fc.constant({ tag }) : valuesOf(inner).map((val) => ({ tag, val })),
    ),
  );
}

function primitiveValue(type: Primitive): fc.Arbitrary<unknown> {
  switch (type) {
    case "bool":
      return fc.boolean();
    case "s64":
    case "u64":
      return fc.bigInt({ min: LONGS[type][0], max: LONGS[type][1] });
    case "f32":
      return fc.float();
    case "f64":
      return fc.double();
    case "char":
      return scalarValue;
    case "string":
      return anyString;
    default:
      return fc.integer({ min: NUMBERS[type][0], max: NUMBERS[type][1] });
  }
}
