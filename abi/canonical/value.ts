/** Single values, lifted from a guest's memory and lowered into it. */

import type { ValueType } from "../type.ts";
import { codec } from "./compose.ts";
import type { Layout } from "./layout.ts";
import { checkRange, type Guest, unsigned } from "./memory.ts";

/**
 * Reads a value from a guest's memory. The result shares no memory with the guest.
 *
 * @param pointer the address of the value, in bytes
 * @param place the beginning of messages
 * @default place "value"
 * @throws AbiError `guest` when it is not aligned, does not lie in memory, or is not of the type
 */
export function lift(type: ValueType, guest: Guest, pointer: number, place = "value"): unknown {
  const { layout, load } = codec(type, place);
  checkRange(guest, unsigned(pointer, place), layout.size, layout.align, "a value", place);
  guest.memory.budget = guest.memory.most;
  return load(guest, pointer);
}

/**
 * Writes a value to a guest's memory. Strings and lists inside it go where `cabi_realloc` allocates them.
 *
 * @param pointer the address for the value, in bytes; `layout(type).size` bytes are written
 * @param place the beginning of messages
 * @default place "value"
 * @throws AbiError `argument` when the value is not of the type
 * @throws AbiError `guest` when a pointer is not aligned or does not lie in memory
 */
export function lower(type: ValueType, guest: Guest, value: unknown, pointer: number, place = "value"): void {
  const { layout, store } = codec(type, place);
  checkRange(guest, unsigned(pointer, place), layout.size, layout.align, "a value", place);
  store(guest, value, pointer);
}

/** `lift` and `lower` for one type, composed once for repeated use. */
export interface Passing {
  readonly layout: Layout;
  readonly lift: (guest: Guest, pointer: number) => unknown;
  readonly lower: (guest: Guest, value: unknown, pointer: number) => void;
}

/** @param place the beginning of messages */
export function passing(type: ValueType, place: string): Passing {
  const { layout, load, store } = codec(type, place);
  const check = (guest: Guest, pointer: number) =>
    checkRange(guest, unsigned(pointer, place), layout.size, layout.align, "a value", place);
  return {
    layout,
    lift(guest, pointer) {
      check(guest, pointer);
      guest.memory.budget = guest.memory.most;
      return load(guest, pointer);
    },
    lower(guest, value, pointer) {
      check(guest, pointer);
      store(guest, value, pointer);
    },
  };
}
