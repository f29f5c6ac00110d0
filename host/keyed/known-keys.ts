/** What a caller remembers of keys: of so many, those that were called last. */

export interface Known {
  readonly node?: string | undefined;
  readonly version?: string | undefined;
}

export class KnownKeys {
  readonly #known = new Map<string, Known>();
  readonly #most: number;

  /** @param most keys */
  constructor(most: number) {
    this.#most = most;
  }

  get(key: string): Known | undefined {
    return this.#known.get(key);
  }

  /** The key that was called longest ago is forgotten. */
  set(key: string, known: Known): void {
    this.#known.delete(key);
    this.#known.set(key, known);
    if (this.#known.size > this.#most) this.#known.delete(this.#known.keys().next().value!);
  }

  delete(key: string): void {
    this.#known.delete(key);
  }
}
