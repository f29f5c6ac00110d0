/** What a mirror is told, and what it tells. */
import type { Detached } from "../trust/demands.ts";
import type { Approve } from "./swap-options.ts";

export interface MirrorOptions {
  /**
   * The share of calls whose answers are compared, from 0 to 1. All calls are run, because the mirror has
   * state.
   * @default 1
   */
  readonly sample?: number;
  /** The calls that a mirror may lag behind; beyond that it ends. @default 10_000 */
  readonly lag?: number;
  /** Milliseconds that calls in flight may take to end before the state is copied. @default 10_000 */
  readonly drain?: number;
  /** Milliseconds that the source may take to arrive. @default 30_000 */
  readonly timeout?: number;
  /** Decides on what the version asks for besides, as in a swap. @default nothing more is approved */
  readonly approve?: Approve;
  /** The SHA-256 that the module's bytes must have, as in `load`. @default any */
  readonly integrity?: string;
  /** The signature where it lies apart from the module, as in `load`. @default the one in the module */
  readonly signature?: Detached | readonly Detached[];
  /** Aborts the beginning of the mirror. */
  readonly signal?: AbortSignal;
}

export interface MirrorReport {
  /** Calls that the mirror has run. */
  readonly calls: number;
  /** Answers that were compared. */
  readonly compared: number;
  /** Answers of the mirror that differed. */
  readonly differing: number;
  /** The first of those: its place among the mirror's calls, from 1, and its function's WIT name. */
  readonly first?: { readonly call: number; readonly name: string };
  /**
   * Why it ended by itself: it trapped, it asked for an effect that the incumbent had not asked for, it fell
   * behind, or a swap replaced the incumbent.
   */
  readonly ended?: string;
  /** Whether that was a fault of its own: it trapped, or asked for an effect that the incumbent had not asked for. */
  readonly failed?: true;
}
