/** How event records are made, and kept. */

import type { Difference } from "../../abi/state/avro/resolve.ts";
import type { Phase } from "../codes.ts";
import type { RehearsedAnswers, Replayed, SwapRecord } from "../record.ts";

export type { SwapRecord, VersionRecord } from "../record.ts";

const PAUSED: readonly Phase[] = ["save", "restore", "check", "cutover"];

/** Takes the times of a swap as it goes from phase to phase. */
export class Recorder {
  readonly #began = performance.now();
  readonly #at = Date.now();
  readonly #phases: Partial<Record<Phase, number>> = {};
  #since: number | undefined = this.#began;
  phase: Phase = "prepare";
  stateBytes = 0;
  steps: readonly string[] = [];
  way: SwapRecord["way"];
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

  /** The whole record. */
  finish(rest: Pick<SwapRecord, "plugin" | "outcome" | "from" | "to" | "cause">): SwapRecord {
    this.stop();
    const pause = PAUSED.reduce((sum, phase) => sum + (this.#phases[phase] ?? 0), 0);
    const { stateBytes, steps, way, changes, answers, waited, replayed } = this;
    const total = performance.now() - this.#began;
    const what = {
      ...rest,
      at: this.#at,
      phases: { ...this.#phases },
      pause,
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

/** Records that are kept. */
const KEPT = 100;

/** The last records of a plugin. */
export class History {
  readonly #records: SwapRecord[] = [];

  add(record: SwapRecord): void {
    this.#records.push(record);
    if (this.#records.length > KEPT) this.#records.shift();
  }

  /** Oldest first. */
  records(): readonly SwapRecord[] {
    return [...this.#records];
  }
}
