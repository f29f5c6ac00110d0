/**
 * Large content on its way to another thread: in memory that both see, since engines are slow to copy what is posted.
 * Where no memory can be shared, it is copied.
 */
import { allocating } from "../allocation.ts";
import type { InstanceImage } from "../guest/adapter.ts";
import { sharesMemory } from "./posted.ts";

export type Bulk = ArrayBuffer | SharedArrayBuffer;

export interface SentImage {
  readonly memory: Bulk;
  readonly globals: readonly unknown[];
}

/** @throws PluginError `no-memory` */
export function bulkOf(bytes: Uint8Array): Bulk {
  const bulk = emptyBulk(bytes.length);
  new Uint8Array(bulk).set(bytes);
  return bulk;
}

/** @throws PluginError `no-memory` */
export function emptyBulk(length: number): Bulk {
  return allocating(`${length} bytes for another thread`, () =>
    sharesMemory() ? new SharedArrayBuffer(length) : new ArrayBuffer(length),
  );
}

/** The same of what nobody writes to any more: where another thread sees it already, nothing is copied. */
export function bulkFor(bytes: Uint8Array): Bulk {
  const { buffer } = bytes as { readonly buffer: Bulk };
  const seen = sharesMemory() && buffer instanceof SharedArrayBuffer;
  return seen && bytes.byteLength === buffer.byteLength ? buffer : bulkOf(bytes);
}

/** A copy of its own. @throws PluginError `no-memory` */
export function bytesOf(bulk: Bulk): Uint8Array<ArrayBuffer> {
  return allocating(`${bulk.byteLength} bytes of another thread`, () => new Uint8Array(bulk).slice());
}

/** The bytes themselves, to be read while nothing writes to them. */
export function seen(bulk: Bulk): Uint8Array<ArrayBuffer> {
  return new Uint8Array(bulk) as unknown as Uint8Array<ArrayBuffer>;
}

export function imageOf({ memory, globals }: SentImage): InstanceImage {
  return { memory: seen(memory), globals };
}
