/** Buckets in memory: they end with the process. */
import { utf8Length } from "../../abi/canonical/text.ts";
import type { Bucket, Buckets } from "./bucket.ts";

/** Keeps keys and values in memory, for as long as the returned object lives. */
export function memoryBuckets(): Buckets {
  const buckets = new Map<string, Bucket>();
  return {
    open(name) {
      const known = buckets.get(name);
      if (known) return known;
      const made = new MemoryBucket();
      buckets.set(name, made);
      return made;
    },
  };
}

class MemoryBucket implements Bucket {
  readonly #values = new Map<string, Uint8Array>();
  #bytes = 0;

  get count(): number {
    return this.#values.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get(key: string): Uint8Array | undefined {
    return this.#values.get(key)?.slice();
  }

  sizeOf(key: string): number | undefined {
    const value = this.#values.get(key);
    return value && utf8Length(key) + value.length;
  }

  set(key: string, value: Uint8Array): void {
    this.#bytes += utf8Length(key) + value.length - (this.sizeOf(key) ?? 0);
    this.#values.set(key, value.slice());
  }

  delete(key: string): void {
    this.#bytes -= this.sizeOf(key) ?? 0;
    this.#values.delete(key);
  }

  keys(): Iterable<string> {
    return this.#values.keys();
  }
}
