/** Rollback: from a successor on probation back to the incumbent, with every acknowledged call. */
import type { Passage } from "../../abi/state/passage.ts";
import { camelCase } from "../../abi/type.ts";
import { run, type Steps, wait } from "../awaitable.ts";
import { detail, type ErrorCode, ownFault, PluginError, type PluginErrorOptions } from "../errors.ts";
import type { Generation } from "../generation/generation.ts";
import type { TrappedCall } from "../generation/observer.ts";
import { recover } from "../journal/replay.ts";
import { checkFlag, checkSignal, optionsOf } from "../option.ts";
import { checkTime } from "../timer.ts";
import type { Transition } from "../transition.ts";
import { acceptWhenIdle } from "./accept.ts";
import { journalOf } from "./journaling.ts";
import { type Lifecycle, versionOfGeneration } from "./lifecycle.ts";
import { Probation, type ProbationOptions } from "./probation.ts";
import type { Work } from "./status.ts";
import { TransitionRecorder } from "./transition-recorder.ts";

export interface RollbackOptions {
  /**
   * Drops the effect of the calls since the cutover on the state, instead of replaying them.
   * @default false
   */
  readonly discard?: boolean;
  /** Milliseconds that calls in flight may take to end. @default 10_000 */
  readonly drain?: number;
  /** Aborts the rollback while calls drain. */
  readonly signal?: AbortSignal;
}

/** Why a version is rolled back, for the record. */
interface Cause {
  readonly code: ErrorCode;
  readonly message: string;
}

/**
 * Rolls back at the caller's request.
 *
 * @throws PluginError `not-on-probation`; `unreplayable` when the calls since the cutover cannot be replayed
 * and `discard` does not drop them; `trapped`, `grant-failed` or `store-failed` when that had ended the
 * incumbent; `busy`; `deadline`; `aborted`; `closed`; `store-failed` when the rollback cannot be written to the store
 */
export async function rollBack(lifecycle: Lifecycle, options?: RollbackOptions): Promise<Transition> {
  const { discard = false, drain = 10_000, signal } = optionsOf(options, "rollback");
  checkTime(drain, "drain");
  checkSignal(signal);
  checkFlag(discard, "discard");
  const { name, paused, status, probation } = lifecycle;
  const could = `could not roll back ${name}`;
  let successor = lifecycle.current;
  const refuse = (code: ErrorCode, why: string, options: PluginErrorOptions = {}) =>
    new PluginError(code, `${could}: ${why}; ${lifecycle.now()}`, options);
  if (lifecycle.closed) throw new PluginError("closed", `${could}: it was closed`);
  if (!status.may("return") || status.status === "returning")
    throw refuse("busy", "a swap or a rollback is under way");
  if (!probation) throw refuse("not-on-probation", "it is not on probation");
  const recorder = new TransitionRecorder();
  recorder.enter("quiesce");
  const work = status.begin("return");
  const returning = () => {
    // A fresh instance may have replaced the successor while calls drained.
    if (lifecycle.probation === probation) successor = lifecycle.current;
    return run(back(lifecycle, probation, discard, recorder));
  };
  try {
    await paused.quiet(returning, drain, signal);
  } catch (error) {
    work.end();
    if (lifecycle.closed) throw new PluginError("closed", `${could}: it was closed`);
    const { code, message } = causeOf(error);
    const cause = { code, message };
    const record = lifecycle.record(recorder, {
      outcome: "not-rolled-back",
      from: versionOfGeneration(successor),
      to: versionOfGeneration(probation.incumbent),
      cause,
    });
    throw refuse(code, message, { cause: error, record });
  }
  work.end();
  successor.discard();
  return lifecycle.record(recorder, {
    outcome: "rolled-back",
    from: versionOfGeneration(successor),
    to: versionOfGeneration(lifecycle.current),
  });
}

/** Makes a probation: once the lifecycle has it, every call is recorded, and a trap causes a rollback. */
export function probationOf(
  lifecycle: Lifecycle,
  incumbent: Generation,
  { options, way }: { readonly options: ProbationOptions; readonly way: Passage | undefined },
): Probation {
  const { keep, surroundings } = lifecycle;
  const journal = journalOf(lifecycle);
  const probation: Probation = new Probation(incumbent, options, {
    journal,
    verdicts: {
      accept: () => acceptWhenIdle(lifecycle),
      rollBack: (cause) => run(goBack(lifecycle, probation, cause)),
    },
    duties: {
      log: keep?.log,
      answersLater: incumbent.answersLater,
      trapped: (error, call) => run(takeBack(lifecycle, { probation, way }, error, call)),
      unlogged: (error) => lifecycle.restarting?.undo(error),
    },
    onError: surroundings.onError,
  });
  return probation;
}

/**
 * Returns to the incumbent. No call is in a guest: the gate is closed, or the one call inside has left its
 * guest.
 *
 * @throws PluginError `unreplayable`, `not-on-probation`, and what had ended the incumbent; both generations are then as before
 */
