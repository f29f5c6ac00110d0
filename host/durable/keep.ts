/** Keeping what a plugin needs to come back, after a trap or in another process: a state, and the calls since. */
import type { StateOrigin } from "../../abi/state/state.ts";
import type { Maybe } from "../awaitable.ts";
import type { PluginError } from "../errors.ts";
import type { NearGeneration } from "../generation/near.ts";
import type { Entry, Journal } from "../journal/journal.ts";
import type { State } from "../swap/swap.ts";

/** Where a fresh instance begins, and what it runs again. */
export interface Recalled {
  /** Nothing for a plugin without state. */
  readonly state: State | undefined;
  readonly origin: StateOrigin | undefined;
  /** Only the last entry may be without a digest: nobody knows whether it answered. */
  readonly journal: Journal;
}

export interface Keep {
  /** Names the call that runs, the same when it is run again. */
  readonly callName: string;
  /** Lowers arguments. */
  readonly journal: Journal;
  /** It has grown past its bound: time for a checkpoint. */
  readonly due: boolean;
  /** Before the guest runs. @throws PluginError `store-failed`; the call must not run then */
  begin(entry: Entry): Maybe<void>;
  /** The host answered an effect; before the guest sees it. @throws PluginError `store-failed` */
  answered(entry: Entry): Maybe<void>;
  /** The guest answered; before its caller sees it. @throws PluginError `store-failed` */
  end(entry: Entry): Maybe<void>;
  /** The call did not happen: it was refused, or is undone. Written with the next one. */
  drop(entry: Entry): void;
  /** The call trapped: left out as well, and written before its caller hears of it, where it can be. Never throws. */
  trapped(entry: Entry): Maybe<void>;
  /** Why a call that is inside cannot be logged any more; asked once. */
  lost(): PluginError | undefined;
  /** From now on this generation's state, as it is, is where a recovery begins. @throws PluginError; then it is as before */
  checkpoint(generation: NearGeneration): Maybe<void>;
  /** What a fresh instance needs now. */
  recall(): Maybe<Recalled>;
  /** A call that nobody knows the end of is about to run again. @returns false when that was tried too often */
  resume(entry: Entry): Maybe<boolean>;
  /** Lets go of it, with the state of what serves unless that trapped. */
  close(last: NearGeneration): Maybe<void>;
}
