/** Where the bytes of a state go, and come from: the host, or whoever has stepped in its place. */

// @ts-ignore: decorator
@external("moult:plugin/state@1.0.0", "write")
declare function writeToHost(pointer: usize, length: usize): i32;

// @ts-ignore: decorator
@external("moult:plugin/state@1.0.0", "read")
declare function readFromHost(pointer: usize, max: usize): i32;

type Through = (pointer: usize, length: usize) => i32;

let writer: Through | null = null;
let reader: Through | null = null;

/** Lets bytes go to, and come from, functions of the guest's own; with `null` to the host again. */
export function redirect(write: Through | null, read: Through | null): void {
  writer = write;
  reader = read;
}

/** Whether bytes stay in the guest. */
export function isInside(): bool {
  return writer !== null;
}

/** Returns 0 when no more is wanted. */
export function write(pointer: usize, length: usize): i32 {
  const own = writer;
  return own === null ? writeToHost(pointer, length) : own(pointer, length);
}

/** Returns how many bytes came; none at the end. */
export function read(pointer: usize, most: usize): i32 {
  const own = reader;
  return own === null ? readFromHost(pointer, most) : own(pointer, most);
}
