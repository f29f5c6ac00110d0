/** A source that changes when the hammer says so. */
import type { LiveSource, Source, Transition } from "moult";

export class ChangingSource implements LiveSource {
  /** Listeners, as long as anything listens. */
  readonly listeners = new Set<(source: Source) => void>();
  /** Is told what came of changes. */
  readonly onRecord: (record: Transition) => void;
  #now: Source;

  constructor(first: Source, onRecord: (record: Transition) => void) {
    this.#now = first;
    this.onRecord = onRecord;
  }

  readonly current = async (): Promise<Source> => this.#now;

  readonly subscribe = (listener: (source: Source) => void): (() => void) => {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  };

  change(to: Source): void {
    this.#now = to;
    for (const listener of [...this.listeners]) listener(to);
  }
}
