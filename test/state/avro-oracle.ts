/** The public Avro implementation that ours is compared with, and random values of a shape as it wants them. */
import avsc from "avsc";
import fc from "fast-check";
import { avroSchema } from "../../abi/transform/schema.ts";
import type { PrimitiveShape, RecordShape, Shape } from "../../abi/transform/shape.ts";

const long = avsc.types.LongType.__with({
  fromBuffer: (buffer: Buffer) => buffer.readBigInt64LE(),
  toBuffer(value: bigint) {
    const buffer = Buffer.alloc(8);
    buffer.writeBigInt64LE(value);
    return buffer;
  },
  fromJSON: BigInt,
  toJSON: Number,
  isValid: (value: unknown) => typeof value === "bigint",
  compare: (a: bigint, b: bigint) => (a < b ? -1 : a > b ? 1 : 0),
});

/** With bigints for `long`. */
export function oracle(schema: unknown): avsc.Type {
  return avsc.Type.forSchema(structuredClone(schema) as avsc.Schema, {
    registry: { long } as never,
    // The registry is not asked about `{"type":"long","moult":...}`.
    typeHook: (type) => ((type as { type?: unknown }).type === "long" ? long : undefined) as avsc.Type,
  });
}

export function oracleOf(root: RecordShape): avsc.Type {
  return oracle(avroSchema(root));
}

const INTEGERS: Record<string, () => fc.Arbitrary<unknown>> = {
  s8: () => fc.integer({ min: -128, max: 127 }),
  u8: () => fc.integer({ min: 0, max: 255 }),
  s16: () => fc.integer({ min: -32_768, max: 32_767 }),
  u16: () => fc.integer({ min: 0, max: 65_535 }),
  s32: () => fc.integer(),
  u32: () => fc.bigInt({ min: 0n, max: 2n ** 32n - 1n }),
  s64: () => fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  u64: () => fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
};

const text = fc.string({ unit: "binary", maxLength: 12 }).filter((value) => value !== "__proto__");

function primitive({ primitive: name }: PrimitiveShape): fc.Arbitrary<unknown> {
  if (name === "string") return text;
  if (name === "bool") return fc.boolean();
  if (name === "f32") return fc.float();
  if (name === "f64") return fc.double();
  return (INTEGERS[name] as () => fc.Arbitrary<unknown>)();
}

/** Values of a shape as avsc takes them. */
export function valuesOf(shape: Shape, depth = 5): fc.Arbitrary<unknown> {
  const few = { maxLength: depth > 0 ? 3 : 0 };
  const unique = { ...few, comparator: (a: unknown, b: unknown) => String(a) === String(b) };
  switch (shape.kind) {
    case "primitive":
      return primitive(shape);
    case "bytes":
      return fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes));
    case "typed":
      return fc.array(primitive(shape.element), { maxLength: 6 });
    case "list":
      return fc.array(valuesOf(shape.element, depth - 1), few);
    case "set":
      return shape.element.kind === "record"
        ? fc.array(valuesOf(shape.element, depth - 1), few)
        : fc.uniqueArray(valuesOf(shape.element, depth - 1), unique);
    case "map": {
      const value = valuesOf(shape.value, depth - 1);
      if (shape.key.kind === "primitive" && shape.key.primitive === "string") {
        return fc.array(fc.tuple(text, value), few).map((entries) => Object.fromEntries(entries));
      }
      const entries = { ...few, selector: ({ key }: { key: unknown }) => String(key) };
      return fc.uniqueArray(fc.record({ key: valuesOf(shape.key, depth - 1), value }), entries);
    }
    case "option":
      if (depth <= 0) return fc.constant(null);
      return fc.oneof(fc.constant(null), valuesOf(shape.element, depth - 1));
    case "enum":
      return fc.constantFrom(...shape.cases);
    case "record":
      return fc
        .tuple(...shape.fields.map((field) => valuesOf(field.shape, depth - 1)))
        .map((values) => Object.fromEntries(shape.fields.map(({ name }, index) => [name, values[index]])));
    default:
      throw new Error(`no values of a ${shape.kind}`);
  }
}
