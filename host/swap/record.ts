/** How event records are kept. */

import type { SwapRecord } from "../record.ts";

export type { SwapRecord, VersionRecord } from "../record.ts";

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
