/**
 * The objects that a save has met. A state is a tree, apart from objects of `@shared` classes: any other
 * object that is met twice would be restored as two, so the save ends with a message that names both ways to
 * it.
 *
 * One bit for every 16 bytes of memory tells whether the object there was met: no object is smaller, with its
 * header. Objects of `@shared` classes also have numbers, in a table:
 *
 *     pointer | number      found by the pointer's hash
 */
import { accuse, end, fail, say, stop, word } from "./buffer";

/** Offset before a pointer: the runtime id of the object's class. */
// @ts-ignore: decorator
@inline const ID: usize = 8;

/** The object that was met twice, where it was met the second time, and its name in the message; 0 so far. */
let twice: usize = 0;
let second: u32 = 0;
let kind: u32 = 0;
/** The walk is repeated to find the first way to `twice`. */
export let seeking: bool = false;

let bits: usize = 0;
/** A power of two of pairs, how many are used, and the shift of a hash. */
let table: usize = 0;
let slots: usize = 0;
let taken: usize = 0;
let shift: u32 = 0;
/** Objects of `@shared` classes, in the order of their numbers. */
let listed: usize = 0;
let room: i32 = 0;
/** How many have numbers; while seeking, how many this walk has met. */
export let count: i32 = 0;

export function openMet(): void {
  twice = 0;
  seeking = false;
  count = 0;
  forget();
  // Memory that is allocated from here on has no objects of the state.
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

/** An earlier save that ended with a message left its notes behind. */
function forget(): void {
  listed = 0;
  room = 0;
  table = 0;
  slots = 0;
  taken = 0;
}

/** Whether an object was met twice: the walk is then repeated after `seek`, and ends in the message. */
export function metTwice(): bool {
  return twice != 0;
}

export function seek(): void {
  seeking = true;
  count = 0;
}

/**
 * Notes an object that may be met only once. Returns whether to skip it.
 *
 * @param what the place that names its kind; the next place is the remedy
 */
// @ts-ignore: decorator
@inline export function met(pointer: usize, place: u32, what: u32): bool {
  return noted(pointer) && again(pointer, place, what);
}

/** Whether an object was met before; notes it. */
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

/** The number of an object of a `@shared` class; a new object gets the next number. */
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

/** The object with a number. */
// @ts-ignore: decorator
@inline export function objectOf(number: i32): usize {
  return load<usize>(listed + (<usize>number << alignof<usize>()));
}

/** The runtime id of an object's class. */
// @ts-ignore: decorator
@inline export function classOf(pointer: usize): u32 {
  return load<u32>(pointer - ID);
}

/**
 * An object in the table has a class with subclasses, or a class that is not in the state: the build has
 * refused both.
 */
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

/** The slot of a pointer, or the free slot for it. */
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
