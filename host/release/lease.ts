/**
 * Who of several does what one is enough for: whoever renews a record. For a moment two may believe it of themselves,
 * so what they do has to do no harm when it is done twice.
 */
import type { Fabric } from "../fabric/fabric.ts";
import type { Timers } from "../timer.ts";
import { recordBytes } from "./record.ts";
import { MISSED, Silence } from "./silence.ts";

/** Milliseconds between two looks, and two renewals. */
export const LEASE = 1_000;

export class Lease {
  readonly #fabric: Fabric;
  readonly #key: string;
  readonly #timers: Timers;
  /** Of our own renewal; nothing where it is not ours. */
  #own: number | undefined;
  /** Of another one that had it. */
  readonly #silence = new Silence();
  #looked = Number.NEGATIVE_INFINITY;

  constructor(fabric: Fabric, key: string, timers: Timers) {
    this.#fabric = fabric;
    this.#key = key;
    this.#timers = timers;
  }

  /** Renews it, or takes it where nobody has it any more. @returns whether it is ours @throws PluginError those of the fabric */
  async look(): Promise<boolean> {
    const now = this.#timers.now();
    if (now - this.#looked < LEASE) return this.#own !== undefined;
    this.#looked = now;
    const own = this.#own;
    this.#own = await (own === undefined ? this.#taken() : this.#fabric.kv.update(this.#key, NOTHING, own));
    return this.#own !== undefined;
  }

  /** Lets the next one have it. */
  async end(): Promise<void> {
    const own = this.#own;
    this.#own = undefined;
    this.#looked = Number.NEGATIVE_INFINITY;
    if (own !== undefined) await this.#fabric.kv.delete(this.#key, own);
  }

  async #taken(): Promise<number | undefined> {
    const { kv } = this.#fabric;
    const found = await kv.get(this.#key);
    if (!found) return kv.create(this.#key, NOTHING);
    const { revision } = found;
    const looks = this.#silence.look(this.#key, revision);
    return looks < MISSED ? undefined : kv.update(this.#key, NOTHING, revision);
  }
}

const NOTHING = recordBytes({});
