/** A record of one's own that is renewed until its writer ends. */
import type { Fabric } from "../fabric/fabric.ts";
import { after, type Timers } from "../timer.ts";
import { recordBytes } from "./record.ts";

export interface BeatOptions {
  readonly key: string;
  /** Milliseconds between two renewals. */
  readonly interval: number;
  readonly timers: Timers;
  /** What is said now. */
  readonly record: () => unknown;
  /** The engine is away, as a rule: it is tried again. */
  readonly onFault: (error: unknown) => void;
}

export class Beat {
  readonly #fabric: Fabric;
  readonly #options: BeatOptions;
  #clear = () => {};
  #writing: Promise<void> | undefined;
  #again = false;
  #ended = false;

  constructor(fabric: Fabric, options: BeatOptions) {
    this.#fabric = fabric;
    this.#options = options;
  }

  /** Says at once what is new. @returns resolves when it was said, or could not be */
  async now(): Promise<void> {
    this.#again = true;
    this.#writing ??= this.#write();
    await this.#writing;
  }

  /** Ends it, and deletes the record. */
  async end(): Promise<void> {
    this.#ended = true;
    this.#clear();
    await this.#writing;
    await this.#fabric.kv.delete(this.#options.key).catch(this.#options.onFault);
  }

  async #write(): Promise<void> {
    const { key, interval, timers, record, onFault } = this.#options;
    // What was said meanwhile is said together.
    while (this.#again && !this.#ended) {
      this.#again = false;
      this.#clear();
      await this.#fabric.kv.put(key, recordBytes(record())).catch(onFault);
    }
    this.#writing = undefined;
    if (this.#ended) return;
    this.#clear = after(interval, () => void this.now(), { name: "interval", unref: true, timers });
  }
}
