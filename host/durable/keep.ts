/** Keeping what a plugin needs to come back after a trap or in another process: a state and calls. */
import type { StateOrigin } from "../../abi/state/passage.ts";
import type { Awaitable } from "../awaitable.ts";
import type { Generation, State } from "../generation/generation.ts";
import type { CallLog, RecordedCall, RecordedCalls } from "../generation/observer.ts";

/** What a fresh instance begins with: a state, and the calls to replay. */
export interface Recalled {
  /** Missing for a plugin without state. */
  readonly state: State | undefined;
  readonly origin: StateOrigin | undefined;
  readonly calls: RecordedCalls;
  /** The call after those, where it is unknown whether it was answered. */
  readonly interrupted?: InterruptedCall | undefined;
}

/** A call that was under way when its process ended, with the host's answers so far. */
export interface InterruptedCall extends RecordedCall {
  readonly number: number;
}

export interface Keep {
  /** Where calls are written ahead; missing where calls are kept in memory only. */
  readonly log: CallLog | undefined;
  /** The name of the current call, the same when it is run again. */
  readonly callName: string;
  /** What it cannot promise here, for people. */
  readonly warnings: readonly string[];
  /** Whether a checkpoint is due, because the log has outgrown its bound. Asked after each call. */
  readonly due: boolean;
  /**
   * Makes this generation's state the beginning of a later recovery.
   *
   * @param isNew whether it has not served yet: it is saved where it is, since a save that ends it costs nothing, and the
   * calls that wait for it do not wait for a copy
   */
  checkpoint(generation: Generation, isNew?: boolean): Awaitable<void>;
  /**
   * What a fresh instance needs now.
   * @throws PluginError `journal-full` when a call was too large to be kept
   */
  recall(): Awaitable<Recalled>;
  /** An interrupted call is about to run again. @returns false when it was tried too often */
  resume(call: InterruptedCall): Awaitable<boolean>;
  /**
   * Closes the keep, and saves the state of the serving generation, unless that trapped.
   *
   * @param last missing while a call is still inside, since the state would be half changed
   */
  close(last: Generation | undefined): Awaitable<void>;
}
