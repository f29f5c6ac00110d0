/**
 * What a node or a caller of keyed instances reports of itself while the plan names several versions: a rollout is led
 * by it. While there is one version alone nothing is reported.
 */
import type { Fabric } from "../fabric/fabric.ts";
import { Beat, type BeatOptions } from "../release/beat.ts";
import type { Plan } from "../release/plan.ts";
import { Measures } from "../remote/measures.ts";

export class Reports {
  /** What the calls of each version came to since the plan names several. */
  readonly measures = new Map<string, Measures>();
  readonly #fabric: Fabric;
  readonly #options: BeatOptions;
  #beat: Beat | undefined;
  /** Of the beat before: it deletes the record that the next one writes. */
  #ended: Promise<void> = Promise.resolve();

  constructor(fabric: Fabric, options: BeatOptions) {
    this.#fabric = fabric;
    this.#options = options;
  }

  follow({ split }: Plan): void {
    if (split.length > 1) this.#beat ??= new Beat(this.#fabric, this.#options);
    else void this.end();
    for (const version of this.measures.keys())
      if (split.length === 1 || !split.some((each) => each.version === version))
        this.measures.delete(version);
    this.now();
  }

  /** Says at once what is new. */
  now(): void {
    void this.#ended.then(() => this.#beat?.now());
  }

  record(version: string, milliseconds: number, error?: unknown): void {
    if (!this.#beat) return;
    const measures = this.measures.get(version) ?? new Measures();
    this.measures.set(version, measures);
    measures.record(milliseconds, error);
  }

  async end(): Promise<void> {
    const beat = this.#beat;
    this.#beat = undefined;
    if (beat) {
      const [before, ended] = [this.#ended, beat.end()];
      this.#ended = before.then(() => ended);
    }
    await this.#ended;
  }
}
