/** Places: where the generations of a plugin run, if that is not where the plugin is. */

import type { ModuleInfo } from "../module/info.ts";
import { PLACED, type Placed } from "../module/placed.ts";
import type { Fetched, Source } from "../module/source.ts";
import type { Build, GenerationMaker, Surroundings } from "./generation.ts";

/** Makes the generations of one plugin in one place. */
export interface PlaceMaker extends GenerationMaker {
  /** A build of a module that was compiled here. @param fetched what it was made of */
  of(module: ModuleInfo, fetched?: Fetched): Build;
}

/** @param options those of the plugin's own maker: `elsewhere` @throws PluginError `argument` */
export type MakerAt = (surroundings: Surroundings, options: unknown) => PlaceMaker;

export interface Place {
  /** Where, for messages and records. */
  readonly shown: string;
  /** The module itself. */
  readonly source: Exclude<Source, Placed>;
  /** The same for places that are the same. It may hold a secret. */
  readonly key: string;
  /** Loads the code that makes generations there. @throws PluginError `unavailable` */
  load(): Promise<MakerAt>;
}

export function placeOf({ [PLACED]: place }: Placed): Place {
  return place as Place;
}
