/**
 * The objects that a save has met. A state is a tree, but for objects of classes marked `@shared`: what a save meets
 * twice would come back as two, so the save ends, and says where both ways to it begin.
 *
 * Where nothing runs in the instance afterwards, marks are written into the headers of the objects themselves:
 *
 *     memory manager | collector | collector | rtId                        | rtSize                  | the object
 *                                              its highest bit says "met"    the number, if @shared
 *
 * Such objects must never meet a collection. Elsewhere a table of pointers beside them tells the same.
 */
import { accuse, end, fail, say, stop, word } from "./buffer";

// @ts-ignore: decorator
@inline const ID: usize = 8;
// @ts-ignore: decorator
@inline const SIZE: usize = 4;
// @ts-ignore: decorator
@inline const MARK: u32 = 0x80000000;

/** Marks are written into headers. */
let marking: bool = false;
/** What was met twice, where the second time, and what to call it; none so far. */
let twice: usize = 0;
let second: u32 = 0;
let kind: u32 = 0;
/** The walk is taken once more, to find the first way to `twice`. */
export let seeking: bool = false;

/** Objects of `@shared` classes, in the order of their numbers. */
let listed: usize = 0;
let room: i32 = 0;
/** How many have numbers; when seeking, how many this walk has met. */
export let count: i32 = 0;

/** The table: pairs of a pointer and a number, found by their pointers; a power of two of them. */
let table: usize = 0;
let slots: usize = 0;
let taken: usize = 0;

export function openMet(marks: bool): void {
  marking = marks;
  twice = 0;
  seeking = false;
  count = 0;
}

export function closeMet(): void {
  if (listed != 0) heap.free(listed);
  if (table != 0) heap.free(table);
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
  if (marking) {
    const id = load<u32>(pointer - ID);
    if (id & MARK) return again(pointer, place, what);
    store<u32>(pointer - ID, id | MARK);
    return false;
  }
  return noted(pointer, 0) ? again(pointer, place, what) : false;
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
  const known = marking ? marked(pointer) : noted(pointer, count);
  if (!known) {
    list(pointer);
    return count++;
  }
  const number = marking ? load<i32>(pointer - SIZE) : load<i32>(slotOf(pointer), sizeof<usize>());
  if (number == count) count++;
  return number;
}

function marked(pointer: usize): bool {
  const id = load<u32>(pointer - ID);
  if (id & MARK) return true;
  store<u32>(pointer - ID, id | MARK);
  store<i32>(pointer - SIZE, count);
  return false;
}

/** The object of a number. */
// @ts-ignore: decorator
@inline export function objectOf(number: i32): usize {
  return load<usize>(listed + (<usize>number << alignof<usize>()));
}

/** The runtime id of its class. */
// @ts-ignore: decorator
@inline export function classOf(pointer: usize): u32 {
  return load<u32>(pointer - ID) & ~MARK;
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
@inline const ENTRY: usize = 8;

/** Whether the table has a pointer; if not, it has it now, with this number. */
function noted(pointer: usize, number: i32): bool {
  if (taken << 1 >= slots) grow();
  const slot = slotOf(pointer);
  if (load<usize>(slot) == pointer) return true;
  store<usize>(slot, pointer);
  store<i32>(slot, number, sizeof<usize>());
  taken++;
  return false;
}

/** Where a pointer is, or would be. */
function slotOf(pointer: usize): usize {
  const mask = slots - 1;
  let at = ((pointer >> 4) * 0x9e3779b1) & mask;
  while (true) {
    const slot = table + at * ENTRY;
    const found = load<usize>(slot);
    if (found == pointer || found == 0) return slot;
    at = (at + 1) & mask;
  }
}

function grow(): void {
  const old = table;
  const end = table + slots * ENTRY;
  slots = slots == 0 ? 256 : slots << 1;
  table = heap.alloc(slots * ENTRY);
  memory.fill(table, 0, slots * ENTRY);
  for (let from = old; from < end; from += ENTRY) {
    const pointer = load<usize>(from);
    if (pointer == 0) continue;
    const slot = slotOf(pointer);
    store<usize>(slot, pointer);
    store<i32>(slot, load<i32>(from, sizeof<usize>()), sizeof<usize>());
  }
  if (old != 0) heap.free(old);
}
