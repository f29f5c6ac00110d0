/**
 * Stores: where a plugin's state outlives its process. An interface: `moult/node` implements it for a
 * directory, `moult/browser` for IndexedDB and for OPFS.
 */

import type { Awaitable } from "../awaitable.ts";
import type { JournalBounds } from "../journal/bounds.ts";

/** The content of a store for the plugin as it is now. */
export interface StoredState {
  /** The file from the last `begin`. */
  readonly snapshot: Uint8Array;
  /**
   * The records since, in order, beginning with the head from `begin`. A store may read them lazily: they can
   * be iterated any number of times until `begin` or `close`, and the caller may keep and change each record.
   */
  readonly records: Iterable<Uint8Array> | AsyncIterable<Uint8Array>;
  /** The module from the last `begin` that gave one, if the store still has it. */
  readonly module?: Uint8Array;
  /** Bytes behind the last whole record, left by an interrupted write; they are not in `records`. */
  readonly torn: number;
}

/**
 * Keeps a plugin. Every method answers once its effect is certain, and throws otherwise. Methods are called
 * one at a time. Records are opaque to a store; `docs/durable.md` describes them.
 */
export interface Store {
  /** The store in messages: `the directory /var/lib/counter`. */
  readonly name: string;
  /** Whether `read`, `append` and `begin` answer no promise, so that `callSync` works. */
  readonly synchronous: boolean;
  /**
   * What it cannot promise where it runs, a sentence each: what a sandbox forbids, say. Changes as that is
   * found out.
   */
  readonly warnings?: readonly string[];
  /** What may be written between two snapshots. @default 10_000 calls or 16 MiB */
  readonly checkpoint?: JournalBounds;
  /**
   * Takes the store for this plugin alone.
   * @throws PluginError `store-locked`, `bad-store`, `store-failed`
   */
  open(): Awaitable<void>;
  /**
   * Reads the content, checked; `undefined` for an empty store.
   * @throws PluginError `bad-store`, and nothing is lost
   */
  read(): Awaitable<StoredState | undefined>;
  /**
   * Writes records ahead, in order: all of them, or none when it throws.
   *
   * @throws PluginError `store-locked` when another process has the store by now; any other error is treated
   * as `store-failed`
   */
  append(records: readonly Uint8Array[]): Awaitable<void>;
  /**
   * Takes back the records of the last appends. It needs no room for that: a call is undone by it on a full disk.
   * Without it, a call that was undone while nothing could be written comes back if the process ends before a
   * record can be.
   *
   * @throws when the records are still there
   */
  retract?(appends: number): Awaitable<void>;
  /**
   * Replaces the whole content atomically: after a crash it is the old or the new.
   *
   * @param module the bytes of the module that answers the following calls, for stores that keep it; it
   * changes only with a swap
   */
  begin(snapshot: Uint8Array, head: Uint8Array, module?: Uint8Array): Awaitable<void>;
  /** Closes the store. */
  close(): Awaitable<void>;
}
