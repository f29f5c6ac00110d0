/**
 * The parts of a state that exist before a restore, and may be held by other code: they are kept, and filled
 * with what was restored.
 */
import { fail } from "./buffer";
import { hold } from "./source";

/** The parts so far: a list of pointers, which keeps none of them alive. */
let seen: usize = 0;
let count: usize = 0;
let room: usize = 0;

export function openParts(): void {
  count = 0;
}

/** Checks that a part is none of the earlier ones: one object cannot take what two held. */
export function apart(there: usize, place: u32): void {
  for (let i: usize = 0; i < count; i++) {
    if (load<usize>(seen + i * sizeof<usize>()) != there) continue;
    fail(place, "it begins as an object that another field holds too; give each its own");
  }
  if (count == room) {
    room = room == 0 ? 16 : room << 1;
    const longer = heap.alloc(room * sizeof<usize>());
    memory.copy(longer, seen, count * sizeof<usize>());
    if (seen != 0) heap.free(seen);
    seen = longer;
  }
  store<usize>(seen + count++ * sizeof<usize>(), there);
}

/** The object in a field, if there is an object at `object`. */
// @ts-ignore: decorator
@inline export function partOf(object: usize, offset: usize): usize {
  return object == 0 ? 0 : load<usize>(object + offset);
}

/** Moves the content of an array into the existing one; without one the field gets the new array. */
export function keepArray(object: usize, value: usize, offset: usize, place: u32): void {
  const there = partOf(object, offset);
  if (there == 0) return hold(object, value, offset);
  apart(there, place);
  memory.copy(there, value, offsetof<Array<i32>>());
  // The array refers to a new buffer, so the collector has to visit it again.
  __link(there, load<usize>(there, offsetof<ArrayBufferView>("buffer")), true);
}

/** The same for a map or a set, which have the same layout. */
export function keepTable(object: usize, value: usize, offset: usize, place: u32): void {
  const there = partOf(object, offset);
  if (there == 0) return hold(object, value, offset);
  apart(there, place);
  memory.copy(there, value, offsetof<Map<i32, i32>>());
  __link(there, load<usize>(there, offsetof<Map<i32, i32>>("buckets")), true);
  __link(there, load<usize>(there, offsetof<Map<i32, i32>>("entries")), true);
}
