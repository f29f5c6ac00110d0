/**
 * The whole swap: a plugin's code is replaced completely, or not at all. Generations in this process,
 * elsewhere and in tests go through the same steps.
 *
 *     admit -> prepare -> look -> | save -> restore -> check -> commit -> cutover | -> keep or retire -> record
 *                                 |                  the pause                   |
 *
 * A large state crosses beside what serves (`copy.ts`), and the pause is the last calls:
 *
 *     admit -> prepare -> copy -> look -> replay -> | replay -> commit -> cutover | -> keep or retire -> record
 */
import { run, type Steps, wait } from "../awaitable.ts";
import type { Contract, Functions } from "../contract/contract.ts";
import { PluginError } from "../errors.ts";
import type { Generation, State } from "../generation/generation.ts";
import type { Source } from "../module/source.ts";
import type { Transition } from "../transition.ts";
import { accept } from "./accept.ts";
import { type Behind, copied } from "./copy.ts";
import type { Lifecycle } from "./lifecycle.ts";
import type { Prepared, Ready } from "./prepare.ts";
import type { Quarantine } from "./quarantine.ts";
import { probationOf } from "./rollback.ts";
import type { Work } from "./status.ts";
import { checkedAnswers, type SwapOptions } from "./swap-options.ts";
import type { TransitionRecorder } from "./transition-recorder.ts";
import { type Saved, Upgrade } from "./upgrade.ts";

/**
 * Replaces a plugin's code by the module in `source`. The state crosses, or nothing changes.
 *
 * @throws PluginError with the record of the refusal; the incumbent still serves
 */
export async function swap<F extends Functions>(
  lifecycle: Lifecycle,
  contract: Contract<F>,
  source: Source | Ready,
  options: SwapOptions<F>,
  quarantine?: Quarantine,
): Promise<Transition> {
  checkedAnswers(lifecycle.name, contract, options);
  const upgrade = new Upgrade(lifecycle, contract as Contract, options as SwapOptions, quarantine);
  const work = admit(lifecycle, options.supersede ?? false);
  const { recorder, incumbent, drain, signal } = upgrade;
  let arranged: Arranged | undefined;
  let report: ((record: Transition) => void) | undefined;
  try {
    // The incumbent serves meanwhile, and the event loop gets its turns.
    const prepared = await upgrade.prepare(source);
    if (options.probation) await lifecycle.maker.recording();
    const behind = await copied(upgrade, prepared);
    // Each turn of the event loop before the pause would bring more calls to run again.
    if (behind) arranged = { prepared, successor: behind.successor, behind };
    else arranged = await arrange(upgrade, prepared);

    recorder.enter("quiesce");
    const pausing = () => run(pause(upgrade, arranged!, work));
    report = await lifecycle.paused.quiet(pausing, drain, signal);
  } catch (error) {
    arranged?.successor.discard();
    if (arranged?.behind) {
      arranged.behind.end();
      lifecycle.observe();
    }
    work.end();
    throw upgrade.refused(error);
  } finally {
    lifecycle.successor = undefined;
    upgrade.release();
  }
  if (!options.probation) {
    upgrade.succeeded();
    lifecycle.retire(incumbent);
  }
  return upgrade.record("swapped", report);
}

/** Begins a swap, if the status allows one. */
function admit(lifecycle: Lifecycle, supersede: boolean): Work {
  const { name, status, probation, current } = lifecycle;
  const could = `could not swap ${name}`;
  const now = lifecycle.now();
  if (lifecycle.closed) throw new PluginError("closed", `${could}: it was closed`);
  if (!status.may("swap")) {
    throw new PluginError("busy", `${could}: another swap or a rollback is under way; ${now}`);
  }
  if (probation && !supersede) {
    const { version } = current.build.manifest;
    const ways = "accept() or rollback() first, or say supersede: true";
    throw new PluginError("probation", `${could}: version ${version} is on probation; ${ways}; ${now}`);
  }
  // The swap begins before the probation ends: a listener that is told of that end may ask for a swap of its
  // own.
  const work = status.begin("swap");
  accept(lifecycle);
  return work;
}

