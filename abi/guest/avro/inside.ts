/**
 * A state that crosses inside of the guest: when a step has made a state whose parts must become the existing
 * ones, it is written to memory and read again from there.
 */
import { redirect } from "./channel";

let bytes: usize = 0;
let room: usize = 0;
let written: usize = 0;
let taken: usize = 0;

/** Bytes stay inside from here on. */
export function openInside(): void {
  written = 0;
  taken = 0;
  redirect(keep, give);
}

export function closeInside(): void {
  redirect(null, null);
  if (bytes != 0) heap.free(bytes);
  bytes = 0;
  room = 0;
}

function keep(pointer: usize, length: usize): i32 {
  if (room - written < length) {
    room = max(room << 1, written + length);
    bytes = bytes == 0 ? heap.alloc(room) : heap.realloc(bytes, room);
  }
  memory.copy(bytes + written, pointer, length);
  written += length;
  return 1;
}

function give(pointer: usize, most: usize): i32 {
  const count = min(written - taken, most);
  memory.copy(pointer, bytes + taken, count);
  taken += count;
  return <i32>count;
}
