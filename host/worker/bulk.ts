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
  const { length } = bytes;
  const bulk = allocating(`${length} bytes for another thread`, () =>
    sharesMemory() ? new SharedArrayBuffer(length) : new ArrayBuffer(length),
  );
  new Uint8Array(bulk).set(bytes);
  return bulk;
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
