/**
 * Guest objects from what the host put into memory: strings and lists whose bytes are laid out alike on both
 * sides.
 */

export function liftString(at: usize, length: i32): string {
  if (length == 0) return "";
  const size = <usize>length << 1;
  const value = changetype<string>(__new(size, idof<string>()));
  memory.copy(changetype<usize>(value), at, size);
  return value;
}

/** `Array<T>` of integers, floats or bools. */
export function liftArray<T>(at: usize, length: i32): Array<T> {
  const value = new Array<T>(length);
  memory.copy(value.dataStart, at, <usize>length << alignof<T>());
  return value;
}

/** `Uint8Array` and its kin. */
export function liftTyped<A extends ArrayBufferView>(at: usize, length: i32): A {
  const value = instantiate<A>(length);
  memory.copy(value.dataStart, at, value.byteLength);
  return value;
}

/** `ArrayBuffer` and `StaticArray<u8>`. */
export function liftBuffer<B>(at: usize, length: i32): B {
  return changetype<B>(__newBuffer(length, idof<B>(), at));
}
