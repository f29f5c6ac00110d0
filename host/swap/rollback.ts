/** Rolling back: the way from a successor on probation to the incumbent, with every acknowledged call. */

import { run, type Steps, wait } from "../awaitable.ts";
import { type Code, detail, ownFault, PluginError, type PluginErrorOptions } from "../errors.ts";
import type { NearGeneration } from "../generation/near.ts";
import type { TrappedCall } from "../journal/recorded.ts";
import { recover } from "../journal/replay.ts";
import type { Standing } from "./lifecycle.ts";
import { type Cause, Probation, type ProbationOptions } from "./probation.ts";
import { Recorder, type SwapRecord } from "./record.ts";

export interface RollbackOptions {
  /** Drops what the calls since the cutover did to the state, instead of running them again. @default false */
  readonly discard?: boolean;
  /** Milliseconds that calls in flight may take to end. @default 10_000 */
  readonly drain?: number;
}

/**
 * Returns to the incumbent. Nobody is in a guest: the gate is closed, or the one call inside has left it.
 *
 * @throws PluginError `unreplayable`, `trapped`, `not-on-probation`; then both generations are what they were
 */
function* back(standing: Standing, probation: Probation, discard: boolean, recorder: Recorder): Steps<void> {
  const { incumbent, journal } = probation;
  if (standing.probation !== probation)
    throw new PluginError("not-on-probation", "its probation ended meanwhile");
  if (incumbent.trapped) {
    throw new PluginError("trapped", `version ${incumbent.module.manifest.version} trapped before`);
  }
  recorder.enter("restore");
  const { keep } = standing;
  const seal = keep && (() => keep.checkpoint(incumbent));
  if (!discard) recorder.replayed = yield* recover(incumbent, journal, { seal });
  else if (seal) yield* wait(seal());
  recorder.enter("cutover");
  recorder.waited = standing.gate.waiting;
  standing.endProbation();
  standing.cutOver(incumbent);
  recorder.stop();
}

/** Begins a probation: once attended to, every call is journaled, and a trap goes back by itself. */
export function probationOf(
  standing: Standing,
  incumbent: NearGeneration,
  options: ProbationOptions,
): Probation {
  const { keep } = standing;
  const probation: Probation = new Probation(incumbent, options, {
    verdicts: {
      accept: () => standing.lapse(),
      rollBack: (cause) => run(giveUp(standing, probation, cause)),
    },
    scribe: {
      keep,
      asynchronous: incumbent.asynchronous,
      trapped: (error, call) => run(takeBack(standing, probation, error, call)),
      unlogged: (error) => standing.revival?.undo(error),
    },
    onError: standing.lineage.onError,
  });
  return probation;
}

/** The successor proved bad, and everybody has their answer: goes back, or says loudly that it cannot. */
function* giveUp(standing: Standing, probation: Probation, cause: Cause): Steps<boolean> {
  const { current: successor } = standing;
  const recorder = new Recorder();
  // It may wait: whoever accepts, swaps or rolls back meanwhile comes too late.
  standing.work();
  try {
    yield* back(standing, probation, false, recorder);
  } catch (error) {
    probation.stay();
    standing.rest();
    const failed = error instanceof PluginError ? error : new PluginError("internal", ownFault(error));
    const message = `${cause.message}; and it could not be rolled back: ${detail(failed)}`;
    const [from, to] = [successor.record(), probation.incumbent.record()];
    standing.tell(recorder, { outcome: "not-rolled-back", from, to, cause: { code: failed.code, message } });
    return false;
  }
  standing.rest();
  successor.discard();
  const [from, to] = [successor.record(), standing.current.record()];
  standing.tell(recorder, { outcome: "rolled-back", from, to, cause });
  return true;
}

/** A call trapped: it is held, the incumbent catches up, and answers it. */
function* takeBack(
  standing: Standing,
  probation: Probation,
  error: unknown,
  call: TrappedCall,
): Steps<unknown> {
  const { current: successor } = standing;
  // Those who wait are not told of the trap: the incumbent answers them too.
  standing.returning = standing.probation === probation && !standing.closed.signal.aborted;
  const trap = successor.failed(error, call.name);
  if (!standing.returning) throw trap;
  const returned = yield* giveUp(standing, probation, { code: trap.code, message: detail(trap) });
  standing.returning = false;
  if (!returned) {
    if (!standing.revival?.after(trap)) standing.gate.refuse(trap);
    throw trap;
  }
  const { incumbent, journal } = probation;
  try {
    return yield* wait(incumbent.resume(call, journal));
  } catch (again) {
    throw incumbent.failed(again, call.name);
  }
}

/** Why a rollback that began is not possible. */
const REFUSALS: readonly Code[] = ["deadline", "unreplayable", "trapped", "not-on-probation", "store-failed"];

/**
 * Rolls back because the caller says so.
 *
 * @throws PluginError `not-on-probation` when there is no probation; `unreplayable` when the calls since the cutover cannot
 * be run again and `discard` does not drop them; `trapped` when the incumbent has; `busy`; `deadline`; `closed`;
 * `store-failed` when it cannot be written down
 */
export async function rollBack(
  standing: Standing,
  { discard = false, drain = 10_000 }: RollbackOptions,
): Promise<SwapRecord> {
  const refuse = (code: Code, why: string, options: PluginErrorOptions = {}) =>
    new PluginError(code, `could not roll back ${standing.name}: ${why}; ${standing.now()}`, options);
  const { probation, current: successor, gate } = standing;
  const closed = () => new PluginError("closed", `could not roll back ${standing.name}: it was closed`);
  if (standing.closed.signal.aborted) throw closed();
  if (standing.busy) throw refuse("busy", "a swap or a rollback is under way");
  if (!probation) throw refuse("not-on-probation", "it is not on probation");
  const recorder = new Recorder();
  recorder.enter("quiesce");
  standing.work();
  try {
    await gate.quiet(() => run(back(standing, probation, discard, recorder)), drain);
  } catch (error) {
    standing.rest();
    if (standing.closed.signal.aborted) throw closed();
    if (!(error instanceof PluginError) || !REFUSALS.includes(error.code)) throw error;
    const cause = { code: error.code, message: detail(error) };
    const [from, to] = [successor.record(), probation.incumbent.record()];
    const record = standing.tell(recorder, { outcome: "not-rolled-back", from, to, cause });
    throw refuse(error.code, detail(error), { cause: error, record });
  }
  standing.rest();
  successor.discard();
  return standing.tell(recorder, {
    outcome: "rolled-back",
    from: successor.record(),
    to: standing.current.record(),
  });
}
