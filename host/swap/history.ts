/** The history: the last transitions of a plugin. */
import type { Transition } from "../transition.ts";

/** Records that are kept. */
const KEPT = 100;

/** The last records of a plugin, told in the order in which their transitions began to count. */
export class History {
  readonly #records: Transition[] = [];
  readonly #tell: (record: Transition) => void;
  /** Places of records that are on their way, and what came after them. */
  readonly #places: { record: Transition | undefined }[] = [];

  /** @param tell hears of every record */
  constructor(tell: (record: Transition) => void) {
    this.#tell = tell;
  }

  /** Takes a place now for a record that is finished later: records that come meanwhile are told after it. */
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
      if (this.#records.length > KEPT) this.#records.shift();
      this.#tell(record);
    }
  }
}
