/** Random state schemas, values of them, schemas that they may become without loss, and avsc to compare with. */
import avsc from "avsc";
import fc from "fast-check";
import type { Schema } from "../../abi/state/avro/schema.ts";

export type Json = string | readonly unknown[] | Readonly<Record<string, unknown>>;
export interface State {
  readonly schema: Json;
  readonly value: fc.Arbitrary<unknown>;
}
/** A type in the making; `value` is told how deep it may still go, for types that contain themselves. */
interface Type {
  readonly schema: Json;
  readonly value: (left: number) => fc.Arbitrary<unknown>;
}

const int = (moult: string, min: number, max: number): Type => ({
  schema: { type: "int", moult },
  value: () => fc.integer({ min, max }),
});
const type = (schema: Json, value: fc.Arbitrary<unknown>): Type => ({ schema, value: () => value });
/** avsc builds objects with this key by assignment. */
export const text = fc.string({ unit: "binary", maxLength: 8 }).filter((key) => key !== "__proto__");
const i64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const u32 = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const bytes = fc.uint8Array({ maxLength: 6 });
const few = { maxLength: 3 };

/** Those that a set or a map may be of. */
const KEYS: readonly Type[] = [
  type("boolean", fc.boolean()),
  type("int", fc.integer()),
  int("i8", -128, 127),
  int("i16", -32768, 32767),
  int("u8", 0, 255),
  int("u16", 0, 65535),
  type("long", i64),
  type({ type: "long", moult: "u32" }, u32),
  type({ type: "long", moult: "u64" }, u64),
  type("string", text),
];
const PLAIN: readonly Type[] = [
  ...KEYS,
  type("float", fc.float()),
  type("double", fc.double()),
  type("bytes", bytes),
  type({ type: "bytes", moult: "ArrayBuffer" }, bytes),
  type({ type: "bytes", moult: "StaticArray" }, bytes),
];
const typed = (moult: string, items: Json, value: fc.Arbitrary<unknown>): Type =>
  type({ type: "array", items, moult }, value);
const TYPED: readonly Type[] = [
  typed("Int8Array", { type: "int", moult: "i8" }, fc.int8Array(few)),
  typed("Int16Array", "int", fc.int16Array(few)),
  typed("Int32Array", "int", fc.int32Array(few)),
  typed("Int64Array", "long", fc.bigInt64Array(few)),
  typed("Uint16Array", { type: "int", moult: "u16" }, fc.uint16Array(few)),
  typed("Uint32Array", { type: "long", moult: "u32" }, fc.uint32Array(few)),
  typed("Uint64Array", { type: "long", moult: "u64" }, fc.bigUint64Array(few)),
  typed("Uint8ClampedArray", { type: "int", moult: "u8" }, fc.uint8ClampedArray(few)),
  typed("Float32Array", "float", fc.float32Array(few)),
  typed("Float64Array", "double", fc.float64Array(few)),
];
const KEY = fc.constantFrom(...KEYS);

function array(item: Type): Type {
  return {
    schema: { type: "array", items: item.schema },
    value: (left) => (left > 0 ? fc.array(item.value(left - 1), few) : fc.constant([])),
  };
}
function set(item: Type): Type {
  return {
    schema: { type: "array", items: item.schema, moult: "set" },
    value: (left) => fc.uniqueArray(item.value(left), few).map((items) => new Set(items)),
  };
}
function map(key: Type, item: Type): Type {
  const string = key.schema === "string";
  const entry = {
    type: "record",
    name: "",
    fields: [
      { name: "key", type: key.schema },
      { name: "value", type: item.schema },
    ],
  };
  return {
    schema: string ? { type: "map", values: item.schema } : { type: "array", items: entry, moult: "map" },
    value: (left) => {
      if (left <= 0) return fc.constant(new Map());
      return fc
        .uniqueArray(fc.tuple(key.value(left), item.value(left - 1)), {
          ...few,
          selector: ([key]) => key,
        })
        .map((entries) => new Map(entries));
    },
  };
}
function nullable(item: Type): Type {
  return {
    schema: ["null", item.schema],
    value: (left) => (left > 0 ? fc.option(item.value(left - 1)) : fc.constant(null)),
  };
}
function record(fields: readonly Type[]): Type {
  return {
    schema: {
      type: "record",
      name: "",
      fields: fields.map(({ schema }, i) => ({ name: `f${i}`, type: schema })),
    },
    value: (left) => fc.record(Object.fromEntries(fields.map(({ value }, i) => [`f${i}`, value(left - 1)]))),
  };
}
const symbols = fc.uniqueArray(fc.constantFrom("red", "green", "blue", "black", "white"), { minLength: 1 });

/** The record around a type, found again by its name once names are given. */
const SELF = "#self";
function recursive(fields: readonly Type[]): Type {
  const self: Type = { schema: SELF, value: (left) => made.value(left) };
  const made = record([...fields, nullable(self), array(self), map(KEYS[9]!, self)]);
  return made;
}

const { composite } = fc.letrec<{ composite: Type }>((tie) => ({
  composite: fc.oneof(
    { maxDepth: 3, depthIdentifier: "state" },
    fc.constantFrom(...PLAIN, ...TYPED),
    tie("composite").map(array),
    KEY.map(set),
    fc.tuple(KEY, tie("composite")).map(([key, item]) => map(key, item)),
    tie("composite")
      .filter(({ schema }) => !Array.isArray(schema))
      .map(nullable),
    fc.array(tie("composite"), few).map(record),
    fc.array(tie("composite"), few).map(recursive),
    symbols.map((symbols) => type({ type: "enum", name: "", symbols }, fc.constantFrom(...symbols))),
  ),
}));

