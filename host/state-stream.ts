/** State on its way out of a guest and into one: pushed and pulled in bounded chunks. */

import type { Views } from "../abi/canonical/memory.ts";
import { AbiError } from "../abi/error.ts";
import { LIMITS } from "../abi/v1.ts";

/** Bytes of state that a host takes from one plugin. */
const MOST = 2 ** 31 - 1;

export class StateStream {
  /** The imports `write(ptr, len) -> i32` and `read(ptr, max) -> i32`. */
  readonly write: (pointer: number, length: number) => number;
  readonly read: (pointer: number, most: number) => number;
  #chunks: Uint8Array<ArrayBuffer>[] | undefined;
  #size = 0;
  #datum: Uint8Array | undefined;
  #offset = 0;
  readonly #views: () => Views;

  constructor(views: () => Views) {
    this.#views = views;
    this.write = (pointer, length) => {
      if (!this.#chunks) throw new AbiError("guest", "state was written, and nobody asked for it");
      const bytes = this.#range(pointer, length, "written");
      if (this.#size + bytes.length > MOST) return 0;
      this.#size += bytes.length;
      this.#chunks.push(bytes.slice());
      return 1;
    };
    this.read = (pointer, most) => {
      if (!this.#datum) throw new AbiError("guest", "state was read, and nobody offered it");
      const bytes = this.#range(pointer, most, "read");
      const part = this.#datum.subarray(this.#offset, this.#offset + bytes.length);
      bytes.set(part);
      this.#offset += part.length;
      return part.length;
    };
  }

  /** What the guest writes while `save` runs; `save` answers whether that was all. */
  collect(save: () => boolean): Uint8Array<ArrayBuffer> {
    this.#chunks = [];
    this.#size = 0;
    try {
      if (!save())
        throw new AbiError("guest", `the state has more than ${MOST} bytes, or the plugin did not finish it`);
      if (this.#chunks.length === 1) return this.#chunks[0] as Uint8Array<ArrayBuffer>;
      const all = new Uint8Array(this.#size);
      let offset = 0;
      for (const chunk of this.#chunks) {
        all.set(chunk, offset);
        offset += chunk.length;
      }
      return all;
    } finally {
      this.#chunks = undefined;
    }
  }

  /** Lets the guest read a datum while `restore` runs. It has to read all of it. */
  feed(datum: Uint8Array, restore: () => void): void {
    this.#datum = datum;
    this.#offset = 0;
    try {
      restore();
      const left = datum.length - this.#offset;
      if (left > 0)
        throw new AbiError("guest", `the plugin left ${left} of ${datum.length} bytes of state unread`);
    } finally {
      this.#datum = undefined;
    }
  }

  #range(at: number, size: number, verb: "written" | "read"): Uint8Array {
    const [pointer, length] = [at >>> 0, size >>> 0];
    const memory = this.#views().bytes;
    if (length > LIMITS.chunk) {
      throw new AbiError(
        "guest",
        `${length} bytes of state were ${verb} at once; at most ${LIMITS.chunk} are allowed`,
      );
    }
    if (pointer + length > memory.length) {
      throw new AbiError(
        "guest",
        `state was ${verb} at ${pointer} with ${length} bytes, outside the memory of ${memory.length} bytes`,
      );
    }
    return memory.subarray(pointer, pointer + length);
  }
}
