/** Probation: the time after a cutover in which the incumbent is kept, frozen, to be returned to. */
import type { Gate } from "./gate.ts";
import type { NearGeneration } from "./near.ts";

export interface ProbationOptions {
  /** Calls of the successor after which it is permanent. @default no bound */
  readonly calls?: number;
  /** Seconds after which it is permanent. @default no bound */
  readonly seconds?: number;
}

export class Probation {
  readonly incumbent: NearGeneration;
  readonly #gate: Gate;
  readonly #passed: number;
  readonly #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param onEnd told when it ends by itself */
  constructor(
    incumbent: NearGeneration,
    gate: Gate,
    { calls, seconds }: ProbationOptions,
    onEnd: () => void,
  ) {
    this.incumbent = incumbent;
    this.#gate = gate;
    this.#passed = gate.passed;
    // Not in the stack of the call that happens to be the last: the incumbent's stop hook runs at the end.
    if (calls !== undefined) gate.after(calls, () => queueMicrotask(onEnd));
    if (seconds !== undefined) {
      this.#timer = setTimeout(onEnd, seconds * 1000);
      (this.#timer as { unref?: () => void }).unref?.();
    }
  }

  /** Calls that the successor has answered. */
  get calls(): number {
    return this.#gate.passed - this.#passed;
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#gate.after(0, () => {});
  }
}