/** What is ready before the pause. */
interface Arranged {
  readonly prepared: Prepared;
  successor: Generation;
  /** The state as it was saved; the successor has taken it over where it is `filled`. */
  readonly saved?: Saved;
  readonly filled?: boolean;
  /** The successor has the state of a moment ago, and these calls are to come. */
  readonly behind?: Behind;
}

/**
 * Saves the state, shows it to the caller, and makes the successor. If no call came since the state was saved,
 * the successor takes that state over already, and the pause may have nothing to do.
 */
async function arrange(upgrade: Upgrade, prepared: Prepared): Promise<Arranged> {
  const { lifecycle, reset, recorder } = upgrade;
  const saved = await upgrade.save();
  recorder.enter("prepare");
  await lifecycle.turn();
  await upgrade.look(prepared, saved);
  await lifecycle.turn();
  const successor = await makeSuccessor(upgrade, prepared);
  const filled = !reset && lifecycle.gate.passed === saved.passed;
  try {
    if (filled) await run(takeOver(recorder, successor, saved.state));
    await lifecycle.turn();
    return { prepared, saved, successor, filled };
  } catch (error) {
    successor.discard();
    throw error;
  }
}

async function makeSuccessor({ lifecycle }: Upgrade, { candidate }: Prepared): Promise<Generation> {
  const successor = await candidate.successor();
  lifecycle.successor = successor;
  try {
    lifecycle.dependencies?.check(successor.build, successor);
    return successor;
  } catch (error) {
    successor.discard();
    throw error;
  }
}

/** The pause: no call is inside. Where nothing answers a promise, it is one synchronous block. */
function* pause(upgrade: Upgrade, arranged: Arranged, work: Work): Steps<(record: Transition) => void> {
  const { lifecycle, incumbent, recorder, reset, options } = upgrade;
  const { gate, keep } = lifecycle;
  recorder.pause();

  const { saved, filled, behind } = arranged;
  if (behind) recorder.enter("copy");
  const there = behind ? yield* behind.last() : filled && gate.passed === saved!.passed;
  if (!there) {
    recorder.enter("save");
    const state = reset ? undefined : yield* wait(incumbent.save(saved?.state));
    if (filled || behind) yield* refreshed(upgrade, arranged);
    yield* takeOver(recorder, arranged.successor, state);
  }
  const { successor } = arranged;

  recorder.enter("commit");
  // A provider or a dependent may have been swapped since the successor was made.
  lifecycle.dependencies?.check(successor.build, successor);
  // Made before the checkpoint, so that an error here leaves everything unchanged.
  const { way } = arranged.prepared;
  const probation =
    options.probation && probationOf(lifecycle, incumbent, { options: options.probation, way });
  try {
    if (keep) yield* wait(keep.checkpoint(successor, true));
  } catch (error) {
    probation?.end();
    throw error;
  }

  recorder.enter("cutover");
  recorder.waited = gate.waiting;
  const report = lifecycle.history.reserve();
  behind?.end();
  lifecycle.cutOver(successor);
  lifecycle.probation = probation;
  lifecycle.observe();
  work.end();
  successor.serve();
  recorder.resume();
  return report;
}

/**
 * Replaces a successor that took over an earlier state by a fresh one, since that state may have left more
 * than itself in it.
 */
function* refreshed(upgrade: Upgrade, arranged: Arranged): Steps<void> {
  const { candidate } = arranged.prepared;
  const fresh = yield* wait(candidate.successor());
  arranged.successor.discard();
  arranged.successor = fresh;
  upgrade.lifecycle.successor = fresh;
}

/** The successor takes over a state and checks it. */
export function* takeOver(
  recorder: TransitionRecorder,
  successor: Generation,
  state: State | undefined,
): Steps<void> {
  recorder.stateBytes = state?.datum.length ?? 0;
  recorder.enter("restore");
  if (state) yield* wait(successor.restore(state));
  recorder.enter("check");
  yield* wait(successor.check());
}
