/**
 * The swap, whole: a plugin's code is replaced completely, or not at all. Near, far and fake generations are alike to it.
 *
 *     admit -> prepare -> look -> | save -> restore -> check -> commit -> cutover | -> keep or retire -> record
 *                                 |                  the pause                   |
 */
import { run, type Steps, wait } from "../awaitable.ts";
import type { Contract, Functions } from "../contract/contract.ts";
import { PluginError } from "../errors.ts";
import type { Generation, State } from "../generation/generation.ts";
import type { Source } from "../module/source.ts";
import type { Transition } from "../transition.ts";
import { accept } from "./accept.ts";
import type { Lifecycle } from "./lifecycle.ts";
import type { Prepared, Ready } from "./prepare.ts";
import type { Quarantine } from "./quarantine.ts";
import type { Recorder } from "./recorder.ts";
import { probationOf } from "./rollback.ts";
import type { Work } from "./status.ts";
import { askedOf, type SwapOptions } from "./swap-options.ts";
import { type Saved, Upgrade } from "./upgrade.ts";

/**
 * Replaces a plugin's code by what `source` holds. The state crosses, or nothing changes.
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
  askedOf(lifecycle.name, contract, options);
  const upgrade = new Upgrade(lifecycle, contract as Contract, options as SwapOptions, quarantine);
  const work = admit(lifecycle, options.supersede ?? false);
  const { recorder, incumbent, drain, signal } = upgrade;
  let arranged: Arranged | undefined;
  let told: ((record: Transition) => void) | undefined;
  try {
    // The incumbent serves, and others have their turns.
    const prepared = await upgrade.prepare(source);
    if (options.probation) await lifecycle.maker.recording();
    const saved = await upgrade.save();
    recorder.enter("prepare");
    await lifecycle.turn();
    await upgrade.look(prepared, saved);
    await lifecycle.turn();
    arranged = await arrange(upgrade, prepared, saved);
    await lifecycle.turn();

    recorder.enter("quiesce");
    told = await lifecycle.gate.quiet(() => run(pause(upgrade, arranged!, work)), drain, signal);
  } catch (error) {
    arranged?.successor.discard();
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
  return upgrade.record("swapped", told);
}

/** Begins a swap, if it may. */
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
  // Begun first: a listener that hears of the end of the probation may want to swap too.
  const work = status.begin("swap");
  accept(lifecycle);
  return work;
}

/** What is ready for the pause. */
interface Arranged {
  readonly prepared: Prepared;
  readonly saved: Saved;
  /** The successor, and whether the saved state is in it. */
  successor: Generation;
  readonly filled: boolean;
}

/** Makes the successor. Where no call came since the state was saved, it takes that over: the pause may find nothing to do. */
async function arrange(upgrade: Upgrade, prepared: Prepared, saved: Saved): Promise<Arranged> {
  const { lifecycle, reset } = upgrade;
  const successor = await made(upgrade, prepared);
  const filled = !reset && lifecycle.gate.passed === saved.passed;
  try {
    if (filled) await run(takeOver(upgrade.recorder, successor, saved.state));
    return { prepared, saved, successor, filled };
  } catch (error) {
    successor.discard();
    throw error;
  }
}

async function made({ lifecycle }: Upgrade, { candidate }: Prepared): Promise<Generation> {
  const successor = await candidate.successor();
  lifecycle.successor = successor;
  return successor;
}

/** The pause: no call is inside. With nothing to wait for it is one synchronous block. */
function* pause(upgrade: Upgrade, arranged: Arranged, work: Work): Steps<(record: Transition) => void> {
  const { lifecycle, incumbent, recorder, reset, options } = upgrade;
  const { gate, keep } = lifecycle;
  recorder.pause();

  if (!arranged.filled || gate.passed !== arranged.saved.passed) {
    recorder.enter("save");
    const state = reset ? undefined : yield* wait(incumbent.save(arranged.saved.state));
    if (arranged.filled) yield* refreshed(upgrade, arranged);
    yield* takeOver(recorder, arranged.successor, state);
  }
  const { successor } = arranged;

  recorder.enter("commit");
  // Made first: what throws does so while nothing has changed.
  const { way } = arranged.prepared;
  const probation =
    options.probation && probationOf(lifecycle, incumbent, { options: options.probation, way });
  try {
    if (keep) yield* wait(keep.checkpoint(successor));
  } catch (error) {
    probation?.end();
    throw error;
  }

  recorder.enter("cutover");
  recorder.waited = gate.waiting;
  const told = lifecycle.history.reserve();
  lifecycle.cutOver(successor);
  lifecycle.probation = probation;
  lifecycle.observe();
  work.end();
  successor.serve();
  recorder.resume();
  return told;
}

/** A successor that took over an earlier state gives way to a fresh one: what else it did with that is not known. */
function* refreshed(upgrade: Upgrade, arranged: Arranged): Steps<void> {
  const { candidate } = arranged.prepared;
  const fresh = yield* wait(candidate.successor());
  arranged.successor.discard();
  arranged.successor = fresh;
  upgrade.lifecycle.successor = fresh;
}

/** A successor takes over a state, and finds it right. */
export function* takeOver(recorder: Recorder, successor: Generation, state: State | undefined): Steps<void> {
  recorder.stateBytes = state?.datum.length ?? 0;
  recorder.enter("restore");
  if (state) yield* wait(successor.restore(state));
  recorder.enter("check");
  yield* wait(successor.check());
}
