/** Makes generations where their sources say: where the plugin is, or elsewhere. */
import { PluginError } from "../errors.ts";
import type { Build, GenerationMaker, Surroundings } from "../generation/generation.ts";
import { type MakerAt, type Place, type PlaceMaker, placeOf } from "../generation/place.ts";
import { isPlaced } from "../module/placed.ts";
import type { FetchOptions, Source } from "../module/source.ts";

export class PlacingMaker implements GenerationMaker {
  readonly #own: GenerationMaker;
  readonly #surroundings: Surroundings;
  readonly #elsewhere = new Map<string, PlaceMaker>();
  #closed = false;

  /** @param own makes those that are where the plugin is */
  constructor(own: GenerationMaker, surroundings: Surroundings) {
    this.#own = own;
    this.#surroundings = surroundings;
  }

  async fetch(source: Source, options: FetchOptions): Promise<Build> {
    if (!isPlaced(source)) return this.#own.fetch(source, options);
    const place = placeOf(source);
    const maker = this.at(place, await place.load());
    // What is recorded may have been decided before there was this maker.
    await maker.recording();
    return maker.fetch(place.source, options);
  }

  /** The maker of a place, made when it is first asked for. @throws PluginError `argument` */
  at({ key, shown }: Place, made: MakerAt): PlaceMaker {
    const { elsewhere } = this.#own;
    if (elsewhere === undefined) {
      const why = "it has several instances, which run where the plugin is; leave out instances";
      throw new PluginError("argument", `could not run ${this.#surroundings.plugin} at ${shown}: ${why}`);
    }
    const maker = this.#elsewhere.get(key) ?? made(this.#surroundings, elsewhere);
    this.#elsewhere.set(key, maker);
    if (this.#closed) maker.close();
    return maker;
  }

  async recording(): Promise<void> {
    await this.#own.recording();
    for (const maker of this.#elsewhere.values()) await maker.recording();
  }

  close(): void {
    this.#closed = true;
    this.#own.close();
    for (const maker of this.#elsewhere.values()) maker.close();
  }
}
