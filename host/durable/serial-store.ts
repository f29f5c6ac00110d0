/** A store that gets one request at a time, and none after it was closed, as the rules for stores say. */
import { type Awaitable, isPromise } from "../awaitable.ts";
import type { JournalBounds } from "../journal/bounds.ts";
import type { Store, StoredState } from "./store.ts";

/** A call that its plugin's close overtakes still writes: its write comes before the close, or not at all. */
export class SerialStore implements Store {
  readonly name: string;
  readonly synchronous: boolean;
  readonly checkpoint: JournalBounds;
  readonly #store: Store;
  /** The last request; further requests wait for it. */
  #last: Promise<unknown> | undefined;
  #over = false;

  constructor(store: Store) {
    this.#store = store;
    this.name = store.name;
    this.synchronous = store.synchronous;
    this.checkpoint = store.checkpoint ?? {};
  }

  /** Whether it was closed: it gets no request any more. */
  get over(): boolean {
    return this.#over;
  }

  get warnings(): readonly string[] {
    return this.#store.warnings ?? [];
  }

  /** Resolves when no request is under way. */
  async idle(): Promise<void> {
    while (this.#last) await this.#last.catch(() => {});
  }

  open(): Awaitable<void> {
    return this.#inTurn(() => this.#store.open());
  }

  read(): Awaitable<StoredState | undefined> {
    return this.#inTurn(() => this.#store.read());
  }

  append(records: readonly Uint8Array[]): Awaitable<void> {
    return this.#inTurn(() => this.#store.append(records));
  }

  /** @throws where the store has no such thing, too */
  retract(appends: number): Awaitable<void> {
    return this.#inTurn(() => {
      if (!this.#store.retract) throw new Error("it takes nothing back");
      return this.#store.retract(appends);
    });
  }

  begin(snapshot: Uint8Array, head: Uint8Array, module?: Uint8Array): Awaitable<void> {
    return this.#inTurn(() => this.#store.begin(snapshot, head, module));
  }

  close(): Awaitable<void> {
    const closed = this.#inTurn(() => this.#store.close());
    this.#over = true;
    return closed;
  }

  #inTurn<T>(work: () => Awaitable<T>): Awaitable<T> {
    if (this.#over) throw new Error("its plugin was closed");
    const answer = this.#last ? this.#last.then(work, work) : work();
    if (!isPromise(answer)) return answer;
    const over = () => {
      if (this.#last === last) this.#last = undefined;
    };
    const last: Promise<T> = Promise.resolve(answer).finally(over);
    this.#last = last;
    return last;
  }
}
