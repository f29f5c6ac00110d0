/** What callers report of two versions, since a moment. */

import { Measures, type Tally } from "../remote/measures.ts";
import type { Window } from "./analysis.ts";
import type { CallerReport } from "./reports.ts";

type Versions = Readonly<Record<string, Tally>>;

export class Reported {
  /** What each caller had counted at that moment; of those that came later it is nothing. */
  readonly #before: ReadonlyMap<string, Versions>;
  /** What each said last, also of those that have left. */
  readonly #last = new Map<string, Versions>();

  constructor(callers: ReadonlyMap<string, CallerReport>) {
    this.#before = new Map([...callers].map(([id, { versions }]) => [id, versions]));
    this.take(callers);
  }

  take(callers: ReadonlyMap<string, CallerReport>): void {
    for (const [id, { versions }] of callers) this.#last.set(id, versions);
  }

  window(fresh: string, stable: string): Window {
    return { fresh: this.#of(fresh), stable: this.#of(stable) };
  }

  #of(version: string): Measures {
    const measures = new Measures();
    for (const [id, versions] of this.#last) {
      const [last, before] = [tallyOf(versions, version), tallyOf(this.#before.get(id), version)];
      if (last) measures.add(last);
      if (last && before) measures.add(before, -1);
    }
    return measures;
  }
}

function tallyOf(versions: Versions | undefined, version: string): Tally | undefined {
  return versions && Object.hasOwn(versions, version) ? versions[version] : undefined;
}
