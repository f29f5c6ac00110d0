/** The options of `load`. */

import type { Contract, Functions } from "./contract/contract.ts";
import type { Store } from "./durable/store.ts";
import type { Grant } from "./grant/capability.ts";
import type { PostBounds } from "./grant/post-bounds.ts";
import type { Adapter } from "./guest/adapter.ts";
import type { Limits } from "./limits.ts";
import type { AfterTrap } from "./swap/after-trap-option.ts";
import type { FollowOptions } from "./swap/follow.ts";
import type { Detached } from "./trust/demands.ts";
import type { Lock } from "./trust/lock.ts";
import type { Sources } from "./trust/sources.ts";
import type { Trust } from "./trust/trust.ts";

export interface LoadOptions<F extends Functions = Functions> {
  /** What the caller expects of the plugin. @default all functions that this version exports, untyped */
  readonly contract?: Contract<F>;
  /** What the plugin may reach. @default nothing */
  readonly grant?: readonly (Grant | readonly Grant[])[];
  /** A snapshot to begin with, of this version's schema or of one that leads to it. @default a fresh start */
  readonly state?: Uint8Array;
  /**
   * Where the plugin outlives its process: its content is recovered, and every call is written ahead.
   * @default nowhere
   */
  readonly store?: Store;
  /**
   * What happens after a trap: every later call fails, or (`"restart"`) a fresh instance takes over.
   * @default "fail-closed"
   */
  readonly afterTrap?: AfterTrap;
  /** The options of the swaps of a source that changes. */
  readonly follow?: FollowOptions<F>;
  /**
   * The ABI of the module and of all that it is swapped to: `assemblyscript()` from `moult/assemblyscript` for
   * modules of stock `asc --exportRuntime`.
   * @default moult's own ABI
   */
  readonly abi?: Adapter;
  /** Calls that may wait for a swap or another call; more fail with `[queue-full]`. @default 1024 */
  readonly queue?: number;
  /**
   * Approximate bytes of arguments that calls may hold while they wait; more fail with `[queue-full]`. `Infinity` for any
   * number.
   * @default 67_108_864 (64 MiB)
   */
  readonly maxWaitingBytes?: number;
  /**
   * Bytes of state that a version may save; one that saves more fails to: `[failed-save]`. `Infinity` for as many as an
   * engine can hold in one buffer.
   * @default 536_870_912 (512 MiB)
   */
  readonly maxStateBytes?: number;
  /**
   * Approximate bytes of the host's memory that the values of one call may take: its answer, and what the plugin gives
   * to each grant. More end the call as a trap does: `[trapped]`. `Infinity` for any number.
   * @default 536_870_912 (512 MiB)
   */
  readonly maxValueBytes?: number;
  /** What the plugin may use: fuel, time and memory. @default as much as the engine gives */
  readonly limits?: Limits;
  /**
   * Where the plugin runs: in the thread that loads it, or (`"worker"`) in a thread of its own, where it can be
   * stopped, whatever it does. Calls then answer promises, and take as long as two threads need to take turns.
   * @default "none"
   */
  readonly isolation?: "none" | "worker";
  /**
   * Instances of a plugin that declares no state: as many calls can be inside at a time, where their grants answer
   * later or they run in threads of their own, one for each instance. Each is started, and each has grants of its own.
   * @default 1
   */
  readonly instances?: number;
  /** Bounds of the posts of a version that does not serve yet, which are held until it does. */
  readonly heldPosts?: PostBounds;
  /**
   * Milliseconds that a call waits behind one that a grant of this plugin suspends. It ends a deadlock where
   * a runtime cannot tell that the grant itself made the call, and waits for it. `Infinity` for as long as it
   * takes.
   * @default Infinity in Node, Deno and Bun, which can tell; elsewhere 30_000
   */
  readonly grantTimeout?: number;
  /** Milliseconds that the source may take to arrive. @default 30_000 */
  readonly timeout?: number;
  /**
   * Bytes that the source may bring, counted after decoding; also those of later swaps, unless they have a
   * limit of their own. `Infinity` for any number.
   * @default 134_217_728 (128 MiB)
   */
  readonly maxSourceBytes?: number;
  /**
   * The SHA-256 that the module's bytes must have, else nothing of it is compiled: `[integrity]`. In hexadecimal, as
   * records and `moult inspect` show it, or as in a web page: `sha256-` and base64. Of a source that changes it is that
   * of the first version.
   * @default any
   */
  readonly integrity?: string;
  /**
   * Whose signatures the module has to have, and every module that takes its place; else nothing of it is compiled:
   * `[untrusted]`, `[bad-signature]`.
   * @default nobody's
   */
  readonly trust?: Trust;
  /**
   * The signature where it lies apart from the module: its bytes, its URL, or several. In a swap, those of the swap
   * count; one of these may also be of a version that the store keeps.
   * @default the one in the module
   */
  readonly signature?: Detached | readonly Detached[];
  /** Where the module may come from, and every one that takes its place. @default anywhere, without redirects */
  readonly sources?: Sources;
  /**
   * The modules that may be loaded, as `moult lock` writes them down: `lockFile("moult.lock")` of `moult/node`. Another
   * one is refused: `[lock-differs]`. It holds for swaps too.
   * @default any
   */
  readonly lock?: Lock;
  /**
   * Bytes of calls and host answers that are kept in memory: for a probation, a mirror, and a restart without
   * a store, unless those have bounds of their own. `Infinity` for any number.
   * @default 67_108_864 (64 MiB)
   */
  readonly maxJournalBytes?: number;
  /** Gives up while the source, and the code of this library that is still needed, are on their way. */
  readonly signal?: AbortSignal;
}
