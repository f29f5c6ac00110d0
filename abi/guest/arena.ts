/**
 * Memory for values that cross: arguments that the host lowers, and the parts of results that are not guest
 * objects.
 *
 * A bump arena in blocks. It costs a few instructions for each value and is emptied as a whole: before the
 * author's code runs (by then arguments are guest objects), and around every call of the host. Nothing is
 * allocated before its first use.
 *
 * ```
 *   block:  | previous block | its end |  (8 bytes free)  | data ...            |
 *           0                4         8                  16               top -^   ^- end
 * ```
 */

import { OBJECT, TOTAL_OVERHEAD } from "rt/common";
import { decimal } from "./decimal";

const HEADER: usize = 16;
const FIRST: usize = 4096;
/** A larger block than this is not kept for the next call. */
const RETAINED: usize = 1 << 20;
/**
 * A value of this size or more gets a buffer of its own from the host, which becomes the guest's object
 * without a copy.
 */
export const WHOLE: usize = 2048;
/** Bytes of one list, the limit of the Component Model. */
const LIMIT: u64 = (1 << 28) - 1;

let block: usize = 0;
let top: usize = 0;
let end: usize = 0;
/** Buffers that the host fills: `next, buffer` in the arena, in the order in which they are lifted. */
let first: usize = 0;
let last: usize = 0;
/** Keeps the last result, which the host reads in place, from being collected. */
let kept: Object | null = null;

/** Allocates `size` bytes at a multiple of `align` (1, 2, 4 or 8). */
export function alloc(size: usize, align: usize): usize {
  const at = (top + align - 1) & ~(align - 1);
  if (block != 0 && at <= end && size <= end - at) {
    top = at + size;
    return at;
  }
  return grow(size);
}

function grow(size: usize): usize {
  checkSize(size);
  const wanted = max(block != 0 ? (end - block) << 1 : FIRST, size + HEADER);
  const next = __alloc(wanted);
  store<usize>(next, block);
  store<usize>(next, end, sizeof<usize>());
  block = next;
  end = next + wanted;
  top = next + HEADER + size;
  return next + HEADER;
}

function checkSize(size: usize): void {
  if (size > <usize>LIMIT) throw new RangeError(decimal(size) + " bytes are too many to cross");
}

/** Allocates memory for a list. */
export function allocList(length: i32, size: usize, align: usize): usize {
  const bytes = <u64>length * size;
  if (bytes > LIMIT) throw new RangeError("a list of " + decimal(length) + " is too large to cross");
  return alloc(<usize>bytes, align);
}

/**
 * For the host: `(0, 0, align, size)` allocates; other arguments grow an allocation, in place if it was the
 * last one.
 */
export function realloc(old: usize, oldSize: usize, align: usize, size: usize): usize {
  if (old == 0 || oldSize == 0) {
    if (size >= WHOLE) return arrive(size);
    return size == 0 ? align : alloc(size, align);
  }
  if (old + oldSize == top && size <= end - old) {
    top = old + size;
    return old;
  }
  if (size <= oldSize) return old;
  const at = size >= WHOLE ? arrive(size) : alloc(size, align);
  memory.copy(at, old, oldSize);
  return at;
}

function arrive(size: usize): usize {
  checkSize(size);
  const buffer = __pin(__new(size, idof<ArrayBuffer>()));
  const node = alloc(2 * sizeof<usize>(), sizeof<usize>());
  store<usize>(node, 0);
  store<usize>(node, buffer, sizeof<usize>());
  if (last == 0) first = node;
  else store<usize>(last, node);
  last = node;
  return buffer;
}

/**
 * Turns the buffer at `at` into a collected object of a class without references; 0 if there is no such
 * buffer.
 */
export function adopt(at: usize, size: usize, id: u32): usize {
  let before: usize = 0;
  for (let node = first; node != 0; node = load<usize>(node)) {
    if (load<usize>(node, sizeof<usize>()) == at) {
      const header = changetype<OBJECT>(at - TOTAL_OVERHEAD);
      if (<usize>header.rtSize != size) return 0;
      header.rtId = id;
      const next = load<usize>(node);
      if (before == 0) first = next;
      else store<usize>(before, next);
      if (next == 0) last = before;
      __unpin(at);
      return at;
    }
    before = node;
  }
  return 0;
}

/** Leaves the buffers that did not become objects to the collector. */
function abandon(): void {
  for (let node = first; node != 0; node = load<usize>(node)) __unpin(load<usize>(node, sizeof<usize>()));
  first = 0;
  last = 0;
}

/** The arena's position, for `release`. */
export function mark(): usize {
  return top;
}

/**
 * Frees everything that was allocated since `mark` returned `before`, and every buffer, since none is older.
 */
export function release(before: usize): void {
  if (before == 0) return reset();
  if (first != 0) abandon();
  while (block != 0 && (before <= block || before > end)) drop();
  top = before;
}

/** Frees everything. */
export function reset(): void {
  if (block == 0) return;
  if (first != 0) abandon();
  if (load<usize>(block) == 0 && end - block <= RETAINED) top = block + HEADER;
  else shrink();
}

/** Keeps only the newest block, unless it is large. */
function shrink(): void {
  const newest = block;
  const itsEnd = end;
  block = load<usize>(newest);
  while (block != 0) drop();
  if (itsEnd - newest > RETAINED) {
    __free(newest);
    top = 0;
    end = 0;
    return;
  }
  store<usize>(newest, 0);
  store<usize>(newest, 0, sizeof<usize>());
  block = newest;
  end = itsEnd;
  top = newest + HEADER;
}

function drop(): void {
  const previous = load<usize>(block);
  end = load<usize>(block, sizeof<usize>());
  __free(block);
  block = previous;
}

/** Keeps a result until the host has read it. */
export function keep(result: usize): void {
  kept = changetype<Object | null>(result);
}

/** The host has read the result. */
export function done(): void {
  kept = null;
  reset();
}
