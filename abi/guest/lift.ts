/**
 * Guest objects for values that the host put into memory: strings and lists whose bytes have the same layout
 * on both sides.
 */

import { adopt, WHOLE } from "./arena";

/** An object of a class without references, with these bytes. */
function made(at: usize, size: usize, id: u32): usize {
  const adopted: usize = size >= WHOLE ? adopt(at, size, id) : 0;
  if (adopted != 0) return adopted;
  const value = __new(size, id);
  memory.copy(value, at, size);
  return value;
}

export function liftString(at: usize, length: i32): string {
  if (length == 0) return "";
  return changetype<string>(made(at, <usize>length << 1, idof<string>()));
}

/** `Array<T>` of integers, floats or bools. */
export function liftArray<T>(at: usize, length: i32): Array<T> {
  // A managed local, because allocating the array may collect.
  const buffer = changetype<ArrayBuffer>(made(at, <usize>length << alignof<T>(), idof<ArrayBuffer>()));
  const value = __new(offsetof<Array<T>>(), idof<Array<T>>());
  view(value, buffer);
  store<i32>(value, length, offsetof<Array<T>>("length_"));
  return changetype<Array<T>>(value);
}

/** `Uint8Array` and its kin. */
export function liftTyped<A extends ArrayBufferView>(at: usize, length: i32): A {
  const size = <usize>length << alignof<valueof<A>>();
  const buffer = changetype<ArrayBuffer>(made(at, size, idof<ArrayBuffer>()));
  const value = __new(offsetof<A>(), idof<A>());
  view(value, buffer);
  return changetype<A>(value);
}

/** `ArrayBuffer` and `StaticArray<u8>`. */
export function liftBuffer<B>(at: usize, length: i32): B {
  return changetype<B>(made(at, length, idof<B>()));
}

/** Sets the first fields of an array or a typed array. */
function view(value: usize, buffer: ArrayBuffer): void {
  store<usize>(value, changetype<usize>(buffer), offsetof<ArrayBufferView>("buffer"));
  __link(value, changetype<usize>(buffer), false);
  store<usize>(value, changetype<usize>(buffer), offsetof<ArrayBufferView>("dataStart"));
  store<i32>(value, buffer.byteLength, offsetof<ArrayBufferView>("byteLength"));
}
