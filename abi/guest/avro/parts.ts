/** The parts of a state that are there before a restore, and may be held elsewhere: they stay, and get what came. */
import { fail } from "./buffer";
import { hold } from "./source";

let seen: Array<usize> = [];

export function openParts(): void {
  seen = [];
}

/** Checks that a part is none of those before it: one object cannot hold what two held. */
export function apart(there: usize, place: u32): void {
  if (seen.includes(there)) fail(place, "it begins as an object that another field holds too; give each its own");
  seen.push(there);
}

/** What a field holds, if there is anything at `object`. */
// @ts-ignore: decorator
@inline export function partOf(object: usize, offset: usize): usize {
  return object == 0 ? 0 : load<usize>(object + offset);
}

/** Gives an array that is there what another holds; without one the other itself. */
export function keepArray(object: usize, value: usize, offset: usize, place: u32): void {
  const there = partOf(object, offset);
  if (there == 0) return hold(object, value, offset);
  apart(there, place);
  memory.copy(there, value, offsetof<Array<i32>>());
  // The array visits what lies in the buffer: the collector has to come by again.
  __link(there, load<usize>(there, offsetof<ArrayBufferView>("buffer")), true);
}

/** The same for a map or a set, which lie alike. */
export function keepTable(object: usize, value: usize, offset: usize, place: u32): void {
  const there = partOf(object, offset);
  if (there == 0) return hold(object, value, offset);
  apart(there, place);
  memory.copy(there, value, offsetof<Map<i32, i32>>());
  __link(there, load<usize>(there, offsetof<Map<i32, i32>>("buckets")), true);
  __link(there, load<usize>(there, offsetof<Map<i32, i32>>("entries")), true);
}
