/** How event records are made, and kept. */

import type { Difference } from "../../abi/state/avro/resolve.ts";
import type { Phase } from "../codes.ts";
import type { RehearsedAnswers, Replayed, SwapRecord } from "../record.ts";

export type { SwapRecord, VersionRecord } from "../record.ts";

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
  finish(rest: Pick<SwapRecord, "plugin" | "outcome" | "from" | "to" | "cause">): SwapRecord {
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

/** Records that are kept. */
const KEPT = 100;

/** The last records of a plugin, told in the order in which their transitions began to count. */
export class History {
  readonly #records: SwapRecord[] = [];
  readonly #tell: (record: SwapRecord) => void;
  /** Places of records that are on their way, and what came after them. */
  readonly #places: { record: SwapRecord | undefined }[] = [];

  /** @param tell hears of every record */
  constructor(tell: (record: SwapRecord) => void) {
    this.#tell = tell;
  }

  /** Takes a place now for a record that is finished later: records that come meanwhile are told after it. */
  reserve(): (record: SwapRecord) => void {
    const place: { record: SwapRecord | undefined } = { record: undefined };
    this.#places.push(place);
    return (record) => {
      place.record = record;
      this.#flush();
    };
  }

  add(record: SwapRecord): void {
    this.reserve()(record);
  }

  /** Oldest first. */
  records(): readonly SwapRecord[] {
    return [...this.#records];
  }

  #flush(): void {
    while (this.#places[0]?.record) {
      const record = this.#places.shift()!.record!;
      this.#records.push(record);
      if (this.#records.length > KEPT) this.#records.shift();
      this.#tell(record);
    }
  }
}
