/** Mirrors: a version that sees every call and answers none, to find out how it would have answered. */

import { PluginError, reason } from "../errors.ts";
import type { NearGeneration } from "../generation/near.ts";
import { type Entry, Journal } from "../journal/journal.ts";
import type { Source } from "../module/source.ts";
import type { Standing } from "./lifecycle.ts";
import { prepare } from "./prepare.ts";

export interface MirrorOptions {
  /** The share of calls whose answers are compared, from 0 to 1. It runs all of them: it has state. @default 1 */
  readonly sample?: number;
  /** Calls that it may lag behind; then it ends. @default 10_000 */
  readonly lag?: number;
  /** Milliseconds that calls in flight may take to end, so that a copy can be taken. @default 10_000 */
  readonly drain?: number;
  /** Milliseconds that the source may take to arrive. @default 30_000 */
  readonly timeout?: number;
}

export interface MirrorReport {
  /** Calls that it has run. */
  readonly calls: number;
  readonly compared: number;
  /** Answers that were others. */
  readonly differing: number;
  readonly first?: { readonly call: number; readonly name: string };
  /** Why it ended by itself: it trapped, wanted an effect that the incumbent did not have, fell behind, or was overtaken by a swap. */
  readonly ended?: string;
}

/** A mirror that runs. */
export class Mirror {
  readonly #standing: Standing;
  readonly #generation: NearGeneration;
  readonly #journal: Journal;
  readonly #options: Required<Pick<MirrorOptions, "sample" | "lag">>;
  #calls = 0;
  #compared = 0;
  #differing = 0;
  #credit = 0;
  #first: MirrorReport["first"];
  #ended: string | undefined;
  #over = false;
  #working = false;
  #idle: (() => void)[] = [];

  constructor(
    standing: Standing,
    generation: NearGeneration,
    journal: Journal,
    options: Required<Pick<MirrorOptions, "sample" | "lag">>,
  ) {
    this.#standing = standing;
    this.#generation = generation;
    this.#journal = journal;
    this.#options = options;
    this.look();
  }

  /** What it found so far, once it has run every call that was answered before. */
  async report(): Promise<MirrorReport> {
    if (!this.#over && this.#journal.entries.length > 0) {
      await new Promise<void>((resolve) => this.#idle.push(resolve));
    }
    const [calls, compared, differing] = [this.#calls, this.#compared, this.#differing];
    const ended = this.#ended;
    return {
      calls,
      compared,
      differing,
      ...(this.#first && { first: this.#first }),
      ...(ended && { ended }),
    };
  }

  /** Ends it. */
  close(): void {
    this.end(undefined);
  }

  /** Ends it, for a reason that is not its user's. */
  end(why: string | undefined): void {
    if (this.#over) return;
    this.#over = true;
    this.#ended = why;
    if (this.#standing.mirror === this) {
      this.#standing.mirror = undefined;
      this.#standing.beside(undefined);
    }
    this.#journal.entries.length = 0;
    this.#generation.discard();
    for (const waiting of this.#idle.splice(0)) waiting();
  }

  /** Calls were answered: runs them when nobody waits for anything. */
  look(): void {
    if (this.#over || this.#working || this.#journal.entries.length === 0) return;
    if (this.#journal.entries.length > this.#options.lag) {
      this.end(`it fell ${this.#options.lag} calls behind`);
      return;
    }
    this.#working = true;
    setTimeout(() => void this.#work());
  }

  async #work(): Promise<void> {
    const entry = this.#journal.entries[0];
    if (entry) await this.#run(entry);
    this.#journal.entries.shift();
    this.#working = false;
    if (this.#journal.entries.length > 0) this.look();
    else for (const waiting of this.#idle.splice(0)) waiting();
  }

  async #run(entry: Entry): Promise<void> {
    let digest: number;
    try {
      digest = await this.#generation.replay(entry, this.#journal);
    } catch (error) {
      this.end(`${entry.name}: ${reason(error)}`);
      return;
    }
    if (this.#over) return;
    this.#calls++;
    this.#credit += this.#options.sample;
    if (this.#credit < 1) return;
    this.#credit -= 1;
    this.#compared++;
    if (digest === entry.digest) return;
    this.#differing++;
    this.#first ??= { call: this.#calls, name: entry.name };
  }
}

/**
 * Begins a mirror of what `source` holds: a copy of the state, then every call, behind everybody's back. Its posts vanish,
 * and its effects are answered as the incumbent's were.
 *
 * @throws PluginError as a swap's preparation does; `busy` and `probation` when something else keeps the journal
 */
export async function mirror(
  standing: Standing,
  source: Source,
  options: MirrorOptions = {},
): Promise<Mirror> {
  const { sample = 1, lag = 10_000, drain = 10_000, timeout = 30_000 } = options;
  const { gate, current: incumbent } = standing;
  admit(standing);
  const signal = standing.closed.signal;
  const candidate = await prepare(standing, source, { reset: false, timeout, signal });
  const journal = new Journal();
  let running: Mirror | undefined;
  const state = await gate.quiet(() => {
    admit(standing);
    const saved = incumbent.save();
    standing.beside({ journal, add: (entry) => journal.add(entry), answered: () => running?.look() });
    return saved;
  }, drain);
  incumbent.forget();
  try {
    const generation = await candidate.twin(state);
    running = new Mirror(standing, generation, journal, { sample, lag });
    standing.mirror = running;
    return running;
  } catch (error) {
    standing.beside(undefined);
    throw error;
  }
}

function admit({ name, busy, probation, mirror: other, closed }: Standing): void {
  const could = `could not mirror ${name}`;
  if (closed.signal.aborted) throw new PluginError("closed", `${could}: it was closed`);
  if (busy) throw new PluginError("busy", `${could}: a swap or a rollback is under way`);
  if (other) throw new PluginError("busy", `${could}: another mirror runs`);
  if (probation)
    throw new PluginError("probation", `${could}: a version is on probation; accept() or rollback() first`);
}
