/**
 * Where the bytes of a state go, and come from: the host; or, where a step has made a state whose parts have to become
 * the ones that are there, the guest's own memory.
 */
// @ts-ignore: decorator
@external("moult:plugin/state@1.0.0", "write")
declare function writeToHost(pointer: usize, length: usize): i32;

// @ts-ignore: decorator
@external("moult:plugin/state@1.0.0", "read")
declare function readFromHost(pointer: usize, max: usize): i32;

/** Whether bytes stay inside. */
export let inside: bool = false;
let bytes: usize = 0;
let room: usize = 0;
let written: usize = 0;
let taken: usize = 0;

/** From here on bytes stay inside. */
export function openInside(): void {
  inside = true;
  written = 0;
  taken = 0;
}

export function closeInside(): void {
  inside = false;
  if (bytes != 0) heap.free(bytes);
  bytes = 0;
  room = 0;
}

/** Returns 0 when no more is wanted. */
export function write(pointer: usize, length: usize): i32 {
  if (!inside) return writeToHost(pointer, length);
  if (room - written < length) {
    room = max(room << 1, written + length);
    bytes = bytes == 0 ? heap.alloc(room) : heap.realloc(bytes, room);
  }
  memory.copy(bytes + written, pointer, length);
  written += length;
  return 1;
}

/** Returns how many bytes came; none at the end. */
export function read(pointer: usize, most: usize): i32 {
  if (!inside) return readFromHost(pointer, most);
  const count = min(written - taken, most);
  memory.copy(pointer, bytes + taken, count);
  taken += count;
  return <i32>count;
}
