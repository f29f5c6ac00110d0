/** The journal: calls, answers and recorded host answers since a state, in the order in which they ran. */
import type { RecordedCall } from "../generation/observer.ts";

export interface JournalBounds {
  /** @default 100_000 */
  readonly calls?: number;
  /** Of arguments and host answers, as lowered bytes. @default 67_108_864 */
  readonly bytes?: number;
}

export class Journal {
  readonly entries: RecordedCall[] = [];
  bytes = 0;
  readonly #bounds: Required<JournalBounds>;

  constructor({ calls = 100_000, bytes = 2 ** 26 }: JournalBounds = {}) {
    this.#bounds = { calls, bytes };
  }

  /** Whether it holds as much as it may. */
  get full(): boolean {
    return this.entries.length >= this.#bounds.calls || this.bytes >= this.#bounds.bytes;
  }

  /** Adds a call that has ended: one that trapped never is in it. */
  add(entry: RecordedCall): void {
    this.entries.push(entry);
    this.bytes += entry.args.length + 64 * entry.answers.length;
  }
}
