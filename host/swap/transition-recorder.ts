/** Measures the phases of a transition, and makes its record. */

import type { Difference } from "../../abi/state/avro/differences.ts";
import type { Phase } from "../codes.ts";
import type { RehearsedAnswers, Replayed, Transition } from "../transition.ts";

/** Measures a swap from phase to phase. */
export class TransitionRecorder {
  readonly #began = performance.now();
  readonly #at = Date.now();
  readonly #phases: Partial<Record<Phase, number>> = {};
  #since: number | undefined = this.#began;
  /** When the pause began; `#pause` is its length. */
  #paused: number | undefined;
  #pause = 0;
  phase: Phase = "prepare";
  stateBytes = 0;
  steps: readonly string[] = [];
  way: Transition["way"];
  changes: readonly Difference[] | undefined;
  answers: RehearsedAnswers | undefined;
  waited = 0;
  replayed: Replayed | undefined;

  /** Ends the phase before, and begins this one. */
  enter(phase: Phase): void {
    this.stop();
    this.phase = phase;
    this.#since = performance.now();
  }

  /** The pause begins: no call is inside until `resume`. */
  pause(): void {
    this.#paused = performance.now();
  }

  /** The pause ends: calls are served again, and the last phase is over. */
  resume(): void {
    if (this.#paused !== undefined) this.#pause += performance.now() - this.#paused;
    this.#paused = undefined;
    this.stop();
  }

  /** The finished record. */
  finish(rest: Pick<Transition, "plugin" | "outcome" | "from" | "to" | "cause">): Transition {
    this.resume();
    const { stateBytes, steps, way, changes, answers, waited, replayed } = this;
    const total = performance.now() - this.#began;
    const what = {
      ...rest,
      at: this.#at,
      phases: { ...this.#phases },
      pause: this.#pause,
      total,
      stateBytes,
      steps,
      waited,
    };
    const some = { ...(way && { way }), ...(changes && { changes }), ...(answers && { answers }) };
    return { ...what, ...some, ...(replayed && { replayed }) };
  }

  /** Ends the last phase. */
  stop(): void {
    if (this.#since === undefined) return;
    this.#phases[this.phase] = (this.#phases[this.phase] ?? 0) + (performance.now() - this.#since);
    this.#since = undefined;
  }
}
