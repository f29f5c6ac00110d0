/** Stores: where a plugin's state outlives its process. A port: `moult/node` has a directory; IndexedDB and OPFS fit too. */

import type { Awaitable } from "../awaitable.ts";
import type { JournalBounds } from "../journal/bounds.ts";

/** What a store holds of the plugin as it is now. */
export interface StoredState {
  /** The file that `begin` was given last. */
  readonly snapshot: Uint8Array;
  /**
   * What was written since, in order; the first is the head that `begin` was given. A store may read them as they are
   * asked for: they can be had, once or more often, until `begin` or `close`, and each is its reader's own.
   */
  readonly records: Iterable<Uint8Array> | AsyncIterable<Uint8Array>;
  /** The module that `begin` was given last, if it was given one and still has it. */
  readonly module?: Uint8Array;
  /** Bytes behind the last whole record, which a write that was cut off left: they are not in `records`. */
  readonly torn: number;
}

/**
 * Every method answers when what it says is true, and throws when it is not. Nothing here is called twice at a time.
 * Records are opaque to a store; see `docs/durable.md` for what is in them.
 */
export interface Store {
  /** For messages: `the directory /var/lib/counter`. */
  readonly name: string;
  /** `read`, `append` and `begin` answer no promise, so that `callSync` works. */
  readonly synchronous: boolean;
  /** What it cannot promise where it runs, a sentence each: what a sandbox forbids, say. Changes as that is found out. */
  readonly warnings?: readonly string[];
  /** What may be written between two snapshots. @default 10_000 calls or 16 MiB */
  readonly checkpoint?: JournalBounds;
  /** Takes the store for this plugin alone. @throws PluginError `store-locked`, `bad-store`, `store-failed` */
  open(): Awaitable<void>;
  /** All that it holds, checked; `undefined` for an empty one. @throws PluginError `bad-store`, and nothing is lost */
  read(): Awaitable<StoredState | undefined>;
  /**
   * Writes records ahead, in order: all of them, or none when it throws.
   *
   * @throws PluginError `store-locked` when the store is another process's by now; anything else is taken for `store-failed`
   */
  append(records: readonly Uint8Array[]): Awaitable<void>;
  /**
   * Takes back what the last so many `append`s wrote, and needs no room for it: a call is undone by it on a disk that is full.
   * Without it, a call that was undone while nothing could be written comes back if the process ends before that can be.
   *
   * @throws and they are there
   */
  retract?(appends: number): Awaitable<void>;
  /**
   * Replaces all that it holds, at one stroke: after a crash it is the old or the new.
   *
   * @param module the bytes of what answers the calls that follow, for a store that keeps them; the same at each `begin`
   * but after a swap
   */
  begin(snapshot: Uint8Array, head: Uint8Array, module?: Uint8Array): Awaitable<void>;
  /** Lets go of it. */
  close(): Awaitable<void>;
}
