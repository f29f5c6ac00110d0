/** The history: the last transitions of a plugin. */
import type { Transition } from "../transition.ts";

/** The number of records that are kept, and of the changes and answers in them. */
const KEPT = 100;
const DETAILS = 10_000;

/** The last records of a plugin, reported in the order in which their transitions took effect. */
export class History {
  readonly #records: Transition[] = [];
  #details = 0;
  readonly #tell: (record: Transition) => void;
  /** Places reserved for records that are not finished, and records that have to wait behind them. */
  readonly #places: { record: Transition | undefined }[] = [];

  /** @param tell is called with every record */
  constructor(tell: (record: Transition) => void) {
    this.#tell = tell;
  }

  /**
   * Reserves a place for a record that is finished later: records that come meanwhile are reported after it.
   */
  reserve(): (record: Transition) => void {
    const place: { record: Transition | undefined } = { record: undefined };
    this.#places.push(place);
    return (record) => {
      place.record = record;
      this.#flush();
    };
  }

  add(record: Transition): void {
    this.reserve()(record);
  }

  /** Oldest first. */
  records(): readonly Transition[] {
    return [...this.#records];
  }

  #flush(): void {
    while (this.#places[0]?.record) {
      const record = this.#places.shift()!.record!;
      this.#records.push(record);
      this.#details += detailsIn(record);
      while (this.#records.length > KEPT || (this.#records.length > 1 && this.#details > DETAILS)) {
        this.#details -= detailsIn(this.#records.shift()!);
      }
      this.#tell(record);
    }
  }
}

function detailsIn({ changes, answers }: Transition): number {
  const { itself, next } = answers ?? {};
  return (changes?.length ?? 0) + (itself?.differing.length ?? 0) + (next?.differing.length ?? 0);
}
