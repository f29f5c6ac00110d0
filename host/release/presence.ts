/** Who is there: records that their writers renew, and that say nothing any more when they stop. */
import type * as z from "zod/mini";
import type { Change, Fabric, Watching } from "../fabric/fabric.ts";
import type { Timers } from "../timer.ts";
import { readRecord } from "./record.ts";
import { MISSED } from "./silence.ts";

/** Milliseconds after which its record is of no use to anybody. */
const FORGOTTEN = 60_000;

/** What every such record has. */
export interface Renewed {
  /** Milliseconds between two renewals. */
  readonly interval: number;
}

interface Seen<T> {
  readonly record: T;
  readonly revision: number;
  /** When it was heard of, by the clock of this process: the clocks of others may be wrong. */
  readonly at: number;
}

export interface PresenceOptions<T extends Renewed> {
  readonly prefix: string;
  readonly schema: z.ZodMiniType<T>;
  readonly timers: Timers;
  /** Somebody came, left, or said something else. */
  readonly onChange?: () => void;
  readonly onFault: (error: unknown) => void;
}

export class Presence<T extends Renewed> {
  readonly #fabric: Fabric;
  readonly #options: PresenceOptions<T>;
  readonly #seen = new Map<string, Seen<T>>();
  #watching: Watching | undefined;

  private constructor(fabric: Fabric, options: PresenceOptions<T>) {
    this.#fabric = fabric;
    this.#options = options;
  }

  /** @throws PluginError those of the fabric */
  static async watch<T extends Renewed>(fabric: Fabric, options: PresenceOptions<T>): Promise<Presence<T>> {
    const presence = new Presence(fabric, options);
    presence.#watching = await fabric.kv.watch(options.prefix, (change) => presence.#take(change));
    return presence;
  }

  /** Those that were heard of lately, by what follows the prefix in their keys. */
  get live(): ReadonlyMap<string, T> {
    const now = this.#options.timers.now();
    const { prefix } = this.#options;
    const live = [...this.#seen].filter(([, { record, at }]) => now - at <= MISSED * record.interval);
    return new Map(live.map(([key, { record }]) => [key.slice(prefix.length), record]));
  }

  /** Whether it was heard of at all, and has not said that it ends. @param name what follows the prefix in its key */
  knows(name: string): boolean {
    return this.#seen.has(`${this.#options.prefix}${name}`);
  }

  /** Deletes the records of those that were not heard of for long, unless they are back. */
  async forget(): Promise<void> {
    const now = this.#options.timers.now();
    for (const [key, { record, revision, at }] of this.#seen) {
      if (now - at > Math.max(FORGOTTEN, 2 * MISSED * record.interval))
        await this.#fabric.kv.delete(key, revision);
    }
  }

  stop(): void {
    this.#watching?.stop();
  }

  #take(change: Change): void {
    const { key, revision } = change;
    const { schema, timers, onChange, onFault } = this.#options;
    if ("deleted" in change) this.#seen.delete(key);
    else {
      try {
        const record = readRecord(schema, change, `the record ${key}`);
        this.#seen.set(key, { record, revision, at: timers.now() });
      } catch (error) {
        this.#seen.delete(key);
        onFault(error);
      }
    }
    onChange?.();
  }
}
