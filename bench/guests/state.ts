/** A state of any size, for swaps. */
import { state } from "moult/guest";

@state
class Held {
  bytes: Uint8Array = new Uint8Array(0);
  entries: Map<string, i64> = new Map();
}
const held = state<Held>();

export function fill(size: u32): void {
  held.bytes = new Uint8Array(size);
  for (let i: u32 = 0; i < size; i += 4096) held.bytes[i] = <u8>(i >> 12);
}

export function enter(count: u32): void {
  for (let i: u32 = 0; i < count; i++) held.entries.set("entry " + i.toString(), i);
}

export function write(number: u32): i64 {
  const key = "entry " + number.toString();
  const value: i64 = held.entries.has(key) ? held.entries.get(key) + 1 : 1;
  held.entries.set(key, value);
  return value;
}

export function size(): u32 {
  return held.bytes.length + held.entries.size;
}
