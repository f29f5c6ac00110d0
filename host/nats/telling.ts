/** Telling of what is there: until each key that was listed after the watch began has been told of. */
import type { Change } from "../fabric/fabric.ts";

export class Telling {
  readonly #done: (there: ReadonlySet<string>, revision: number) => void;
  /** The keys that have a value. */
  readonly #there = new Set<string>();
  readonly #seen = new Set<string>();
  #missing: Set<string> | undefined;
  #isOver = false;

  /** @param done is called once, before anything else is told */
  constructor(done: (there: ReadonlySet<string>, revision: number) => void) {
    this.#done = done;
  }

  /** @param change nothing where it is not watched */
  tell(key: string, change: Change | undefined, revision: number): void {
    if (this.#isOver) return;
    if (change && "value" in change) this.#there.add(key);
    else this.#there.delete(key);
    this.#seen.add(key);
    this.#missing?.delete(key);
    this.#look(revision);
  }

  /** @param keys that there were after the watch began */
  expect(keys: readonly string[]): void {
    this.#missing = new Set(keys.filter((key) => !this.#seen.has(key)));
    this.#look(0);
  }

  #look(revision: number): void {
    if (this.#missing?.size !== 0) return;
    this.#isOver = true;
    this.#done(this.#there, revision);
    this.#there.clear();
    this.#seen.clear();
  }
}