/** Gives every record and enum a name of its own. */
function named(json: unknown, names = { next: 0 }, self = ""): Json {
  if (json === SELF) return self;
  if (Array.isArray(json)) return json.map((part) => named(part, names, self));
  if (typeof json !== "object" || json === null) return json as Json;
  const own = json as Record<string, unknown>;
  if (own.type === "record" || own.type === "enum") {
    const name = `N${names.next++}`;
    if (own.type === "enum") return { ...own, name };
    const fields = own.fields as { name: string; type: unknown }[];
    return {
      ...own,
      name,
      fields: fields.map((field) => ({ ...field, type: named(field.type, names, name) })),
    };
  }
  if (own.type === "array") return { ...own, items: named(own.items, names, self) };
  if (own.type === "map") return { ...own, values: named(own.values, names, self) };
  return own;
}

/** A state class and values of it. */
export const state: fc.Arbitrary<State> = fc
  .array(composite, { minLength: 1, maxLength: 5 })
  .map(record)
  .map(({ schema, value }) => ({ schema: named(schema), value: value(5) }));

/** A schema with one of its values. */
export const stateWithValue: fc.Arbitrary<{ schema: Json; value: unknown }> = state.chain(
  ({ schema, value }) => value.map((value) => ({ schema, value })),
);

const WIDER: Readonly<Record<string, readonly Json[]>> = {
  i8: [{ type: "int", moult: "i16" }, "int", "long", "double"],
  i16: ["int", "long", "double"],
  u8: [
    { type: "int", moult: "u16" },
    { type: "long", moult: "u32" },
    { type: "long", moult: "u64" },
    "double",
  ],
  u16: ["int", { type: "long", moult: "u32" }, "double"],
  u32: ["long", { type: "long", moult: "u64" }],
  int: ["long", "double"],
  float: ["double"],
};
const ADDED: readonly (readonly [Json, unknown])[] = [
  ["int", 7],
  [{ type: "long", moult: "u64" }, -1],
  ["string", "é"],
  ["boolean", true],
  ["double", 0.5],
  ["bytes", "\u00ff\u0000"],
  [{ type: "map", values: "long" }, {}],
  [{ type: "array", items: "string" }, ["a", ""]],
  [["null", "string"], null],
];

/** What a state may become so that nothing is lost; `dice` decides, one number between 0 and 1 a time. */
export function evolved(json: unknown, dice: () => number, keep = false): Json {
  const some = <T>(items: readonly T[]): T => items[Math.floor(dice() * items.length)]!;
  if (typeof json === "string") {
    const wider = WIDER[json];
    if (wider && !keep && dice() < 0.5) return some(wider);
    return json;
  }
  if (Array.isArray(json)) return json.map((part) => evolved(part, dice, keep));
  const own = json as Record<string, unknown>;
  switch (own.type) {
    case "int":
    case "long": {
      const wider = WIDER[own.moult as string];
      return wider && !keep && dice() < 0.5 ? some(wider) : own;
    }
    case "enum": {
      const symbols = [...(own.symbols as string[]), ...(dice() < 0.5 ? ["violet"] : [])];
      if (dice() < 0.5) symbols.reverse();
      return { ...own, symbols };
    }
    case "array": {
      const { moult, ...plain } = own;
      if (moult === "map") {
        const entry = own.items as { fields: { type: Json }[] };
        const fields = entry.fields.map((field) => ({ ...field, type: evolved(field.type, dice) }));
        return { ...own, items: { ...entry, fields } };
      }
      if (moult !== undefined && dice() < 0.5) return { ...own };
      return { ...plain, items: evolved(own.items, dice) };
    }
    case "map":
      return { ...own, values: evolved(own.values, dice) };
    case "record": {
      let fields = (own.fields as { name: string; type: Json }[]).map((field): Record<string, unknown> => {
        let type: Json = evolved(field.type, dice);
        if (!Array.isArray(type) && dice() < 0.2) type = ["null", type];
        return dice() < 0.2
          ? { name: `${field.name}renamed`, aliases: [field.name], type }
          : { ...field, type };
      });
      if (dice() < 0.3) fields = fields.reverse();
      while (dice() < 0.4) {
        const [type, initial] = some(ADDED);
        const added = { name: `added${fields.length}`, type, default: initial };
        fields.splice(Math.floor(dice() * (fields.length + 1)), 0, added);
      }
      return { ...own, fields };
    }
    default:
      return own as Json;
  }
}

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

/** avsc's type of a schema, with bigints for long. */
export function oracle(schema: unknown): avsc.Type {
  const options = {
    registry: { long },
    typeHook: (json: { type?: unknown }) => (json.type === "long" ? long : undefined),
  };
  return avsc.Type.forSchema(structuredClone(schema) as avsc.Schema, options as never);
}

/** One of our values as avsc has it. */
export function forAvsc(schema: Schema, value: unknown): unknown {
  switch (schema.kind) {
    case "long":
      return BigInt.asIntN(64, BigInt(value as bigint));
    case "bytes":
      return Buffer.from(value as Uint8Array);
    case "array": {
      const { items } = schema;
      const entries = schema.moult === "map" ? [...(value as Map<unknown, unknown>)] : undefined;
      const list = entries?.map(([key, value]) => ({ key, value })) ?? [...(value as Iterable<unknown>)];
      return list.map((item) => forAvsc(items, item));
    }
    case "map": {
      const entries = [...(value as Map<string, unknown>)];
      return Object.fromEntries(entries.map(([key, item]) => [key, forAvsc(schema.values, item)]));
    }
    case "union":
      return value === null ? null : forAvsc(schema.branches[1] as Schema, value);
    case "record": {
      const own = value as Record<string, unknown>;
      return Object.fromEntries(schema.fields.map(({ name, type }) => [name, forAvsc(type, own[name])]));
    }
    default:
      return value;
  }
}
