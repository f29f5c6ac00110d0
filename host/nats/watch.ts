/**
 * A watch over a bucket: it begins anew when the connection was lost, and tells of what it missed. When it has told of all
 * that was there it finds by a list of the keys: NATS counts what is to come yet, and where values are replaced meanwhile
 * that count is wrong.
 */
import type { KvWatchEntry } from "@nats-io/kv";
import type { QueuedIterator } from "@nats-io/transport-node";
import type { Change } from "../fabric/fabric.ts";
import { Told } from "../fabric/told.ts";
import { after } from "../timer.ts";
import type { Line } from "./line.ts";
import { Telling } from "./telling.ts";

export interface Watched {
  /** The keys that there are, or were: each has a last change. */
  keys(): Promise<readonly string[]>;
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
    // NATS would tell it by silence of a minute and more that a consumer was lost with its server.
    this.#leave = this.#line.onLoss(() => this.#entries?.stop());
    await this.#open();
  }

  stop(): void {
    this.#told.stop();
    this.#leave();
    this.#clear();
    this.#entries?.stop();
  }

  /** @returns resolves when all that was there is told, or the connection was lost meanwhile */
  async #open(): Promise<void> {
    const entries = await this.#watched.open();
    this.#entries = entries;
    let told = () => {};
    const settled = new Promise<void>((resolve) => {
      told = resolve;
    });
    const telling = new Telling((there, revision) => {
      this.#told.settle(there, revision);
      told();
    });
    const followed = this.#follow(entries, telling);
    try {
      telling.expect(await this.#watched.keys());
    } catch (error) {
      entries.stop();
      throw error;
    }
    void followed.then(() => this.#again());
    await Promise.race([settled, followed]);
  }

  async #follow(entries: QueuedIterator<KvWatchEntry>, telling: Telling): Promise<void> {
    try {
      for await (const entry of entries) {
        const change = this.#watched.changeOf(entry);
        if (change) this.#told.tell(change);
        telling.tell(entry.key, change, entry.revision);
      }
    } catch {
      // It is opened anew.
    }
  }

  async #again(): Promise<void> {
    if (this.#told.stopped || this.#line.closed) return;
    try {
      await this.#open();
      this.#refused = 0;
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
