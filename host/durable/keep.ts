/** Keeping what a plugin needs to come back, after a trap or in another process: a state, and the calls since. */
import type { StateOrigin } from "../../abi/state/state.ts";
import type { Awaitable } from "../awaitable.ts";
import type { Generation, State } from "../generation/generation.ts";
import type { CallLog, RecordedCall, RecordedCalls } from "../generation/observer.ts";

/** Where a fresh instance begins, and what it runs again. */
export interface Recalled {
  /** Nothing for a plugin without state. */
  readonly state: State | undefined;
  readonly origin: StateOrigin | undefined;
  readonly calls: RecordedCalls;
  /** The call after those, of which nobody knows whether it was answered. */
  readonly interrupted?: InterruptedCall | undefined;
}

/** A call that was under way when its process ended, with what the host had answered by then. */
export interface InterruptedCall extends RecordedCall {
  readonly number: number;
}

export interface Keep {
  /** Where calls are written ahead; none where they are only in memory. */
  readonly log: CallLog | undefined;
  /** Names the call that runs, the same when it is run again. */
  readonly callName: string;
  /** What it cannot promise here, for people. */
  readonly warnings: readonly string[];
  /** It has grown past its bound: time for a checkpoint. Asked after each call. */
  readonly due: boolean;
  /** From now on this generation's state, as it is, is where a recovery begins. @throws PluginError; then it is as before */
  checkpoint(generation: Generation): Awaitable<void>;
  /** What a fresh instance needs now. @throws PluginError `journal-full` where a call was too large to be kept */
  recall(): Awaitable<Recalled>;
  /** A call that nobody knows the end of is about to run again. @returns false when that was tried too often */
  resume(call: InterruptedCall): Awaitable<boolean>;
  /**
   * Lets go of it, with the state of what serves unless that trapped.
   *
   * @param last nothing where a call is still inside: half of it would be in that state
   */
  close(last: Generation | undefined): Awaitable<void>;
}
