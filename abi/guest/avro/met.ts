/**
 * The objects that a save has met. A state is a tree, but for objects of classes marked `@shared`: what a save meets
 * twice would come back as two, so the save ends, and says where both ways to it begin.
 *
 * A bit for every 16 bytes of memory says whether the object that begins there was met: a header alone is longer.
 * Objects of `@shared` classes have numbers besides, in a table:
 *
 *     pointer | number      found by the pointer's hash
 */
import { accuse, end, fail, say, stop, word } from "./buffer";

/** Before a pointer: the runtime id of the object's class. */
// @ts-ignore: decorator
@inline const ID: usize = 8;

/** What was met twice, where the second time, and what to call it; none so far. */
let twice: usize = 0;
let second: u32 = 0;
let kind: u32 = 0;
/** The walk is taken once more, to find the first way to `twice`. */
export let seeking: bool = false;

let bits: usize = 0;
/** A power of two of pairs, how many are taken, and how far a hash is shifted. */
let table: usize = 0;
let slots: usize = 0;
let taken: usize = 0;
let shift: u32 = 0;
/** Objects of `@shared` classes, in the order of their numbers. */
let listed: usize = 0;
let room: i32 = 0;
/** How many have numbers; when seeking, how many this walk has met. */
export let count: i32 = 0;

export function openMet(): void {
  twice = 0;
  seeking = false;
  count = 0;
  forget();
  // What is allocated from here on is no object of the state.
  const size = <usize>memory.size() << 9;
  bits = heap.alloc(size);
  memory.fill(bits, 0, size);
}

export function closeMet(): void {
  heap.free(bits);
  if (listed != 0) heap.free(listed);
  if (table != 0) heap.free(table);
  forget();
}

/** A save that ended in a message has left what it noted. */
function forget(): void {
  listed = 0;
  room = 0;
  table = 0;
  slots = 0;
  taken = 0;
}

/** Whether something was met twice: then the walk is taken again after `seek`, which ends in its message. */
export function metTwice(): bool {
  return twice != 0;
}

export function seek(): void {
  seeking = true;
  count = 0;
}

/**
 * Notes an object that may be met once. Answers whether to pass it by.
 *
 * @param what the place that names its kind; the next one is the remedy
 */
// @ts-ignore: decorator
@inline export function met(pointer: usize, place: u32, what: u32): bool {
  return noted(pointer) && again(pointer, place, what);
}

/** Whether an object was met before; it is now. */
// @ts-ignore: decorator
@inline function noted(pointer: usize): bool {
  const byte = bits + (pointer >> 7);
  const bit: u8 = 1 << <u8>((pointer >> 4) & 7);
  const known = load<u8>(byte);
  if (known & bit) return true;
  store<u8>(byte, known | bit);
  return false;
}

function again(pointer: usize, place: u32, what: u32): bool {
  if (!seeking) {
    if (twice == 0) {
      twice = pointer;
      second = place;
      kind = what;
    }
    // Loops end early.
    stop();
    return true;
  }
  if (pointer != twice) return false;
  accuse(second);
  say("it holds the same ");
  say(word(kind));
  say(" as ");
  say(word(place));
  say(", which would come back as two; ");
  say(word(kind + 1));
  end();
  return true;
}

/** The number of an object of a `@shared` class; one that is new gets the next. */
export function numberOf(pointer: usize): i32 {
  if (!noted(pointer)) {
    if (taken << 1 >= slots) grow();
    note(slotOf(pointer), pointer, count);
    taken++;
    list(pointer);
    return count++;
  }
  const number = load<i32>(slotOf(pointer), sizeof<usize>());
  if (number == count) count++;
  return number;
}

/** The object of a number. */
// @ts-ignore: decorator
@inline export function objectOf(number: i32): usize {
  return load<usize>(listed + (<usize>number << alignof<usize>()));
}

/** The runtime id of its class. */
// @ts-ignore: decorator
@inline export function classOf(pointer: usize): u32 {
  return load<u32>(pointer - ID);
}

/** An object in the table is of a class that has subclasses, or none of the state's: the build has refused both. */
export function stranger(place: u32): void {
  fail(place, "found an object of a class that is not in the state");
}

function list(pointer: usize): void {
  if (count == room) {
    room = room == 0 ? 256 : room << 1;
    const size = <usize>room << alignof<usize>();
    listed = listed == 0 ? heap.alloc(size) : heap.realloc(listed, size);
  }
  store<usize>(listed + (<usize>count << alignof<usize>()), pointer);
}

// @ts-ignore: decorator
@inline const PAIR: usize = 8;

/** Where a pointer is, or would be. */
function slotOf(pointer: usize): usize {
  const mask = slots - 1;
  let at = <usize>((<u32>(pointer >> 4) * 0x9e3779b1) >> shift);
  while (true) {
    const slot = table + at * PAIR;
    const found = load<usize>(slot);
    if (found == pointer || found == 0) return slot;
    at = (at + 1) & mask;
  }
}

// @ts-ignore: decorator
@inline function note(slot: usize, pointer: usize, number: i32): void {
  store<usize>(slot, pointer);
  store<i32>(slot, number, sizeof<usize>());
}

function grow(): void {
  const old = table;
  const last = table + slots * PAIR;
  slots = slots == 0 ? 256 : slots << 1;
  shift = 32 - ctz<u32>(<u32>slots);
  table = heap.alloc(slots * PAIR);
  memory.fill(table, 0, slots * PAIR);
  for (let from = old; from < last; from += PAIR) {
    const pointer = load<usize>(from);
    if (pointer != 0) note(slotOf(pointer), pointer, load<i32>(from, sizeof<usize>()));
  }
  if (old != 0) heap.free(old);
}
