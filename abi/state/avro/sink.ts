/** A buffer for an Avro datum, which grows up to a limit as the datum is written. */
import { AbiError } from "../../error.ts";

/** Up to this number of bytes a loop is faster than a call into the engine. */
const SHORT = 48;

export class Sink {
  length = 0;
  #bytes: Uint8Array;
  #view: DataView;
  readonly #most: number;

  /** @param most the most bytes that it may hold */
  constructor(capacity: number, most: number) {
    this.#bytes = new Uint8Array(Math.min(capacity, most));
    this.#view = new DataView(this.#bytes.buffer);
    this.#most = most;
  }

  byte(value: number): void {
    this.#reserve(1);
    this.#bytes[this.length++] = value;
  }

  /** Writes zigzag. @param value an integer of 32 bits */
  int(value: number): void {
    this.#reserve(5);
    let bits = (value << 1) ^ (value >> 31);
    while (bits & ~0x7f) {
      this.#bytes[this.length++] = (bits & 0x7f) | 0x80;
      bits >>>= 7;
    }
    this.#bytes[this.length++] = bits;
  }

  /** Writes zigzag. @param value an integer of 64 bits */
  long(value: bigint): void {
    this.#reserve(10);
    let bits = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n));
    while (bits > 0x7fn) {
      this.#bytes[this.length++] = Number(bits & 0x7fn) | 0x80;
      bits >>= 7n;
    }
    this.#bytes[this.length++] = Number(bits);
  }

  float(value: number): void {
    this.#reserve(4);
    this.#view.setFloat32(this.length, value, true);
    this.length += 4;
  }

  double(value: number): void {
    this.#reserve(8);
    this.#view.setFloat64(this.length, value, true);
    this.length += 8;
  }

  raw(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.length);
    this.length += bytes.length;
  }

  /** Writes bytes or a string: the length, then the content. */
  run(bytes: Uint8Array): void {
    this.long(BigInt(bytes.length));
    this.raw(bytes);
  }

  /** Writes a part of other bytes. */
  copy(from: Uint8Array, start: number, end: number): void {
    const size = end - start;
    this.#reserve(size);
    if (size > SHORT) this.#bytes.set(from.subarray(start, end), this.length);
    else for (let i = 0; i < size; i++) this.#bytes[this.length + i] = from[start + i]!;
    this.length += size;
  }

  /** Writes again the bytes from `start` to `end`. */
  repeat(start: number, end: number): void {
    this.#reserve(end - start);
    this.#move(start, end, this.length);
    this.length += end - start;
  }

  /** Removes the bytes from `start` to `end`. */
  remove(start: number, end: number): void {
    this.#move(end, this.length, start);
    this.length -= end - start;
  }

  /** @param to below `start`, or not below `end` */
  #move(start: number, end: number, to: number): void {
    const bytes = this.#bytes;
    if (end - start > SHORT) bytes.copyWithin(to, start, end);
    else for (let i = 0; i < end - start; i++) bytes[to + i] = bytes[start + i]!;
  }

  /** The written bytes. They share memory with the sink, which must not be used any more. */
  done(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(0, this.length) as Uint8Array<ArrayBuffer>;
  }

  #reserve(more: number): void {
    const wanted = this.length + more;
    if (wanted <= this.#bytes.length) return;
    // Integers reserve their longest form, so a few bytes above the limit are allowed here.
    if (wanted > this.#most + 16) {
      throw new AbiError("snapshot", `the value takes more than the ${this.#most} bytes that it may`);
    }
    const grown = new Uint8Array(Math.min(Math.max(wanted, this.#bytes.length * 2), this.#most + 16));
    grown.set(this.#bytes.subarray(0, this.length));
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}
