/**
 * Records that should be renewed and were not: how often in a row each was looked at and was still the same. Looks and
 * not time: who was frozen has not looked.
 */

/** Renewals that are missed before whoever owes them counts as gone. */
export const MISSED = 3;

interface Seen {
  readonly revision: number;
  /** How often it was seen so again. */
  readonly looks: number;
}

export class Silence {
  readonly #seen = new Map<string, Seen>();

  /** @param revision of the record now; 0 where there is none @returns how often it was seen so again, in a row */
  look(name: string, revision: number): number {
    const looks = this.#seen.get(name)?.revision === revision ? this.of(name) + 1 : 0;
    this.#seen.set(name, { revision, looks });
    return looks;
  }

  /** How often it was seen unchanged, in a row. */
  of(name: string): number {
    return this.#seen.get(name)?.looks ?? 0;
  }

  /** Forgets all but these. */
  keep(names: readonly string[]): void {
    for (const name of this.#seen.keys()) if (!names.includes(name)) this.#seen.delete(name);
  }

  /** Gives all their time anew. */
  clear(): void {
    this.#seen.clear();
  }
}
