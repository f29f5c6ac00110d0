/** Where the bytes of a state go to and come from: the host, or functions of the guest's own. */

// @ts-ignore: decorator
@external("moult:plugin/state@1.0.0", "write")
declare function writeToHost(pointer: usize, length: usize): i32;

// @ts-ignore: decorator
@external("moult:plugin/state@1.0.0", "read")
declare function readFromHost(pointer: usize, max: usize): i32;

type Through = (pointer: usize, length: usize) => i32;

let writer: Through | null = null;
let reader: Through | null = null;

/** Sends bytes to, and takes them from, functions of the guest's own; with `null` the host again. */
export function redirect(write: Through | null, read: Through | null): void {
  writer = write;
  reader = read;
}

/** Whether bytes stay in the guest. */
export function isInside(): bool {
  return writer !== null;
}

/** Returns 0 when no more bytes are wanted. */
export function write(pointer: usize, length: usize): i32 {
  const own = writer;
  return own === null ? writeToHost(pointer, length) : own(pointer, length);
}

/** Returns how many bytes came; 0 at the end. */
export function read(pointer: usize, most: usize): i32 {
  const own = reader;
  return own === null ? readFromHost(pointer, most) : own(pointer, most);
}
