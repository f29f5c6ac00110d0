/** What a watcher was told: so that after a lost connection it is told of what it missed, and of nothing twice. */
import { report, telling } from "../events.ts";
import type { Change } from "./fabric.ts";

export class Told {
  readonly #listener: (change: Change) => void;
  /** Of the keys that are there. */
  readonly #revisions = new Map<string, number>();
  #stopped = false;

  constructor(listener: (change: Change) => void) {
    this.#listener = listener;
  }

  get stopped(): boolean {
    return this.#stopped;
  }

  /** Tells of a change, unless it is known, or the end of what was not. */
  tell(change: Change): void {
    const { key, revision } = change;
    const known = this.#revisions.get(key);
    if ("deleted" in change ? known === undefined : known === revision) return;
    if ("deleted" in change) this.#revisions.delete(key);
    else this.#revisions.set(key, revision);
    if (!this.#stopped) telling(() => this.#listener(change), report);
  }

  /** The keys that are there are these: any other that is known was deleted. @param revision of now */
  settle(keys: ReadonlySet<string>, revision: number): void {
    for (const key of [...this.#revisions.keys()]) {
      if (!keys.has(key)) this.tell({ key, deleted: true, revision });
    }
  }

  /** The revisions that are known say nothing of what comes: it is told as new. */
  restart(): void {
    for (const key of this.#revisions.keys()) this.#revisions.set(key, 0);
  }

  stop(): void {
    this.#stopped = true;
  }
}
