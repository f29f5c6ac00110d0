/**
 * A position in the bytes of an Avro datum. The bytes may be hostile: every length is checked before it is
 * used.
 */
import { AbiError } from "../../error.ts";
import { LIMITS } from "../../limits.ts";
import { wtf8 } from "./wtf8.ts";

export class Cursor {
  readonly bytes: Uint8Array;
  readonly end: number;
  pos = 0;
  /** The depth of the value that is being read. */
  depth = 0;
  readonly #view: DataView;
  readonly #utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  #weightless = LIMITS.weightless;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.end = bytes.length;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  /** @param at the position of the fault */
  fail(problem: string, at = this.pos): never {
    throw new AbiError("snapshot", `at byte ${at} of ${this.end}: ${problem}`);
  }

  /** Moves over `size` bytes, which have to be there. @returns where they begin */
  take(size: number, what: string): number {
    const from = this.pos;
    if (size > this.end - from) this.fail(`found ${this.end - from} bytes, wanted ${what} of ${size}`);
    this.pos = from + size;
    return from;
  }

  boolean(): boolean {
    const from = this.take(1, "a boolean");
    const byte = this.bytes[from]!;
    if (byte > 1) this.fail(`found the boolean ${byte}, wanted 0 or 1`, from);
    return byte === 1;
  }

  /** A zigzag integer of 32 bits. */
  int(): number {
    const first = this.bytes[this.pos];
    if (first !== undefined && first < 0x80) {
      this.pos++;
      return (first >>> 1) ^ -(first & 1);
    }
    const from = this.pos;
    let bits = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.#next("an int", from);
      if (shift === 28 && byte > 0x0f) break;
      bits |= (byte & 0x7f) << shift;
      if (byte < 0x80) return (bits >>> 1) ^ -(bits & 1);
    }
    return this.fail("found an int of more than 32 bits", from);
  }

  #next(what: string, from: number): number {
    if (this.pos === this.end) this.fail(`found the end in ${what}`, from);
    return this.bytes[this.pos++]!;
  }

  /** A zigzag integer of 64 bits, exact up to 2^53, and rounded above. */
  size(): number {
    const first = this.bytes[this.pos];
    if (first !== undefined && first < 0x80) {
      this.pos++;
      return (first >>> 1) ^ -(first & 1);
    }
    const from = this.pos;
    let bits = 0;
    let scale = 1;
    for (let i = 0; i < 10; i++) {
      const byte = this.#next("a long", from);
      if (i === 9 && byte > 1) break;
      bits += (byte & 0x7f) * scale;
      scale *= 0x80;
      if (byte < 0x80) return bits % 2 === 0 ? bits / 2 : -(bits + 1) / 2;
    }
    return this.fail("found a long of more than 64 bits", from);
  }

  /** A zigzag integer of 64 bits. */
  long(): bigint {
    const from = this.pos;
    this.skipLong();
    if (this.pos - from <= 7) {
      this.pos = from;
      return BigInt(this.size());
    }
    let bits = 0n;
    for (let at = this.pos - 1; at >= from; at--) bits = (bits << 7n) | BigInt(this.bytes[at]! & 0x7f);
    return (bits >> 1n) ^ -(bits & 1n);
  }

  skipLong(): void {
    const { bytes, pos: from } = this;
    const tenth = from + 9;
    let at = from;
    while (at < tenth && bytes[at]! >= 0x80) at++;
    if (at >= this.end) this.fail("found the end in a long");
    if (at === tenth && bytes[at]! > 1) this.fail("found a long of more than 64 bits");
    this.pos = at + 1;
  }

  float(): number {
    return this.#view.getFloat32(this.take(4, "a float"), true);
  }

  double(): number {
    return this.#view.getFloat64(this.take(8, "a double"), true);
  }

  /** The index of a union or an enum: less than `count`. */
  index(count: number, what: string): number {
    const from = this.pos;
    const index = this.int();
    if (index < 0 || index >= count) this.fail(`found ${what} ${index}, wanted one below ${count}`, from);
    return index;
  }

  /** Moves over bytes or a string, to its end. @returns where its content begins */
  run(what: string): number {
    const from = this.pos;
    const size = this.size();
    const left = this.end - this.pos;
    if (size < 0 || size > left) this.fail(`found ${what} of ${size} bytes, but ${left} are left`, from);
    const start = this.pos;
    this.pos = start + size;
    return start;
  }

  string(): string {
    const start = this.run("a string");
    const text = wtf8(this.bytes.subarray(start, this.pos), this.#utf8);
    return text ?? this.fail("found a string that is not UTF-8", start);
  }

  /** Moves over a string, which has to be valid UTF-8. */
  checkString(): void {
    const start = this.run("a string");
    const { bytes, pos: end } = this;
    let at = start;
    while (at < end && bytes[at]! < 0x80) at++;
    if (at < end && wtf8(bytes.subarray(at, end), this.#utf8) === undefined) {
      this.fail("found a string that is not UTF-8", start);
    }
  }

  /**
   * The header of a block of list or map items: the number of items, 0 at the end.
   *
   * @param least the fewest bytes of one item: a number of items that the remaining bytes cannot hold is
   *   refused at once
   */
  block(least: number): number {
    const from = this.pos;
    let count = this.size();
    if (count < 0) {
      count = -count;
      const size = this.size();
      if (size < 0 || size > this.end - this.pos) {
        this.fail(`found a block of ${size} bytes, but ${this.end - this.pos} are left`, from);
      }
    }
    if (least === 0) {
      this.#weightless -= count;
      if (this.#weightless < 0) this.fail(`found more than ${LIMITS.weightless} items without bytes`, from);
    } else if (count * least > this.end - this.pos) {
      this.fail(`found a block of ${count} items, but ${this.end - this.pos} bytes are left`, from);
    }
    return count;
  }

  /** Enters a record, list or map; `depth--` leaves it. */
  enter(): void {
    if (++this.depth > LIMITS.nesting) this.fail(`found values nested more than ${LIMITS.nesting} deep`);
  }

  /** @throws AbiError `snapshot` unless all bytes have been read */
  finish(): void {
    if (this.pos !== this.end) this.fail(`found ${this.end - this.pos} bytes after the value`);
  }

  /**
   * Reads all the bytes as one value. If this host has too little stack or memory for it, the bytes are at
   * fault.
   */
  whole<T>(read: (cursor: Cursor) => T): T {
    try {
      const value = read(this);
      this.finish();
      return value;
    } catch (error) {
      if (error instanceof RangeError)
        this.fail(`found a value that this host has no room for (${error.message})`);
      throw error;
    }
  }
}
