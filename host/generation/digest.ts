/** Digests of answers: 32 bits that show whether the answers of two versions differ. */
import { Scratch } from "../../abi/canonical/value-bytes.ts";
import { finish, mix, mixWords } from "../hash.ts";

/** A number for each kind of value, so that two kinds do not look alike. */
const NONE = 1;
const BOOL = 2;
const INTEGER = 3;
const FLOAT = 4;
const BIGINT = 5;
const TEXT = 6;
const NUMBERS = 7;
const FLOATS = 8;
const LIST = 9;
const PAIRS = 10;
const RECORD = 11;
const END = 12;
const ERR = 13;
/** Sets the digests of small integers apart from those of other values. */
const WHOLE = 0x5bd1e995;

/** From this number of UTF-16 units on, a text is hashed as bytes. */
const LONG = 64;

/**
 * Digests of lifted values, and not of bytes: a version whose records have more fields than the caller's
 * contract answers the same, and so does one whose fields are in another order. Otherwise two answers are the
 * same where a caller finds no difference: -0 is not 0, and maps and sets in another order differ. All NaN
 * are equal, and so are `null` and `undefined`.
 */
export class Digest {
  readonly #scratch: Scratch;
  readonly #floats = new Float64Array(1);
  readonly #longs = new BigInt64Array(this.#floats.buffer);
  readonly #halves = new Int32Array(this.#floats.buffer);

  /** @param scratch its earlier content is overwritten */
  constructor(scratch = new Scratch()) {
    this.#scratch = scratch;
  }

  /** The digest of a value, from -2^31 to 2^31 - 1. */
  of(value: unknown): number {
    // Most answers are small integers, which need no hash.
    if (typeof value === "number" && (value | 0) === value && value !== 0) return value ^ WHOLE;
    return finish(this.#mix(0, value));
  }

  /** The digest of an err's payload, which differs from that of the same value as an ok. */
  ofErr(payload: unknown): number {
    return finish(this.#mix(ERR, payload));
  }

  #mix(hash: number, value: unknown): number {
    switch (typeof value) {
      case "number":
        return (value | 0) === value && (value !== 0 || 1 / value > 0)
          ? mix(hash ^ INTEGER, value)
          : this.#float(hash ^ FLOAT, value);
      case "string":
        return this.#text(hash ^ TEXT, value);
      case "bigint":
        this.#longs[0] = value;
        return mix(mix(hash ^ BIGINT, this.#halves[0]!), this.#halves[1]!);
      case "boolean":
        return mix(hash ^ BOOL, value ? 1 : 0);
      case "object":
        // Whether `null` or `undefined` stands for none is the contract's choice, and no difference between
        // answers.
        return value === null ? mix(hash, NONE) : this.#object(hash, value);
      default:
        return mix(hash, NONE);
    }
  }

  #float(hash: number, value: number): number {
    if (Number.isNaN(value)) return mix(hash, NONE);
    this.#floats[0] = value;
    return mix(mix(hash, this.#halves[0]!), this.#halves[1]!);
  }

  #text(hash: number, text: string): number {
    const { length } = text;
    let h = mix(hash, length);
    if (length >= LONG) {
      const at = this.#scratch.write(text) >> 2;
      h = mixWords(h, this.#scratch.words, at, at + (length >> 1));
      this.#scratch.rest();
    } else {
      for (let i = 0; i + 1 < length; i += 2) {
        h = mix(h, text.charCodeAt(i) | (text.charCodeAt(i + 1) << 16));
      }
    }
    return length % 2 === 0 ? h : mix(h, text.charCodeAt(length - 1));
  }

  #object(hash: number, value: object): number {
    if (ArrayBuffer.isView(value)) return this.#numbers(hash, value);
    let h = mix(hash, LIST);
    if (value instanceof Map) {
      h = mix(hash, PAIRS);
      for (const [key, each] of value) h = this.#mix(this.#mix(h, key), each);
    } else if (Array.isArray(value) || value instanceof Set) {
      for (const each of value) h = this.#mix(h, each);
    } else {
      h = mix(mix(hash, RECORD), this.#fields(value as Readonly<Record<string, unknown>>));
    }
    return mix(h, END);
  }

  /** A sum, because the fields of two versions may be in another order. */
  #fields(record: Readonly<Record<string, unknown>>): number {
    let sum = 0;
    for (const key of Object.keys(record)) sum += finish(this.#mix(this.#text(RECORD, key), record[key]));
    return sum | 0;
  }

  #numbers(hash: number, view: ArrayBufferView): number {
    if (view instanceof Float32Array || view instanceof Float64Array) {
      let h = mix(hash ^ FLOATS, view.length);
      for (const each of view) h = this.#float(h, each);
      return h;
    }
    let bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
    if (bytes.byteOffset % 4 !== 0) bytes = bytes.slice();
    const whole = bytes.length >> 2;
    const words = new Int32Array(bytes.buffer, bytes.byteOffset, whole);
    let h = mixWords(mix(hash ^ NUMBERS, bytes.length), words, 0, whole);
    for (let i = 4 * whole; i < bytes.length; i++) h = mix(h, bytes[i]!);
    return h;
  }
}
