/** Values with several parts: records, tuples and flags. */

import { AbiError } from "../error.ts";
import { camelCase, type FlagsType, type RecordType, type TupleType } from "../type.ts";
import { type Codec, type Compose, single } from "./codec.ts";
import { flagsLayout, struct } from "./layout.ts";
import { misfit } from "./memory.ts";
import { core32, wanted } from "./scalar.ts";
import { load, lower, type Slot, slot, store } from "./slot.ts";

type Bag = Readonly<Record<string, unknown>>;

/** One part of a record or a tuple. */
interface Part extends Slot {
  readonly key: string;
  /** Offsets in bytes from the start, and in core values from the first. */
  readonly offset: number;
  readonly flat: number;
  readonly dropped: boolean;
}

export function recordCodec(type: RecordType, place: string, compose: Compose): Codec {
  const keys = distinct(type.record.map(({ name, as }) => as ?? camelCase(name)));
  const codecs = type.record.map((field, i) => compose(field.type, `${place}.${keys[i]}`));
  const slots = codecs.map((codec, i) => slot(type.record[i]!.type, codec, `${place}.${keys[i]}`));
  const { shape, parts } = arrange(keys, slots, (i) => type.record[i]!.dropped === true);
  const kept = parts.filter((part) => !part.dropped);
  const own = owning(keys);
  const check = (value: unknown): Bag =>
    typeof value === "object" && value !== null
      ? own(value as Bag)
      : wanted(place, `an object with the fields ${keys.join(", ")}`, value);
  return {
    layout: shape,
    weight: 24 + codecs.reduce((sum, codec) => sum + codec.weight, 0),
    load: (guest, pointer) => {
      const record: Record<string, unknown> = {};
      for (const part of kept) record[part.key] = load(part, guest, pointer + part.offset);
      return record;
    },
    store: (guest, value, pointer) => {
      const record = check(value);
      for (const part of parts) store(part, guest, record[part.key], pointer + part.offset);
    },
    lift: (guest, flat, at) => {
      const record: Record<string, unknown> = {};
      for (const part of kept) record[part.key] = part.codec.lift(guest, flat, at + part.flat);
      return record;
    },
    lower: (guest, value, flat, at) => {
      const record = check(value);
      for (const part of parts) lower(part, guest, record[part.key], flat, at + part.flat);
    },
  };
}

export function tupleCodec(type: TupleType, place: string, compose: Compose): Codec {
  const codecs = type.tuple.map((part, i) => compose(part, `${place}[${i}]`));
  const slots = codecs.map((codec, i) => slot(type.tuple[i]!, codec, `${place}[${i}]`));
  const { shape, parts } = arrange(Object.keys(codecs), slots, () => false);
  const check = (value: unknown): readonly unknown[] => {
    if (!Array.isArray(value)) return wanted(place, `an array of ${parts.length}`, value);
    if (value.length === parts.length) return value;
    return misfit("argument", place, `wanted an array of ${parts.length}, found an array of ${value.length}`);
  };
  return {
    layout: shape,
    weight: 32 + codecs.reduce((sum, codec) => sum + codec.weight, 0),
    load: (guest, pointer) => {
      const tuple: unknown[] = [];
      for (const part of parts) tuple.push(load(part, guest, pointer + part.offset));
      return tuple;
    },
    store: (guest, value, pointer) => {
      const tuple = check(value);
      for (let i = 0; i < parts.length; i++) {
        const part = parts[i]!;
        store(part, guest, tuple[i], pointer + part.offset);
      }
    },
    lift: (guest, flat, at) => parts.map((part) => part.codec.lift(guest, flat, at + part.flat)),
    lower: (guest, value, flat, at) => {
      const tuple = check(value);
      for (let i = 0; i < parts.length; i++) {
        const part = parts[i]!;
        lower(part, guest, tuple[i], flat, at + part.flat);
      }
    },
  };
}

function arrange(
  keys: readonly string[],
  slots: readonly Slot[],
  dropped: (index: number) => boolean,
): { shape: ReturnType<typeof struct>; parts: Part[] } {
  const shape = struct(slots.map(({ codec }) => codec.layout));
  let flat = 0;
  const parts = slots.map((slot, i) => {
    const part = { ...slot, key: keys[i]!, offset: shape.offsets[i]!, flat, dropped: dropped(i) };
    flat += slot.codec.layout.flat.length;
    return part;
  });
  return { shape, parts };
}

/**
 * One bit for each label, from the lowest; bits without a label are ignored when lifted, and clear when
 * lowered.
 */
export function flagsCodec(type: FlagsType, place: string): Codec {
  const keys = distinct(type.flags.map(camelCase));
  const shape = flagsLayout(keys.length);
  const lift = (bits: number): Record<string, boolean> => {
    const flags: Record<string, boolean> = {};
    keys.forEach((key, i) => {
      flags[key] = ((bits >>> i) & 1) === 1;
    });
    return flags;
  };
  const own = owning(keys);
  const lower = (value: unknown): number => {
    if (typeof value !== "object" || value === null) {
      return wanted(place, `an object with the flags ${keys.join(", ")}`, value);
    }
    let bits = 0;
    const given = own(value as Bag);
    keys.forEach((key, i) => {
      const flag = given[key];
      if (flag === true) bits |= 1 << i;
      else if (flag !== false && flag !== undefined) wanted(`${place}.${key}`, "a bool", flag);
    });
    return bits >>> 0;
  };
  return single({
    layout: shape,
    weight: 24 + 8 * keys.length,
    load: (guest, pointer) => {
      const { data } = guest.memory;
      if (shape.size === 1) return lift(data.getUint8(pointer));
      return lift(shape.size === 2 ? data.getUint16(pointer, true) : data.getUint32(pointer, true));
    },
    store: (guest, value, pointer) => {
      const bits = lower(value);
      const { data } = guest.memory;
      if (shape.size === 1) data.setUint8(pointer, bits);
      else if (shape.size === 2) data.setUint16(pointer, bits, true);
      else data.setUint32(pointer, bits, true);
    },
    one: { lift: (_, core) => lift(core32(place, core)), lower: (_, value) => lower(value) },
  });
}

/**
 * Reads objects whose keys may also be inherited, such as `constructor`. The inherited values are functions,
 * which are never values for a guest, so they count as missing.
 */
function owning(keys: readonly string[]): (value: Bag) => Bag {
  if (!keys.some((key) => key in Object.prototype)) return (value) => value;
  return (value) => {
    const own: Record<string, unknown> = Object.create(null);
    for (const key of keys) {
      const found = value[key];
      if (!(key in Object.prototype && typeof found === "function")) own[key] = found;
    }
    return own;
  };
}

/** Names in JavaScript's spelling: those that are equal there, or have a special meaning, are refused. */
function distinct(keys: readonly string[]): readonly string[] {
  const twice = keys.find((key, i) => keys.indexOf(key) !== i);
  if (twice !== undefined)
    throw new AbiError("manifest", `two names of one type are both spelled "${twice}"`);
  if (keys.includes("__proto__")) throw new AbiError("manifest", `"__proto__" cannot be a name`);
  return keys;
}
