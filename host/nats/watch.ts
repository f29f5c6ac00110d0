/** A watch over a bucket: it begins anew when the connection was lost, and tells of what it missed. */
import type { KvWatchEntry } from "@nats-io/kv";
import type { QueuedIterator } from "@nats-io/transport-node";
import type { Change } from "../fabric/fabric.ts";
import { Told } from "../fabric/told.ts";
import { after } from "../timer.ts";
import type { Line } from "./line.ts";

export interface Watched {
  /** Whether there is a value now. */
  isAny(): Promise<boolean>;
  /** First the last change of each key, then every change. */
  open(): Promise<QueuedIterator<KvWatchEntry>>;
  /** @returns nothing for one that is not watched */
  changeOf(entry: KvWatchEntry): Change | undefined;
}

/** Milliseconds until a watch that could not begin is tried again, at most: first, and however often it could not. */
const AGAIN = 500;
const LONGEST = 8_000;

export class Watch {
  readonly #line: Line;
  readonly #told: Told;
  readonly #watched: Watched;
  #entries: QueuedIterator<KvWatchEntry> | undefined;
  #leave = () => {};
  #clear = () => {};
  /** How often in a row it could not begin. */
  #refused = 0;

  constructor(line: Line, listener: (change: Change) => void, watched: Watched) {
    this.#line = line;
    this.#told = new Told(listener);
    this.#watched = watched;
  }

  /** @returns resolves when it has told of what is there */
  async begin(): Promise<void> {
    const isAny = await this.#watched.isAny();
    this.#entries = await this.#watched.open();
    // NATS would tell it by silence of a minute and more that a consumer was lost with its server.
    this.#leave = this.#line.onLoss(() => this.#entries?.stop());
    await new Promise<void>((resolve) => {
      void this.#follow(this.#entries!, resolve);
      if (!isAny) resolve();
    });
  }

  stop(): void {
    this.#told.stop();
    this.#leave();
    this.#clear();
    this.#entries?.stop();
  }

  /** @param settled is called when all that was there is told */
  async #follow(entries: QueuedIterator<KvWatchEntry>, settled: () => void): Promise<void> {
    const there = new Set<string>();
    let isSettled = false;
    try {
      for await (const entry of entries) {
        const change = this.#watched.changeOf(entry);
        if (change) this.#told.tell(change);
        if (isSettled) continue;
        if (change && "value" in change) there.add(change.key);
        if (!entry.isUpdate && entry.delta !== 0) continue;
        isSettled = true;
        this.#told.settle(there, entry.revision);
        settled();
      }
    } catch {
      // It is opened anew.
    }
    settled();
    await this.#again();
  }

  async #again(): Promise<void> {
    if (this.#told.stopped || this.#line.closed) return;
    try {
      this.#entries = await this.#watched.open();
      this.#refused = 0;
      void this.#follow(this.#entries, () => {});
    } catch {
      this.#clear = after(this.#pause(), () => void this.#again(), { name: "again", unref: true });
    }
  }

  /** All watches of a server that comes back would begin in one moment, and overrun it again. */
  #pause(): number {
    const most = Math.min(AGAIN * 2 ** this.#refused++, LONGEST);
    return most * (0.5 + Math.random() / 2);
  }
}
