/** Lists, in memory of their own or in place, and maps, which are lists of pairs. */

import type { ListType, MapType, ValueType } from "../type.ts";
import { type Codec, type Compose, pointers } from "./codec.ts";
import { array } from "./layout.ts";
import { allocate, checkRange, type Guest, misfit, spend, within } from "./memory.ts";
import { bulk } from "./numbers.ts";
import { wanted } from "./scalar.ts";
import { load, slot, store } from "./slot.ts";

/** The elements of a list, wherever they lie. */
export interface Elements {
  /** The elements as an array-like object. Checks that the value is a list at all. */
  items(value: unknown): ArrayLike<unknown>;
  load(guest: Guest, pointer: number, length: number): unknown;
  store(guest: Guest, items: ArrayLike<unknown>, pointer: number): void;
}

export function listCodec(type: ListType, place: string, compose: Compose): Codec {
  const element = compose(type.list, "");
  return variable(element, elements(type, element, place), place);
}

export function mapCodec(type: MapType, place: string, compose: Compose): Codec {
  const pair = { tuple: type.map };
  const element = compose(pair, "");
  const inner = generic(pair, element, place);
  const entries: Elements = {
    ...inner,
    items: (value) => (value instanceof Map ? Array.from(value) : wanted(place, "a Map", value)),
    load: (guest, pointer, length) => new Map(inner.load(guest, pointer, length) as [unknown, unknown][]),
  };
  return variable(element, entries, place);
}

function variable(element: Codec, elements: Elements, place: string): Codec {
  const { size, align } = element.layout;
  return pointers(place, {
    lift: (guest, pointer, length) => {
      checkRange(guest, pointer, length * size, align, "a list", place);
      return elements.load(guest, pointer, length);
    },
    lower: (guest, value) => {
      const items = elements.items(value);
      const { length } = items;
      const pointer = allocate(guest, align, length * size, place);
      elements.store(guest, items, pointer);
      guest.memory.units = length;
      return pointer;
    },
  });
}

/** A list of fixed length, which lies in place. */
export function arrayCodec(type: ListType, place: string, compose: Compose): Codec {
  const length = type.length!;
  const element = compose(type.list, "");
  const { load, store, items } = elements(type, element, place);
  const exact = (value: unknown): ArrayLike<unknown> => {
    const found = items(value);
    if (found.length === length) return found;
    return misfit("argument", place, `wanted a list of ${length}, found ${found.length}`);
  };
  const width = element.layout.flat.length;
  const convert = shaper(type);
  return {
    layout: array(element.layout, length),
    weight: 32 + length * element.weight,
    load: (guest, pointer) => load(guest, pointer, length),
    store: (guest, value, pointer) => store(guest, exact(value), pointer),
    lift: (guest, flat, at) => {
      const values: unknown[] = [];
      for (let i = 0; i < length; i++)
        values.push(indexed(place, i, () => element.lift(guest, flat, at + i * width)));
      return convert(values);
    },
    lower: (guest, value, flat, at) => {
      const found = exact(value);
      for (let i = 0; i < length; i++)
        indexed(place, i, () => element.lower(guest, found[i], flat, at + i * width));
    },
  };
}

function indexed<T>(place: string, index: number, act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw within(place, index, error);
  }
}

/** Turns an array of the elements into the type's JavaScript value. */
function shaper(type: ListType): (values: unknown[]) => unknown {
  if (type.as === "set") return (values) => new Set(values);
  const numbers = type.as === undefined ? bulk(type.list) : undefined;
  return numbers === undefined ? (values) => values : (values) => numbers.from(values);
}

function elements(type: ListType, element: Codec, place: string): Elements {
  const plain = generic(type.list, element, place);
  const numbers = bulk(type.list);
  const items = (value: unknown): ArrayLike<unknown> => {
    if (Array.isArray(value)) return value;
    if (ArrayBuffer.isView(value) && !(value instanceof DataView))
      return value as unknown as ArrayLike<unknown>;
    if (type.as === "set" && value instanceof Set) return Array.from(value);
    return wanted(place, type.as === "set" ? "a Set or an array" : "an array", value);
  };
  const convert = shaper(type);
  if (numbers === undefined) {
    if (type.as !== "set") return { ...plain, items };
    return {
      ...plain,
      items,
      load: (guest, pointer, length) => convert(plain.load(guest, pointer, length) as unknown[]),
    };
  }
  const { size } = element.layout;
  return {
    items,
    load:
      type.as === undefined
        ? (guest, pointer, length) => {
            spend(guest, length * size, place);
            return numbers.copy(guest.memory.bytes, pointer, length);
          }
        : (guest, pointer, length) => convert(plain.load(guest, pointer, length) as unknown[]),
    store: (guest, values, pointer) => {
      if (!numbers.paste(guest.memory.bytes, values, pointer)) plain.store(guest, values, pointer);
    },
  };
}

/** Elements crossing one by one, to and from a plain array. */
function generic(type: ValueType, element: Codec, place: string): Elements {
  const { size } = element.layout;
  const { weight } = element;
  const inner = slot(type, element, "");
  return {
    items: (value) => value as ArrayLike<unknown>,
    load: (guest, pointer, length) => {
      spend(guest, length * weight, place);
      const values: unknown[] = [];
      let i = 0;
      try {
        for (; i < length; i++) values.push(load(inner, guest, pointer + i * size));
      } catch (error) {
        throw within(place, i, error);
      }
      return values;
    },
    store: (guest, values, pointer) => {
      const { length } = values;
      let i = 0;
      try {
        for (; i < length; i++) store(inner, guest, values[i], pointer + i * size);
      } catch (error) {
        throw within(place, i, error);
      }
    },
  };
}
