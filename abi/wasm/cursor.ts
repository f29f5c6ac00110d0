/**
 * A position in the bytes of a WebAssembly module. The bytes may be hostile: every length is checked before
 * it is used.
 */
import { Malformed } from "./malformed.ts";

/** The longest name in bytes, as in engines. */
const LONGEST_NAME = 100_000;
/** The most functions, exports and the like, as in engines. */
const MOST = 1_000_000;

export class Cursor {
  at: number;
  readonly end: number;
  readonly bytes: Uint8Array;

  /** @param end where to stop; positions in errors are counted from the beginning of `bytes` */
  constructor(bytes: Uint8Array, at = 0, end = bytes.length) {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
  }

  get done(): boolean {
    return this.at >= this.end;
  }

  fail(problem: string, at = this.at): never {
    throw new Malformed(`at byte ${at}: ${problem}`);
  }

  byte(): number {
    if (this.at >= this.end) this.fail("found the end, wanted a byte");
    return this.bytes[this.at++]!;
  }

  /** The next byte, without moving over it. */
  peek(): number {
    if (this.at >= this.end) this.fail("found the end, wanted a byte");
    return this.bytes[this.at]!;
  }

  skip(count: number, what: string): void {
    const left = this.end - this.at;
    if (count > left) this.fail(`found ${what} of ${count} bytes, but ${left} are left`);
    this.at += count;
  }

  /** An unsigned LEB128 number of 32 bits. */
  u32(): number {
    const from = this.at;
    const value = this.#leb(5);
    return value < 2 ** 32 ? value : this.fail("found a number of more than 32 bits", from);
  }

  /** An unsigned LEB128 number of up to 64 bits; above 2^53 it is rounded. */
  u64(): number {
    return this.#leb(10);
  }

  /** A signed LEB128 number of up to `bits` bits (33 at most): constants and heap types. */
  signed(bits: number): number {
    const from = this.at;
    let value = 0;
    for (let i = 0; i < Math.ceil(bits / 7); i++) {
      const byte = this.byte();
      value += (byte & 0x7f) * 2 ** (7 * i);
      if (byte >= 0x80) continue;
      if (byte & 0x40) value -= 2 ** (7 * (i + 1));
      const half = 2 ** (bits - 1);
      return value >= -half && value < half ? value : this.fail(tooWide(bits), from);
    }
    return this.fail(tooWide(bits), from);
  }

  /** Moves over a LEB128 number of up to 64 bits, signed or not. */
  skipLeb(): void {
    const from = this.at;
    for (let i = 0; i < 10; i++) if (this.byte() < 0x80) return;
    this.fail(tooWide(64), from);
  }

  #leb(bytes: number): number {
    const from = this.at;
    let value = 0;
    for (let i = 0; i < bytes; i++) {
      const byte = this.byte();
      value += (byte & 0x7f) * 2 ** (7 * i);
      if (byte < 0x80) return value;
    }
    return this.fail(tooWide(bytes === 5 ? 32 : 64), from);
  }

  /**
   * A number of items, each of `least` bytes or more: at most `most`, and no more than the remaining bytes
   * can hold.
   */
  count(what: string, least: number, most = MOST): number {
    const from = this.at;
    const count = this.u32();
    if (count > most) this.fail(`found ${count} ${what}; at most ${most} are read`, from);
    const left = this.end - this.at;
    if (count * least > left) this.fail(`found ${count} ${what}, but ${left} bytes are left`, from);
    return count;
  }

  /** The next bytes as a cursor of their own; this one goes on behind them. */
  part(size: number, what: string): Cursor {
    this.skip(size, what);
    return new Cursor(this.bytes, this.at - size, this.at);
  }

  /** All remaining bytes. */
  rest(): Uint8Array {
    return this.bytes.subarray(this.at, this.end);
  }

  /** A name in UTF-8. Invalid bytes become U+FFFD: engines refuse them with a better message. */
  name(): string {
    const from = this.at;
    const size = this.u32();
    if (size > LONGEST_NAME) {
      this.fail(`found a name of ${size} bytes; at most ${LONGEST_NAME} are read`, from);
    }
    const { bytes, at } = this;
    this.skip(size, "a name");
    let ascii = "";
    // A decoder costs more than reading a short name letter by letter.
    if (size <= SHORT) {
      for (let i = at; i < this.at && bytes[i]! < 0x80; i++) ascii += String.fromCharCode(bytes[i]!);
      if (ascii.length === size) return ascii;
    }
    return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes.subarray(at, this.at));
  }
}

/** The longest name, in bytes, that is read letter by letter. */
const SHORT = 64;

function tooWide(bits: number): string {
  return `found a number of more than ${bits} bits`;
}
