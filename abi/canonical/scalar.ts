/** Booleans, integers, floats and characters. */

import type { Primitive } from "../type.ts";
import { type Codec, single } from "./codec.ts";
import { layout } from "./layout.ts";
import { describe, misfit } from "./memory.ts";

type Integer = Exclude<Primitive, "bool" | "s64" | "u64" | "f32" | "f64" | "char" | "string">;
type Read = (data: DataView, pointer: number) => number;
type Write = (data: DataView, pointer: number, value: number) => void;

/** The bits of every NaN, as in the deterministic profile: one pattern for each type. */
const NAN_32 = 0x7fc00000;
const NAN_64 = 0x7ff8000000000000n;

export function scalarCodec(type: Exclude<Primitive, "string">, place: string): Codec {
  switch (type) {
    case "bool":
      return boolCodec(place);
    case "s64":
    case "u64":
      return longCodec(type, place);
    case "f32":
    case "f64":
      return floatCodec(type, place);
    case "char":
      return charCodec(place);
    default:
      return integerCodec(type, place);
  }
}

function boolCodec(place: string): Codec {
  const lower = (value: unknown): 0 | 1 =>
    value === true ? 1 : value === false ? 0 : wanted(place, "a bool", value);
  return single({
    layout: layout("bool"),
    weight: 8,
    load: (guest, pointer) => guest.memory.data.getUint8(pointer) !== 0,
    store: (guest, value, pointer) => guest.memory.data.setUint8(pointer, lower(value)),
    one: {
      lift: (_, core) => (typeof core === "number" ? core !== 0 : core32(place, core) !== 0),
      lower: (_, value) => lower(value),
    },
  });
}

const READ: Readonly<Record<Integer, Read>> = {
  s8: (data, pointer) => data.getInt8(pointer),
  u8: (data, pointer) => data.getUint8(pointer),
  s16: (data, pointer) => data.getInt16(pointer, true),
  u16: (data, pointer) => data.getUint16(pointer, true),
  s32: (data, pointer) => data.getInt32(pointer, true),
  u32: (data, pointer) => data.getUint32(pointer, true),
};
const WRITE: readonly Write[] = [
  (data, pointer, value) => data.setUint8(pointer, value),
  (data, pointer, value) => data.setUint16(pointer, value, true),
  (data, pointer, value) => data.setUint32(pointer, value, true),
];

function integerCodec(type: Integer, place: string): Codec {
  const shape = layout(type);
  const { low, high, want } = range(type);
  const shift = 32 - 8 * shape.size;
  const signed = low < 0;
  const read = READ[type];
  const write = WRITE[shape.size >> 1]!;
  const lower = (value: unknown): number =>
    typeof value === "number" && value >= low && value <= high && Math.floor(value) === value
      ? value
      : outside(place, want, value, "number");
  return single({
    layout: shape,
    weight: 8,
    load: (guest, pointer) => read(guest.memory.data, pointer),
    store: (guest, value, pointer) => write(guest.memory.data, pointer, lower(value)),
    one: {
      // Bits above the type's own are ignored, as everywhere in the Canonical ABI.
      lift: (_, core) => {
        const bits = typeof core === "number" ? core : core32(place, core);
        return signed ? (bits << shift) >> shift : (bits << shift) >>> shift;
      },
      lower: (_, value) => lower(value),
    },
  });
}

/** The range of an integer type of at most 32 bits, and its description in messages. */
export function range(type: Integer): { low: number; high: number; want: string } {
  const bits = 8 * layout(type).size;
  const signed = type.startsWith("s");
  const low = signed ? -(2 ** (bits - 1)) : 0;
  const high = low + 2 ** bits - 1;
  return { low, high, want: `${signed ? "an" : "a"} ${type} (${low} to ${high})` };
}

