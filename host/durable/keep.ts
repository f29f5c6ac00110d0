/** Keeping what a plugin needs to come back, after a trap or in another process: a state, and the calls since. */
import type { StateOrigin } from "../../abi/state/state.ts";
import type { Awaitable } from "../awaitable.ts";
import type { Generation, State } from "../generation/generation.ts";
import type { CallLog, RecordedCall } from "../generation/observer.ts";
import type { Journal } from "../journal/journal.ts";

/** Where a fresh instance begins, and what it runs again. */
export interface Recalled {
  /** Nothing for a plugin without state. */
  readonly state: State | undefined;
  readonly origin: StateOrigin | undefined;
  /** Only the last entry may be without a digest: nobody knows whether it answered. */
  readonly journal: Journal;
}

export interface Keep extends CallLog {
  /** Names the call that runs, the same when it is run again. */
  readonly callName: string;
  /** It has grown past its bound: time for a checkpoint. */
  readonly due: boolean;
  /** From now on this generation's state, as it is, is where a recovery begins. @throws PluginError; then it is as before */
  checkpoint(generation: Generation): Awaitable<void>;
  /** What a fresh instance needs now. */
  recall(): Awaitable<Recalled>;
  /** A call that nobody knows the end of is about to run again. @returns false when that was tried too often */
  resume(entry: RecordedCall): Awaitable<boolean>;
  /**
   * Lets go of it, with the state of what serves unless that trapped.
   *
   * @param last nothing where a call is still inside: half of it would be in that state
   */
  close(last: Generation | undefined): Awaitable<void>;
}
