/** What a node of keyed instances is told, what it tells, and what it can do. */
import type { Release } from "../release/release.ts";
import type { Timers } from "../timer.ts";
import type { KeyedLoadOptions } from "./versions.ts";

export interface KeyedHostOptions {
  /** How each instance is loaded: grants, limits, trust. @default in this thread; nothing granted */
  readonly load?: KeyedLoadOptions | ((release: Release) => KeyedLoadOptions);
  /**
   * Milliseconds between two reports of this node. Others take its keys where they miss three in a row.
   * @default 1_000
   */
  readonly interval?: number;
  /** Milliseconds without a call after which an instance is closed; its state stays in the fabric. @default 60_000 */
  readonly idle?: number;
  /** Milliseconds that calls under way may take to end when the node does. @default 10_000 */
  readonly drain?: number;
  /** Instances that live here, at most: the one that was called longest ago makes room. @default 1_000 */
  readonly maxInstances?: number;
  /** Calls that are under way or wait, at most. @default 1_000 */
  readonly maxCalls?: number;
  /** Bytes of memory that the arguments of a call may take. @default 16_777_216 */
  readonly maxBytes?: number;
  /** Keys that are handed over at a time. @default 4 */
  readonly moves?: number;
  /** Where time comes from. @default the engine's */
  readonly timers?: Timers;
}

export interface KeyedHostEvents {
  /** It has a key now. */
  readonly claim: {
    readonly key: string;
    /** The node that had it before, where that did not let go of it. */
    readonly from?: string;
  };
  /** It has a key no more, or reads its record again before the next call. */
  readonly end: { readonly key: string };
  /** What could not be done: the fabric is away, a key's state does not cross to a version, a hand-over failed. */
  readonly fault: unknown;
}

/** A node of keyed instances. */
export interface KeyedHost extends AsyncDisposable {
  /** Its name in the fabric. */
  readonly node: string;
  /** Those whose instances live here. */
  readonly keys: readonly string[];
  /** Adds a listener. @returns a function that removes it */
  on<K extends keyof KeyedHostEvents & string>(
    type: K,
    listener: (event: KeyedHostEvents[K]) => void,
  ): () => void;
  /** Lets the calls under way end, and lets go of its keys, so that others can have them. The fabric stays open. */
  close(): Promise<void>;
}