function longCodec(type: "s64" | "u64", place: string): Codec {
  const signed = type === "s64";
  const low = signed ? -(2n ** 63n) : 0n;
  const high = low + 2n ** 64n - 1n;
  const want = `${signed ? "an s64" : "a u64"} (a bigint from ${low} to ${high})`;
  const lower = (value: unknown): bigint =>
    typeof value === "bigint" && value >= low && value <= high
      ? value
      : outside(place, want, value, "bigint");
  return single({
    layout: layout(type),
    weight: 24,
    load: signed
      ? (guest, pointer) => guest.memory.data.getBigInt64(pointer, true)
      : (guest, pointer) => guest.memory.data.getBigUint64(pointer, true),
    store: (guest, value, pointer) => guest.memory.data.setBigInt64(pointer, lower(value), true),
    one: {
      lift: (_, core) => {
        const bits = core64(place, core);
        return signed ? BigInt.asIntN(64, bits) : BigInt.asUintN(64, bits);
      },
      lower: (_, value) => lower(value),
    },
  });
}

function floatCodec(type: "f32" | "f64", place: string): Codec {
  const lower = (value: unknown): number =>
    typeof value === "number" ? value : wanted(place, `an ${type}`, value);
  return single({
    layout: layout(type),
    weight: 16,
    load:
      type === "f32"
        ? (guest, pointer) => guest.memory.data.getFloat32(pointer, true)
        : (guest, pointer) => guest.memory.data.getFloat64(pointer, true),
    store:
      type === "f32"
        ? (guest, value, pointer) => writeF32(guest.memory.data, pointer, lower(value))
        : (guest, value, pointer) => writeF64(guest.memory.data, pointer, lower(value)),
    one: {
      lift: (_, core) => core32(place, core, type),
      lower: (_, value) => lower(value),
    },
  });
}

export function writeF32(data: DataView, pointer: number, value: number): void {
  if (Number.isNaN(value)) data.setUint32(pointer, NAN_32, true);
  else data.setFloat32(pointer, value, true);
}
export function writeF64(data: DataView, pointer: number, value: number): void {
  if (Number.isNaN(value)) data.setBigUint64(pointer, NAN_64, true);
  else data.setFloat64(pointer, value, true);
}

function charCodec(place: string): Codec {
  const lift = (code: number): string =>
    code < 0x110000 && (code < 0xd800 || code > 0xdfff)
      ? String.fromCodePoint(code)
      : misfit("guest", place, `wanted a char (a Unicode scalar value), found 0x${code.toString(16)}`);
  const lower = (value: unknown): number => {
    const code = typeof value === "string" ? value.codePointAt(0) : undefined;
    if (
      code === undefined ||
      (value as string).length !== (code > 0xffff ? 2 : 1) ||
      (code & ~0x7ff) === 0xd800
    ) {
      return wanted(place, "a char (a string of one Unicode scalar value)", value);
    }
    return code;
  };
  return single({
    layout: layout("char"),
    weight: 24,
    load: (guest, pointer) => lift(guest.memory.data.getUint32(pointer, true)),
    store: (guest, value, pointer) => guest.memory.data.setUint32(pointer, lower(value), true),
    one: {
      lift: (_, core) => lift(core32(place, core) >>> 0),
      lower: (_, value) => lower(value),
    },
  });
}

/** A core value of any type but `i64`. */
export function core32(place: string, core: unknown, type = "i32"): number {
  return typeof core === "number"
    ? core
    : misfit("guest", place, `wanted an ${type} from the guest, found ${describe(core)}`);
}

export function core64(place: string, core: unknown): bigint {
  return typeof core === "bigint"
    ? core
    : misfit("guest", place, `wanted an i64 from the guest, found ${describe(core)}`);
}

export function wanted(place: string, want: string, value: unknown): never {
  return misfit("argument", place, `wanted ${want}, found ${describe(value)}`);
}

/**
 * The same, but leaves out the kind of a value that has the right kind: `wanted a u8 (0 to 255), found 300`.
 */
function outside(place: string, want: string, value: unknown, sort: "number" | "bigint"): never {
  return misfit(
    "argument",
    place,
    `wanted ${want}, found ${typeof value === sort ? String(value) : describe(value)}`,
  );
}
