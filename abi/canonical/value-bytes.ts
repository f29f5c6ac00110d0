/** Values as bytes, outside any guest: lowered as the Canonical ABI says, into memory of our own. */

import type { FunctionType } from "../type.ts";
import { type Guest, Views } from "./memory.ts";
import { type Passing, passing } from "./mod.ts";

/** Where values begin; 0 is no pointer. */
const BASE = 16;

/**
 *     0        16                 16 + size
 *     | unused | the value itself | what it points at: strings, lists ...
 *
 * Bytes begin at 16, so that the pointers in them hold when they are put there again.
 */
export class Scratch {
  #buffer = new ArrayBuffer(1024);
  #top = BASE;
  readonly #guest: Guest;

  constructor() {
    const memory = () => this.#buffer;
    const views = new Views({
      get buffer() {
        return memory();
      },
    });
    const realloc = (_old: number, _size: number, align: number, size: number) => this.#take(align, size);
    this.#guest = { memory: views, realloc, strings: "utf16" };
  }

  /** @throws AbiError `argument` when the value is not of the type */
  bytes(type: Passing, value: unknown): Uint8Array<ArrayBuffer> {
    this.#top = BASE;
    const { align, size } = type.layout;
    const at = this.#take(align, size);
    type.lower(this.#guest, value, at);
    // Engines keep small arrays in their own heap; a buffer of its own lies outside, and costs the collector more.
    return new Uint8Array(this.#buffer).slice(BASE, this.#top);
  }

  /** @throws AbiError `guest` when they are no bytes of such a value */
  value(type: Passing, bytes: Uint8Array): unknown {
    this.#top = BASE;
    const at = this.#take(1, bytes.length);
    new Uint8Array(this.#buffer).set(bytes, at);
    return type.lift(this.#guest, BASE);
  }

  #take(align: number, size: number): number {
    const at = Math.ceil(this.#top / align) * align;
    this.#top = at + size;
    if (this.#top > this.#buffer.byteLength) {
      const larger = new ArrayBuffer(2 ** Math.ceil(Math.log2(this.#top)));
      new Uint8Array(larger).set(new Uint8Array(this.#buffer));
      // Detached, so that the cached views find out.
      structuredClone(this.#buffer, { transfer: [this.#buffer] });
      this.#buffer = larger;
    }
    return at;
  }
}

const NONE = new Uint8Array(0);

/** The arguments of calls as bytes: one tuple for each call. */
export class ArgumentBytes {
  readonly #scratch = new Scratch();
  readonly #tuples = new WeakMap<FunctionType, Passing>();

  /** @throws AbiError `argument` when they are not of their types */
  lower(type: FunctionType, args: readonly unknown[]): Uint8Array<ArrayBuffer> {
    if (type.params.length === 0) return NONE;
    return this.#scratch.bytes(this.#tuple(type), args);
  }

  /** @throws AbiError `guest` when they are no bytes of such arguments */
  lift(type: FunctionType, bytes: Uint8Array): readonly unknown[] {
    if (type.params.length === 0) return [];
    return this.#scratch.value(this.#tuple(type), bytes) as unknown[];
  }

  #tuple(type: FunctionType): Passing {
    const known = this.#tuples.get(type);
    if (known) return known;
    const made = passing({ tuple: type.params.map((param) => param.type) }, "arguments");
    this.#tuples.set(type, made);
    return made;
  }
}