function* back(
  lifecycle: Lifecycle,
  probation: Probation,
  discard: boolean,
  recorder: TransitionRecorder,
): Steps<void> {
  const { incumbent } = probation;
  const { keep, gate } = lifecycle;
  if (lifecycle.probation !== probation)
    throw new PluginError("not-on-probation", "its probation ended meanwhile");
  const { trapped, build } = incumbent;
  if (trapped) {
    const why = `version ${build.manifest.version} had ended before: ${detail(trapped)}`;
    throw new PluginError(trapped.code, why, { cause: trapped });
  }
  recorder.pause();
  recorder.enter("restore");
  const commit = function* (): Steps<void> {
    recorder.enter("commit");
    if (keep) yield* wait(keep.checkpoint(incumbent));
  };
  if (discard) yield* commit();
  else recorder.replayed = yield* recover(incumbent, probation.recorded(), { seal: () => run(commit()) });
  recorder.enter("cutover");
  recorder.waited = gate.waiting;
  lifecycle.endProbation();
  lifecycle.cutOver(incumbent);
  recorder.resume();
}

/**
 * Rolls back a successor that proved bad, after every caller got an answer, or records that this is
 * impossible.
 *
 * @param begun the return, if it has begun; it ends before the record is reported
 */
function* goBack(lifecycle: Lifecycle, probation: Probation, cause: Cause, begun?: Work): Steps<boolean> {
  const { status, current: successor } = lifecycle;
  // The plugin is closing, or a fresh instance is about to take over: no rollback is possible.
  if (!begun && !status.may("return")) return false;
  const recorder = new TransitionRecorder();
  // The rollback may have to wait: any acceptance, swap or rollback that comes meanwhile is too late.
  const work = begun ?? status.begin("return");
  try {
    yield* back(lifecycle, probation, false, recorder);
  } catch (error) {
    probation.stay();
    work.end();
    const { code, message } = causeOf(error);
    lifecycle.record(recorder, {
      outcome: "not-rolled-back",
      from: versionOfGeneration(successor),
      to: versionOfGeneration(probation.incumbent),
      cause: { code, message: `${cause.message}; and it could not be rolled back: ${message}` },
    });
    return false;
  }
  work.end();
  successor.discard();
  lifecycle.record(recorder, {
    outcome: "rolled-back",
    from: versionOfGeneration(successor),
    to: versionOfGeneration(lifecycle.current),
    cause,
  });
  return true;
}

/**
 * Handles a call that trapped: the call waits, the incumbent catches up, and answers it. Where a grant
 * failed, the version is not to blame: a fresh instance takes the version back to before that call, which is
 * answered with the failure.
 *
 * @param way how the incumbent's state reached the successor
 */
function* takeBack(
  lifecycle: Lifecycle,
  { probation, way }: { readonly probation: Probation; readonly way: Passage | undefined },
  error: unknown,
  call: TrappedCall,
): Steps<unknown> {
  const { status, gate, restarting, current: successor } = lifecycle;
  const name = camelCase(call.name);
  if (lifecycle.probation !== probation || !status.may("return")) throw successor.failed(error, name);
  const work = status.begin("return");
  lifecycle.takenBack = successor;
  const trap = successor.failed(error, name);
  lifecycle.takenBack = undefined;
  const refusal = probation.refusal(error);
  if (!refusal && trap.code === "grant-failed" && (yield* renewed(lifecycle, probation, way, trap))) {
    work.end();
    throw trap;
  }
  const cause = refusal ?? { code: trap.code, message: detail(trap) };
  const returned = yield* goBack(lifecycle, probation, cause, work);
  // The call did not run, because the journal had no room for it, and the version stays: later calls are not
  // kept.
  if (!returned && !successor.trapped) {
    return yield* wait(successor.calls[call.slot]!(...(call.args as never[])));
  }
  if (!returned) {
    if (!restarting?.after(trap)) gate.refuse(trap);
    throw trap;
  }
  const { incumbent } = probation;
  // Its effects are unknown, so it must not be made again.
  if (!call.effects) throw trap;
  try {
    return yield* wait(incumbent.resume(call));
  } catch (again) {
    throw incumbent.failed(again, name);
  }
}

/**
 * Replaces the version on probation by a fresh instance: the incumbent's state crosses again, and then the
 * calls since are replayed.
 */
function* renewed(
  lifecycle: Lifecycle,
  probation: Probation,
  way: Passage | undefined,
  cause: PluginError,
): Steps<boolean> {
  const { current: gone, contracts, gate, surroundings } = lifecycle;
  const { incumbent } = probation;
  const recorder = new TransitionRecorder();
  recorder.pause();
  recorder.enter("restore");
  let fresh: Generation | undefined;
  try {
    const number = lifecycle.number();
    fresh = yield* wait(gone.build.candidate({ number, contracts, way }).successor());
    const state = way && (yield* wait(incumbent.save()));
    incumbent.forget();
    if (state) yield* wait(fresh.restore(state));
    recorder.replayed = yield* recover(fresh, probation.recorded(), { fresh: true });
    recorder.enter("check");
    yield* wait(fresh.check());
  } catch (error) {
    fresh?.discard();
    surroundings.onError(error);
    return false;
  }
  recorder.enter("cutover");
  recorder.waited = gate.waiting;
  lifecycle.cutOver(fresh);
  lifecycle.observe();
  fresh.serve();
  gone.discard();
  recorder.resume();
  lifecycle.record(recorder, {
    outcome: "restarted",
    from: versionOfGeneration(gone),
    to: versionOfGeneration(fresh),
    cause: { code: cause.code, message: detail(cause) },
  });
  return true;
}

function causeOf(error: unknown): Cause {
  const { code, message } =
    error instanceof PluginError
      ? { code: error.code, message: detail(error) }
      : { code: "internal" as const, message: ownFault(error) };
  return { code, message };
}
