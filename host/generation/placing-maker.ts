/** Makes generations where their sources say: where the plugin is, or elsewhere. */
import { isPlaced } from "../module/placed.ts";
import type { FetchOptions, Source } from "../module/source.ts";
import type { Build, GenerationMaker, Surroundings } from "./generation.ts";
import { type MakerAt, type Place, type PlaceMaker, type PlaceOptions, placeOf } from "./place.ts";

export class PlacingMaker<M extends GenerationMaker> implements GenerationMaker {
  /** Makes those that are where the plugin is. */
  readonly own: M;
  readonly #surroundings: Surroundings;
  readonly #options: PlaceOptions;
  readonly #elsewhere = new Map<string, PlaceMaker>();
  #records = false;
  #closed = false;

  constructor(own: M, surroundings: Surroundings, options: PlaceOptions) {
    this.own = own;
    this.#surroundings = surroundings;
    this.#options = options;
  }

  async fetch(source: Source, options: FetchOptions): Promise<Build> {
    if (!isPlaced(source)) return this.own.fetch(source, options);
    const place = placeOf(source);
    const maker = this.at(place, await place.load());
    if (this.#records) await maker.recording();
    return maker.fetch(place.source, options);
  }

  /** The maker of a place, made when it is first asked for. @throws PluginError `argument` */
  at({ key }: Place, made: MakerAt): PlaceMaker {
    const maker = this.#elsewhere.get(key) ?? made(this.#surroundings, this.#options);
    this.#elsewhere.set(key, maker);
    if (this.#closed) maker.close();
    return maker;
  }

  async recording(): Promise<void> {
    this.#records = true;
    await this.own.recording();
    for (const maker of this.#elsewhere.values()) await maker.recording();
  }

  close(): void {
    this.#closed = true;
    this.own.close();
    for (const maker of this.#elsewhere.values()) maker.close();
  }
}
