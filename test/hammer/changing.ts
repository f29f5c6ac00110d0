/** A source that changes when the hammer says so. */
import type { Changing, Source, SwapRecord } from "moult";

export class ChangingSource implements Changing {
  /** Listeners, as long as anything listens. */
  readonly listeners = new Set<(source: Source) => void>();
  /** Is told what came of changes. */
  readonly onRecord: (record: SwapRecord) => void;
  #now: Source;

  constructor(first: Source, onRecord: (record: SwapRecord) => void) {
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
