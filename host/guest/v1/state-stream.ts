/** State on its way out of a guest and into one, in bounded chunks. */

import type { Views } from "../../../abi/canonical/memory.ts";
import { AbiError } from "../../../abi/error.ts";
import { LIMITS } from "../../../abi/limits.ts";
import { difference } from "../../../abi/state/difference.ts";
import type { Difference } from "../adapter.ts";
import { outside } from "./no-state.ts";

/** Bytes of state that a host accepts from one plugin where no other number is given. */
const MOST = 2 ** 29;
/** Bytes of the largest buffer that every engine can make. */
const LARGEST = 2 ** 31 - 1;
const EMPTY = new Uint8Array(0);

export class StateStream {
  /** The imports `write(ptr, len) -> i32` and `read(ptr, max) -> i32`. */
  readonly write: (pointer: number, length: number) => number;
  readonly read: (pointer: number, most: number) => number;
  /** Where state is collected. */
  #collected = EMPTY;
  #size = 0;
  /** Bytes of the last state that was collected; 0 so far. */
  #last = 0;
  /** Takes the bytes that are written; `#size` bytes came before them. */
  #taker: ((bytes: Uint8Array) => void) | undefined;
  #datum: Uint8Array | undefined;
  #offset = 0;
  readonly #views: () => Views;
  readonly #most: number;
  /** The bytes that it would have become, where the guest was told that there is no more room. */
  #found = 0;

  /** @param most bytes of state that the guest may write */
  constructor(views: () => Views, most = MOST) {
    this.#views = views;
    this.#most = Math.min(most, LARGEST);
    this.write = (pointer, length) => {
      if (!this.#taker) outside("written", "save");
      const bytes = this.#range(pointer, length, "written");
      if (this.#size + bytes.length > this.#most) {
        this.#found = this.#size + bytes.length;
        return 0;
      }
      this.#taker(bytes);
      this.#size += bytes.length;
      return 1;
    };
    this.read = (pointer, most) => {
      if (!this.#datum) outside("read", "restore");
      const bytes = this.#range(pointer, most, "read");
      const part = this.#datum.subarray(this.#offset, this.#offset + bytes.length);
      bytes.set(part);
      this.#offset += part.length;
      return part.length;
    };
  }

  /**
   * Collects what the guest writes while `save` runs; `save` returns whether that was everything.
   *
   * @param spent bytes from an earlier `collect` that may be overwritten, since their memory is touched
   * already
   */
  collect(save: () => boolean, spent?: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
    if (spent) this.#collected = new Uint8Array(spent.buffer);
    try {
      this.#written(save, (bytes) => {
        this.#room(this.#size + bytes.length);
        this.#collected.set(bytes, this.#size);
      });
      this.#last = this.#size;
      return this.#collected.subarray(0, this.#size);
    } finally {
      this.#collected = EMPTY;
    }
  }

  /** Compares what the guest writes with a datum, and keeps none of it. @returns the difference */
  compare(datum: Uint8Array, save: () => boolean): Difference | undefined {
    let at = -1;
    this.#written(save, (bytes) => {
      if (at >= 0) return;
      const found = difference(datum.subarray(this.#size, this.#size + bytes.length), bytes);
      if (found >= 0) at = this.#size + found;
    });
    if (at < 0 && this.#size < datum.length) at = this.#size;
    return at < 0 ? undefined : { at, size: this.#size };
  }

  #written(save: () => boolean, taker: (bytes: Uint8Array) => void): void {
    this.#taker = taker;
    this.#size = 0;
    this.#found = 0;
    try {
      const isWhole = save();
      if (this.#found > 0) {
        const why = `the state has ${this.#found} bytes or more; at most ${this.#most} are allowed (maxStateBytes)`;
        throw new AbiError("guest", why);
      }
      if (!isWhole) throw new AbiError("guest", "the plugin did not finish writing its state");
    } finally {
      this.#taker = undefined;
    }
  }

  /**
   * Makes room for `bytes` bytes in all. A state is hardly ever larger than the memory that it comes from, or much
   * larger than it was the last time.
   */
  #room(bytes: number): void {
    if (bytes <= this.#collected.length) return;
    const likely = this.#last > 0 ? this.#last + (this.#last >> 2) : this.#views().size;
    const most = Math.min(this.#most, Math.max(bytes, 2 * this.#collected.length, likely));
    const larger = new Uint8Array(most);
    larger.set(this.#collected.subarray(0, this.#size));
    this.#collected = larger;
  }

  /** Lets the guest read a datum while `restore` runs. The guest has to read all of it. */
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
