/** Values of one out of several cases: variants, enums, options and results. */

import { AbiError } from "../error.ts";
import {
  type EnumType,
  isKind,
  label,
  type OptionType,
  type ResultType,
  type ValueType,
  type VariantType,
} from "../type.ts";
import { type Codec, type Compose, type Core, single } from "./codec.ts";
import { type CoreType, type Layout, type Union, union } from "./layout.ts";
import { type Guest, misfit } from "./memory.ts";
import { core32, core64, wanted, writeF32, writeF64 } from "./scalar.ts";

/** Converts between cases and JavaScript values. */
interface Mapping {
  readonly cases: readonly (Codec | undefined)[];
  /** The checked case of a value. */
  index(value: unknown): number;
  payload(value: unknown): unknown;
  make(index: number, payload: unknown): unknown;
}

export function enumCodec(type: EnumType, place: string): Codec {
  const names = type.enum.map(label);
  const shape = union(names.map(() => undefined));
  const indices = indexOf(names);
  const want = `one of ${names.map((name) => JSON.stringify(name)).join(", ")}`;
  const lower = (value: unknown): number => indices.get(value) ?? wanted(place, want, value);
  const lift = (index: number): string => names[index] ?? noCase(place, index, names.length);
  return single({
    layout: shape,
    weight: 8,
    load: (guest, pointer) => lift(readTag(guest, pointer, shape)),
    store: (guest, value, pointer) => writeTag(guest, pointer, shape, lower(value)),
    one: { lift: (_, core) => lift(core32(place, core) >>> 0), lower: (_, value) => lower(value) },
  });
}

/** `{ tag, val }`, or `{ tag }` for a case without a payload. */
export function variantCodec(type: VariantType, place: string, compose: Compose): Codec {
  const names = type.variant.map((one) => label(one.name));
  const bare = type.variant.map((one) => one.type === undefined);
  return tagged(
    names,
    type.variant.map((one) => one.type),
    (index, val) => (bare[index] ? { tag: names[index] } : { tag: names[index], val }),
    place,
    compose,
  );
}

export function resultCodec(type: ResultType, place: string, compose: Compose): Codec {
  const names = ["ok", "err"];
  const types = [type.result.ok, type.result.err];
  return tagged(names, types, (index, val) => ({ tag: names[index], val }), place, compose);
}

/**
 * `T | undefined`, or `T | null` if the host chose that; an option within an option is `{ tag: "some", val }`
 * or `{ tag: "none" }`, because `undefined` already means the inner none.
 */
export function optionCodec(type: OptionType, place: string, compose: Compose): Codec {
  const { option } = type;
  if (isKind("option", option)) {
    const make = (index: number, val: unknown): unknown =>
      index === 0 ? { tag: "none" } : { tag: "some", val };
    return tagged(["none", "some"], [undefined, option], make, place, compose);
  }
  const none = type.as === "null" ? null : undefined;
  return choice(
    {
      cases: [undefined, compose(option, place)],
      index: (value) => (value === undefined || value === null ? 0 : 1),
      payload: (value) => value,
      make: (index, payload) => (index === 0 ? none : payload),
    },
    place,
  );
}

function tagged(
  names: readonly string[],
  types: readonly (ValueType | undefined)[],
  make: Mapping["make"],
  place: string,
  compose: Compose,
): Codec {
  const indices = indexOf(names);
  const want = `an object with a tag of ${names.map((name) => JSON.stringify(name)).join(", ")}`;
  return choice(
    {
      cases: types.map((type) => type && compose(type, `${place}.val`)),
      index: (value) => {
        if (typeof value !== "object" || value === null) return wanted(place, want, value);
        const { tag } = value as { tag?: unknown };
        return indices.get(tag) ?? wanted(`${place}.tag`, want.replace("an object with a tag", "one"), tag);
      },
      payload: (value) => (value as { val?: unknown }).val,
      make,
    },
    place,
  );
}

