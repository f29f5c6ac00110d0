/**
 * Parts of records, tuples and lists. Primitive parts cross without a call of their codec, because a call
 * that meets closures of many types cannot be inlined by any engine. Values that do not fit are passed to the
 * codec, which has the messages.
 */
import type { Primitive, ValueType } from "../type.ts";
import type { Codec, Core } from "./codec.ts";
import type { Guest } from "./memory.ts";
import { liftUtf16, lowerUtf16 } from "./string.ts";

export interface Slot {
  readonly codec: Codec;
  readonly kind: number;
  /** The beginning of messages. */
  readonly place: string;
}

const OTHER = 0;
const STRING = 1;
const BOOL = 2;
const U8 = 3;
const U16 = 4;
const U32 = 5;
const S32 = 6;
const F32 = 7;
const F64 = 8;
const S64 = 9;
const U64 = 10;
const KINDS: Readonly<Partial<Record<Primitive, number>>> = {
  string: STRING,
  bool: BOOL,
  u8: U8,
  u16: U16,
  u32: U32,
  s32: S32,
  f32: F32,
  f64: F64,
  s64: S64,
  u64: U64,
};

export function slot(type: ValueType, codec: Codec, place: string): Slot {
  return { codec, kind: (typeof type === "string" ? KINDS[type] : undefined) ?? OTHER, place };
}

/** The same as the codec's `load`. */
export function load({ kind, codec, place }: Slot, guest: Guest, at: number): unknown {
  const { data } = guest.memory;
  switch (kind) {
    case STRING:
      if (guest.strings !== "utf16") return codec.load(guest, at);
      return liftUtf16(guest, data.getUint32(at, true), data.getUint32(at + 4, true), place);
    case BOOL:
      return data.getUint8(at) !== 0;
    case U8:
      return data.getUint8(at);
    case U16:
      return data.getUint16(at, true);
    case U32:
      return data.getUint32(at, true);
    case S32:
      return data.getInt32(at, true);
    case F32:
      return data.getFloat32(at, true);
    case F64:
      return data.getFloat64(at, true);
    case S64:
      return data.getBigInt64(at, true);
    case U64:
      return data.getBigUint64(at, true);
    default:
      return codec.load(guest, at);
  }
}

/** The same as the codec's `store`. */
export function store({ kind, codec, place }: Slot, guest: Guest, value: unknown, at: number): void {
  switch (kind) {
    case STRING: {
      if (typeof value !== "string" || guest.strings !== "utf16") break;
      const pointer = lowerUtf16(guest, value, place, 0);
      // Read only now, because the memory may have grown.
      const { data, units } = guest.memory;
      data.setUint32(at, pointer, true);
      data.setUint32(at + 4, units, true);
      return;
    }
    case BOOL:
      if (typeof value !== "boolean") break;
      guest.memory.data.setUint8(at, value ? 1 : 0);
      return;
    case U32:
      if (typeof value !== "number" || value >>> 0 !== value) break;
      guest.memory.data.setUint32(at, value, true);
      return;
    case S32:
      if (typeof value !== "number" || (value | 0) !== value) break;
      guest.memory.data.setInt32(at, value, true);
      return;
    case F64:
      // Every NaN is written with one pattern of bits, by the codec.
      if (typeof value !== "number" || Number.isNaN(value)) break;
      guest.memory.data.setFloat64(at, value, true);
      return;
  }
  codec.store(guest, value, at);
}

/** The same as the codec's `lower`. */
export function lower(
  { kind, codec, place }: Slot,
  guest: Guest,
  value: unknown,
  flat: Core[],
  at: number,
): void {
  switch (kind) {
    case STRING:
      if (typeof value !== "string" || guest.strings !== "utf16") break;
      flat[at] = lowerUtf16(guest, value, place, 0);
      flat[at + 1] = guest.memory.units;
      return;
    case BOOL:
      if (typeof value !== "boolean") break;
      flat[at] = value ? 1 : 0;
      return;
    case U32:
      if (typeof value !== "number" || value >>> 0 !== value) break;
      flat[at] = value;
      return;
    case S32:
      if (typeof value !== "number" || (value | 0) !== value) break;
      flat[at] = value;
      return;
    case F32:
    case F64:
      if (typeof value !== "number") break;
      flat[at] = value;
      return;
  }
  codec.lower(guest, value, flat, at);
}
