/** The swap: it happens completely, or not at all. Knows no WebAssembly; near, far and fake generations are alike to it. */

import { type Maybe, run, type Steps, wait } from "../awaitable.ts";
import type { Gate } from "../call/gate.ts";
import type { Recorder } from "./record.ts";

/** State on its way from one generation to the next. */
export interface State {
  readonly datum: Uint8Array<ArrayBuffer>;
}

/** What a swap needs of a generation. */
export interface Generation {
  /**
   * Its state as the next call would find it. Works on a copy, so that nothing it does harms the one that serves.
   *
   * @param spent what nobody needs any more: the bytes may lie where those did, in memory that was touched already
   */
  save(spent?: State): Maybe<State | undefined>;
  /** Takes over a state, which it understands: that was found out when it was prepared. */
  restore(state: State): Maybe<void>;
  /** Throws when it finds its own state wrong. */
  check(): Maybe<void>;
  /** From the cutover on: what it had held back goes out. Never throws. */
  serve(): void;
  /** Drops it; it never served. */
  discard(): void;
}

/** A new version, found fit before anything was made of it. */
export interface Candidate<G extends Generation> {
  /** A successor to be looked at, with the state in it. Its effects are refused. */
  twin(state: State | undefined): Maybe<G>;
  /** The one that will serve: complete but for the state, its memory grown and touched. */
  successor(): Maybe<G>;
}

export interface SwapSteps<G extends Generation> {
  readonly gate: Gate;
  readonly incumbent: G;
  readonly candidate: Candidate<G>;
  /** Told, with nobody inside, when the incumbent is what the twin's state comes from. */
  readonly witness?: (() => void) | undefined;
  /** The caller's own look at a twin. It refuses by throwing. */
  readonly verify: (twin: G) => Maybe<void>;
  /** Does all but the pause: the successor takes over the state of a copy, and is dropped. */
  readonly dryRun: boolean;
  /** Begins without the incumbent's state. */
  readonly reset: boolean;
  /** Milliseconds that calls may take to drain. */
  readonly drain: number;
  readonly signal: AbortSignal | undefined;
  readonly recorder: Recorder;
  /** Writes down, where others will look, that the successor is what serves: after a crash that decides. */
  readonly ahead?: (successor: G) => Maybe<void>;
  /** One assignment. */
  readonly cutover: (successor: G) => void;
}

/** Replaces the incumbent by the candidate's successor; throws, and has changed nothing, when any step fails. */
export async function swap<G extends Generation>(steps: SwapSteps<G>): Promise<G> {
  const { gate, incumbent, candidate, witness, verify, dryRun, reset, drain, signal, recorder } = steps;

  // A copy of a guest in the middle of a call would be half a state: it is taken when nobody is inside.
  if (dryRun) recorder.enter("save");
  const before = () => {
    witness?.();
    return reset ? undefined : incumbent.save();
  };
  const state = reset && !witness ? undefined : await gate.quiet(before, drain, signal);
  recorder.enter("prepare");
  const twin = await candidate.twin(state);
  try {
    await verify(twin);
  } finally {
    twin.discard();
  }
  signal?.throwIfAborted();
  const successor = await candidate.successor();

  try {
    if (dryRun) {
      await run(takeOver(steps, successor, state));
      successor.discard();
      return incumbent;
    }
    recorder.enter("quiesce");
    await gate.quiet(() => run(cross(steps, successor, state)), drain, signal);
  } catch (error) {
    successor.discard();
    throw error;
  }
  return successor;
}

/** The pause. Nobody serves; with nothing to wait for it is one synchronous block. */
function* cross<G extends Generation>(
  steps: SwapSteps<G>,
  successor: G,
  spent: State | undefined,
): Steps<void> {
  const { gate, incumbent, reset, recorder, ahead, cutover } = steps;

  recorder.enter("save");
  const state = reset ? undefined : yield* wait(incumbent.save(spent));

  yield* takeOver(steps, successor, state);

  recorder.enter("cutover");
  if (ahead) yield* wait(ahead(successor));
  recorder.waited = gate.waiting;
  cutover(successor);
  successor.serve();
  recorder.stop();
}

function* takeOver<G extends Generation>(
  { recorder }: SwapSteps<G>,
  successor: G,
  state: State | undefined,
): Steps<void> {
  recorder.stateBytes = state?.datum.length ?? 0;
  recorder.enter("restore");
  if (state) yield* wait(successor.restore(state));

  recorder.enter("check");
  yield* wait(successor.check());
}
