/** What a caller may say of a plugin that is loaded. */

import type { Contract, Functions } from "./contract/contract.ts";
import type { Store } from "./durable/store.ts";
import type { Grant } from "./grant/capability.ts";
import type { PostBounds } from "./grant/post-bounds.ts";
import type { Adapter } from "./guest/adapter.ts";
import type { AfterTrap } from "./swap/after-trap.ts";
import type { FollowOptions } from "./swap/follow.ts";

export interface LoadOptions<F extends Functions = Functions> {
  /** What the caller expects of the plugin. @default all functions that this version says it has, untyped */
  readonly contract?: Contract<F>;
  /** What the plugin may reach. @default nothing */
  readonly grant?: readonly (Grant | readonly Grant[])[];
  /** A snapshot to begin from, of this version's schema or of one that leads to it. @default a fresh start */
  readonly state?: Uint8Array;
  /** Where it outlives its process: what it holds is recovered, and every call is written ahead. @default nowhere */
  readonly store?: Store;
  /** What follows a trap: every call fails from then on, or (`"restart"`) a fresh instance takes over. @default "fail-closed" */
  readonly afterTrap?: AfterTrap;
  /** How the swaps are done that a source which changes asks for. */
  readonly follow?: FollowOptions<F>;
  /**
   * Speaks the ABI of the module and of all that it is swapped to: `assemblyscript()` from `moult/assemblyscript` for what stock
   * `asc --exportRuntime` made.
   * @default moult's own ABI
   */
  readonly abi?: Adapter;
  /** Calls that may wait while a swap or another call is under way. @default 1024 */
  readonly queue?: number;
  /** What a version may post before it serves, which is kept until then. */
  readonly heldPosts?: PostBounds;
  /**
   * Milliseconds that a call waits while a grant of this plugin suspends the one before it. Where a runtime cannot tell that
   * the grant itself makes the call, and waits for it, this ends the two. `Infinity` for as long as it takes.
   * @default Infinity in Node, Deno and Bun, which can tell; elsewhere 30_000
   */
  readonly grantTimeout?: number;
  /** Milliseconds that the source may take to arrive. @default 30_000 */
  readonly timeout?: number;
  /**
   * Bytes that the source may bring, decoded; those of later swaps too, unless they say another number. `Infinity` for
   * any number. @default 134_217_728 (128 MiB)
   */
  readonly maxSourceBytes?: number;
  /**
   * Bytes that are kept in memory of calls and of what the host answered in them: for a probation, a mirror, and a restart
   * without a store, unless those say another number. `Infinity` for any number. @default 67_108_864 (64 MiB)
   */
  readonly maxJournalBytes?: number;
  readonly signal?: AbortSignal;
}
