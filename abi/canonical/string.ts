/** Strings, in the three encodings of the Canonical ABI and the one of value bytes. */
import { isLatin1 } from "#text";
import { type Codec, pointers } from "./codec.ts";
import { allocate, checkRange, type Guest, misfit, spend } from "./memory.ts";
import { wanted } from "./scalar.ts";

/** In `latin1+utf16`, the bit in the length that marks UTF-16. */
const UTF16 = 0x80000000;
/** In `utf16+latin1`, the same bit marks Latin-1. */
export const LATIN1 = 0x80000000;

export function stringCodec(place: string): Codec {
  const lower = (guest: Guest, value: unknown): number => {
    if (typeof value !== "string") return wanted(place, "a string", value);
    switch (guest.strings) {
      case "utf16":
        return lowerUtf16(guest, value, place, 0);
      case "utf8": {
        const length = guest.memory.text.utf8Length(value);
        const pointer = allocate(guest, 1, length, place);
        guest.memory.text.writeUtf8(value, pointer, length);
        guest.memory.units = length;
        return pointer;
      }
      case "latin1+utf16": {
        if (!isLatin1(value)) return lowerUtf16(guest, value, place, UTF16);
        const pointer = allocate(guest, 2, value.length, place);
        guest.memory.text.writeLatin1(value, pointer);
        guest.memory.units = value.length;
        return pointer;
      }
      case "utf16+latin1": {
        if (!isLatin1(value)) return lowerUtf16(guest, value, place, 0);
        const pointer = allocate(guest, 1, value.length, place);
        guest.memory.text.writeLatin1(value, pointer);
        guest.memory.units = value.length + LATIN1;
        return pointer;
      }
    }
  };
  const lift = (guest: Guest, pointer: number, units: number): string => {
    switch (guest.strings) {
      case "utf16":
        return liftUtf16(guest, pointer, units, place);
      case "utf8":
        checkRange(guest, pointer, units, 1, "a string", place);
        spend(guest, units, place);
        return (
          guest.memory.text.readUtf8(pointer, units) ??
          misfit("guest", place, `a string at ${pointer} with ${units} bytes is not UTF-8`)
        );
      case "latin1+utf16":
        if (units >= UTF16) return liftUtf16(guest, pointer, units - UTF16, place);
        return liftLatin1(guest, pointer, { units, align: 2, place });
      case "utf16+latin1":
        if (units < LATIN1) return liftUtf16(guest, pointer, units, place);
        return liftLatin1(guest, pointer, { units: units - LATIN1, align: 1, place });
    }
  };
  return pointers(place, { lift, lower });
}

interface Latin1 {
  readonly units: number;
  readonly align: 1 | 2;
  readonly place: string;
}

function liftLatin1(guest: Guest, pointer: number, { units, align, place }: Latin1): string {
  checkRange(guest, pointer, units, align, "a string", place);
  spend(guest, units, place);
  return guest.memory.text.readLatin1(pointer, units);
}

/** Returns the pointer, and leaves the length in `guest.memory.units`. */
export function lowerUtf16(guest: Guest, value: string, place: string, tag: number): number {
  const pointer = allocate(guest, 2, 2 * value.length, place);
  guest.memory.text.writeUtf16(value, pointer);
  guest.memory.units = value.length + tag;
  return pointer;
}

export function liftUtf16(guest: Guest, pointer: number, units: number, place: string): string {
  checkRange(guest, pointer, 2 * units, 2, "a string", place);
  spend(guest, 2 * units, place);
  return guest.memory.text.readUtf16(pointer, units);
}