function choice(mapping: Mapping, place: string): Codec {
  const { cases, index, payload, make } = mapping;
  const shape = union(cases.map((one) => one?.layout));
  const joins = cases.map((one) => (one === undefined ? [] : joined(one.layout, shape, place)));
  const common: Omit<Codec, "one"> = {
    layout: shape,
    weight: 32 + Math.max(...cases.map((one) => one?.weight ?? 0)),
    load: (guest, pointer) => {
      const at = readTag(guest, pointer, shape);
      if (at >= cases.length) return noCase(place, at, cases.length);
      return make(at, cases[at]?.load(guest, pointer + shape.payload));
    },
    store: (guest, value, pointer) => {
      const at = index(value);
      writeTag(guest, pointer, shape, at);
      cases[at]?.store(guest, payload(value), pointer + shape.payload);
    },
    lift: (guest, flat, first) => {
      const at = core32(place, flat[first]) >>> 0;
      if (at >= cases.length) return noCase(place, at, cases.length);
      const own = joins[at]!.map((join, i) => join.narrow(flat[first + 1 + i]));
      return make(at, cases[at]?.lift(guest, own, 0));
    },
    lower: (guest, value, flat, first) => {
      const at = index(value);
      const own: Core[] = [];
      cases[at]?.lower(guest, payload(value), own, 0);
      flat[first] = at;
      shape.flat.forEach((core, i) => {
        if (i === 0) return;
        const value = own[i - 1];
        if (value === undefined) flat[first + i] = core === "i64" ? 0n : 0;
        else flat[first + i] = joins[at]![i - 1]!.widen(value);
      });
    },
  };
  if (shape.flat.length > 1) return common;
  return {
    ...common,
    one: {
      lift: (guest, core) => common.lift(guest, [core], 0),
      lower: (_, value) => index(value),
    },
  };
}

interface Join {
  widen(value: Core): Core;
  narrow(value: unknown): Core;
}

/** How the core values of one case are passed in those that all cases share. */
function joined(payload: Layout, shape: Union, place: string): Join[] {
  const scratch = new DataView(new ArrayBuffer(8));
  return payload.flat.map((own, i) => join(own, shape.flat[i + 1] ?? own, scratch, place));
}

function join(own: CoreType, shared: CoreType, scratch: DataView, place: string): Join {
  const bits32 = (value: Core): number => {
    writeF32(scratch, 0, value as number);
    return scratch.getUint32(0, true);
  };
  const float32 = (bits: number): number => {
    scratch.setUint32(0, bits, true);
    return scratch.getFloat32(0, true);
  };
  const low = (value: unknown): number => Number(BigInt.asUintN(32, core64(place, value)));
  switch (`${own} in ${shared}`) {
    case "f32 in i32":
      return { widen: bits32, narrow: (value) => float32(core32(place, value)) };
    case "i32 in i64":
      return { widen: (value) => BigInt((value as number) >>> 0), narrow: low };
    case "f32 in i64":
      return { widen: (value) => BigInt(bits32(value)), narrow: (value) => float32(low(value)) };
    case "f64 in i64":
      return {
        widen: (value) => {
          writeF64(scratch, 0, value as number);
          return scratch.getBigInt64(0, true);
        },
        narrow: (value) => {
          scratch.setBigInt64(0, core64(place, value), true);
          return scratch.getFloat64(0, true);
        },
      };
    default:
      return { widen: (value) => value, narrow: (value) => value as Core };
  }
}

function readTag(guest: Guest, pointer: number, shape: Union): number {
  const { data } = guest.memory;
  if (shape.tag === 1) return data.getUint8(pointer);
  return shape.tag === 2 ? data.getUint16(pointer, true) : data.getUint32(pointer, true);
}

function writeTag(guest: Guest, pointer: number, shape: Union, index: number): void {
  const { data } = guest.memory;
  if (shape.tag === 1) data.setUint8(pointer, index);
  else if (shape.tag === 2) data.setUint16(pointer, index, true);
  else data.setUint32(pointer, index, true);
}

function indexOf(names: readonly string[]): ReadonlyMap<unknown, number> {
  const indices = new Map(names.map((name, i) => [name, i]));
  if (indices.size === names.length) return indices;
  throw new AbiError("manifest", `a type has two cases of the same name: ${names.join(", ")}`);
}

function noCase(place: string, index: number, count: number): never {
  return misfit("guest", place, `found case ${index} of a type that has ${count}`);
}
