/** Stores: where a plugin's state outlives its process. A port: `moult/node` has a directory; IndexedDB and OPFS fit too. */

import type { Awaitable } from "../awaitable.ts";
import type { JournalBounds } from "../journal/journal.ts";

/** What a store holds of the plugin as it is now. */
export interface Kept {
  /** The file that `begin` was given last. */
  readonly snapshot: Uint8Array;
  /** What was written since, in order; the first is the head that `begin` was given. */
  readonly records: readonly Uint8Array[];
  /** Bytes of a last record that was not written to its end: they were cut off. */
  readonly torn: number;
}

/**
 * Every method answers when what it says is true, and throws when it is not. Nothing here is called twice at a time.
 * Records are opaque to a store; see `docs/durable.md` for what is in them.
 */
export interface Store {
  /** For messages: `the directory /var/lib/counter`. */
  readonly name: string;
  /** No method of it answers a promise, so that `callSync` works. */
  readonly synchronous: boolean;
  /** What may be written between two snapshots. @default 10_000 calls or 16 MiB */
  readonly checkpoint?: JournalBounds;
  /** Takes the store for this plugin alone. @throws PluginError `store-locked`, `bad-store`, `store-failed` */
  open(): Awaitable<void>;
  /** All that it holds, checked; `undefined` for an empty one. @throws PluginError `bad-store`, and nothing is lost */
  read(): Awaitable<Kept | undefined>;
  /** Writes records ahead: in order, and all or none of them when it throws. */
  append(records: readonly Uint8Array[]): Awaitable<void>;
  /** Replaces all that it holds, at one stroke: after a crash it is the old or the new. */
  begin(snapshot: Uint8Array, head: Uint8Array): Awaitable<void>;
  /** Lets go of it. */
  close(): Awaitable<void>;
}
