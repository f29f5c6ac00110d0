/** What came of an episode: how much was done, and what went wrong. */
import type { Transition } from "moult";

export type Outcomes = Readonly<Partial<Record<Transition["outcome"], number>>>;

export interface Told {
  readonly steps: number;
  readonly calls: number;
  /** Calls that were acknowledged, and found in the chain. */
  readonly acknowledged: number;
  /** Swaps that were asked for. */
  readonly swaps: number;
  /** Transitions, by what they came to. */
  readonly outcomes: Outcomes;
  readonly problems: readonly string[];
  /** The number of the step at which the first problem came up. */
  readonly failedAt: number | undefined;
}

export class Tally {
  steps = 0;
  calls = 0;
  acknowledged = 0;
  swaps = 0;
  readonly outcomes: Partial<Record<Transition["outcome"], number>> = {};
  readonly problems: string[] = [];
  #failedAt: number | undefined;

  get failed(): boolean {
    return this.problems.length > 0;
  }

  /** Something is not as it has to be. */
  say(problem: string): void {
    this.#failedAt ??= this.steps;
    this.problems.push(problem);
  }

  count({ outcome }: Transition): void {
    this.outcomes[outcome] = (this.outcomes[outcome] ?? 0) + 1;
  }

  told(): Told {
    const { steps, calls, acknowledged, swaps, outcomes, problems } = this;
    return { steps, calls, acknowledged, swaps, outcomes, problems, failedAt: this.#failedAt };
  }
}

/** Several as one. */
export function sumOf(all: readonly Told[]): Omit<Told, "problems" | "failedAt"> {
  const sum = new Tally();
  for (const { steps, calls, acknowledged, swaps, outcomes } of all) {
    sum.steps += steps;
    sum.calls += calls;
    sum.acknowledged += acknowledged;
    sum.swaps += swaps;
    for (const [outcome, times] of Object.entries(outcomes) as [Transition["outcome"], number][]) {
      sum.outcomes[outcome] = (sum.outcomes[outcome] ?? 0) + times;
    }
  }
  return sum.told();
}
