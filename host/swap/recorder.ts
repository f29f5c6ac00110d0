/** The recorder: takes the times of a transition, and makes its record. */

import type { Difference } from "../../abi/state/avro/resolve.ts";
import type { Phase } from "../codes.ts";
import type { RehearsedAnswers, Replayed, Transition } from "../transition.ts";

/** Takes the times of a swap as it goes from phase to phase. */
export class Recorder {
  readonly #began = performance.now();
  readonly #at = Date.now();
  readonly #phases: Partial<Record<Phase, number>> = {};
  #since: number | undefined = this.#began;
  /** When the pause began, and how long it was. */
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

  /** Ends the phase before and begins this one. */
  enter(phase: Phase): void {
    this.stop();
    this.phase = phase;
    this.#since = performance.now();
  }

  /** No call is inside from now on, until `resume`. */
  pause(): void {
    this.#paused = performance.now();
  }

  /** Calls are served again: ends the phase, and with it the taking of times. */
  resume(): void {
    if (this.#paused !== undefined) this.#pause += performance.now() - this.#paused;
    this.#paused = undefined;
    this.stop();
  }

  /** The whole record. */
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

  /** Ends the phase, and with it the taking of times. */
  stop(): void {
    if (this.#since === undefined) return;
    this.#phases[this.phase] = (this.#phases[this.phase] ?? 0) + (performance.now() - this.#since);
    this.#since = undefined;
  }
}
