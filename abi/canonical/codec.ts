/** Codecs: a type is composed into closures that lift and lower its values. No code is generated as text. */

import type { ValueType } from "../type.ts";
import { type Layout, POINTERS } from "./layout.ts";
import { type Guest, unsigned } from "./memory.ts";

/** A core value in JavaScript: a bigint is an `i64`. */
export type Core = number | bigint;

/**
 * How values of one type cross at one place of a signature. Every `store` and `lower` checks the value that
 * it gets, every `load` and `lift` what comes from the guest. They throw an AbiError (`argument`, `guest`)
 * that begins with the place.
 */
export interface Codec {
  readonly layout: Layout;
  /** Estimated bytes that a lifted value takes in the host, without strings and lists inside. */
  readonly weight: number;
  /** Reads from memory; `pointer` is aligned, and the value lies inside the memory. */
  load(guest: Guest, pointer: number): unknown;
  /** Writes to memory, under the same conditions. Calls `cabi_realloc` for strings and lists inside. */
  store(guest: Guest, value: unknown, pointer: number): void;
  /** Reads from core values, beginning with `flat[at]`. */
  lift(guest: Guest, flat: readonly unknown[], at: number): unknown;
  /** Writes core values, beginning with `flat[at]`. */
  lower(guest: Guest, value: unknown, flat: Core[], at: number): void;
  /** For a type with one core value: the same without an array around it. */
  readonly one?: One;
  /** For a string or a list: the same for a pointer and a length. */
  readonly pair?: Pair;
}
export interface One {
  lift(guest: Guest, core: unknown): unknown;
  lower(guest: Guest, value: unknown): Core;
}
export interface Pair {
  lift(guest: Guest, pointer: number, units: number): unknown;
  /** Returns the pointer, and leaves the length in `guest.memory.units`. */
  lower(guest: Guest, value: unknown): number;
}

/** Called by codecs to compose those of their parts. */
export type Compose = (type: ValueType, place: string) => Codec;

/** Completes a codec for a type of one core value. */
export function single(codec: Omit<Codec, "lift" | "lower"> & { readonly one: One }): Codec {
  const { one } = codec;
  return {
    ...codec,
    lift: (guest, flat, at) => one.lift(guest, flat[at]),
    lower: (guest, value, flat, at) => {
      flat[at] = one.lower(guest, value);
    },
  };
}

/** Completes a codec for a type that crosses as a pointer and a length. */
export function pointers(place: string, pair: Pair): Codec {
  return {
    layout: POINTERS,
    weight: 32,
    pair,
    load: (guest, pointer) => {
      const { data } = guest.memory;
      return pair.lift(guest, data.getUint32(pointer, true), data.getUint32(pointer + 4, true));
    },
    store: (guest, value, pointer) => {
      const at = pair.lower(guest, value);
      const { data, units } = guest.memory;
      data.setUint32(pointer, at, true);
      data.setUint32(pointer + 4, units, true);
    },
    lift: (guest, flat, at) => pair.lift(guest, unsigned(flat[at], place), unsigned(flat[at + 1], place)),
    lower: (guest, value, flat, at) => {
      flat[at] = pair.lower(guest, value);
      flat[at + 1] = guest.memory.units;
    },
  };
}
