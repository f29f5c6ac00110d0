/**
 * Lists of numbers, which have the layout of a typed array in a guest's memory, and are copied as a whole.
 */

import type { ValueType } from "../type.ts";
import { layout } from "./layout.ts";

type TypedArray =
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array
  | Float32Array
  | Float64Array;
interface TypedArrayClass {
  new (buffer: ArrayBuffer, offset?: number, length?: number): TypedArray;
  from(values: ArrayLike<never>): TypedArray;
}

/** How a list of one kind of number is copied. */
export interface Bulk {
  /** Copies from memory to a typed array of its own. */
  copy(bytes: Uint8Array<ArrayBuffer>, pointer: number, length: number): unknown;
  /** Copies `values` to memory if they are a typed array of exactly this kind; otherwise returns `false`. */
  paste(bytes: Uint8Array<ArrayBuffer>, values: ArrayLike<unknown>, pointer: number): boolean;
  /** A typed array of values that are known to fit. */
  from(values: readonly unknown[]): unknown;
}

/** @returns `undefined` for a type without a typed array */
export function bulk(element: ValueType): Bulk | undefined {
  const Class = typedArray(element);
  if (Class === undefined) return undefined;
  const { size } = layout(element);
  // WebAssembly's memory is little-endian, and typed arrays have the machine's order: on other machines only
  // single bytes are copied as a whole.
  const alike = size === 1 || new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;
  return {
    // `slice` makes a small array without an ArrayBuffer object, which would cost 400 ns.
    copy:
      Class === Uint8Array
        ? (bytes, pointer, length) => bytes.slice(pointer, pointer + length)
        : (bytes, pointer, length) => {
            const copy = new Class(bytes.buffer, pointer, length).slice();
            if (!alike) swap(new Uint8Array(copy.buffer as ArrayBuffer), size);
            return copy;
          },
    paste: (bytes, values, pointer) => {
      if (!alike || !(values instanceof Class)) return false;
      if (values instanceof Uint8Array) bytes.set(values, pointer);
      else bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), pointer);
      return true;
    },
    from: (values) => Class.from(values as readonly never[]),
  };
}

/** Reverses the bytes of every element. */
export function swap(bytes: Uint8Array, size: number): void {
  for (let at = 0; at < bytes.length; at += size) bytes.subarray(at, at + size).reverse();
}

function typedArray(element: ValueType): TypedArrayClass | undefined {
  switch (element) {
    case "s8":
      return Int8Array;
    case "u8":
      return Uint8Array;
    case "s16":
      return Int16Array;
    case "u16":
      return Uint16Array;
    case "s32":
      return Int32Array;
    case "u32":
      return Uint32Array;
    case "s64":
      return BigInt64Array;
    case "u64":
      return BigUint64Array;
    case "f32":
      return Float32Array;
    case "f64":
      return Float64Array;
    default:
      return undefined;
  }
}
