/** A store around another one: it answers at once or later, and fails when it is told to. */
import type { Store } from "moult";
import { turn } from "./gap.ts";
import { Planned } from "./world.ts";

export class FaultyStore implements Store {
  readonly name = "a faulty store";
  readonly synchronous: boolean;
  readonly checkpoint: NonNullable<Store["checkpoint"]>;
  /** Writes that failed. */
  failed = 0;
  #failing: number | undefined;
  readonly #inner: Store;
  readonly #turns: () => number;

  /** @param turns of the event loop that each operation takes; at once with 0, if it is `synchronous` */
  constructor(inner: Store, options: { readonly synchronous: boolean; readonly turns: () => number }) {
    this.#inner = inner;
    this.#turns = options.turns;
    this.synchronous = options.synchronous;
    this.checkpoint = inner.checkpoint ?? {};
  }

  /** The nth write from now on fails; none with `undefined`. */
  failAt(nth: number | undefined): void {
    this.#failing = nth;
  }

  open() {
    return this.#do(() => this.#inner.open());
  }

  read() {
    return this.#do(() => this.#inner.read());
  }

  append(records: readonly Uint8Array[]) {
    return this.#do(() => {
      this.#fail();
      return this.#inner.append(records);
    });
  }

  begin(...what: Parameters<Store["begin"]>) {
    return this.#do(() => {
      this.#fail();
      return this.#inner.begin(...what);
    });
  }

  close() {
    return this.#do(() => this.#inner.close());
  }

  #do<T>(work: () => T): T | Promise<Awaited<T>> {
    return this.synchronous ? work() : this.#later(work);
  }

  async #later<T>(work: () => T): Promise<Awaited<T>> {
    for (let left = this.#turns(); left > 0; left--) await turn();
    return await work();
  }

  #fail(): void {
    if (this.#failing === undefined || --this.#failing > 0) return;
    this.#failing = undefined;
    this.failed++;
    throw new Planned("a disk that was to be full");
  }
}
