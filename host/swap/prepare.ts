/** Preparing: from a source to a candidate that was found fit for a plugin, before anything of it runs. */
import type { Difference } from "../../abi/state/avro/resolve.ts";
import { changesBetween, type Passage } from "../../abi/state/state.ts";
import type { Build, Candidate, Generation } from "../generation/generation.ts";
import { versionOf } from "../module/info.ts";
import { passageBetween } from "../module/passage.ts";
import type { Source } from "../module/source.ts";
import type { VersionRecord } from "../transition.ts";
import type { Lifecycle } from "./lifecycle.ts";

/** A version that was fetched before, in place of a source. */
export class Ready {
  readonly build: Build;

  constructor(build: Build) {
    this.build = build;
  }
}

export interface PrepareOptions {
  /** It begins without the incumbent's state. */
  readonly reset: boolean;
  /** Milliseconds that the source may take to arrive. */
  readonly timeout: number;
  /** Bytes that it may bring. @default as when the plugin was loaded */
  readonly maxSourceBytes?: number | undefined;
  readonly signal: AbortSignal;
  /** Told of the version as soon as there is one; may throw. */
  readonly onVersion?: (version: VersionRecord) => void;
}

export interface Prepared {
  readonly build: Build;
  readonly candidate: Candidate;
  /** Whose state it was fitted to. */
  readonly incumbent: Generation;
  /** How the state reaches it; none for a fresh start. */
  readonly way: Passage | undefined;
}

/**
 * @throws PluginError what the maker's `fetch` throws, `mismatch`, `incompatible-state`, `missing-grant`, `bad-grant`,
 * `no-suspension`
 */
export async function prepare(
  lifecycle: Lifecycle,
  source: Source | Ready,
  { reset, timeout, maxSourceBytes, signal, onVersion }: PrepareOptions,
): Promise<Prepared> {
  const { current: incumbent, contracts } = lifecycle;
  const build =
    source instanceof Ready
      ? source.build
      : await lifecycle.maker.fetch(source, { timeout, maxSourceBytes, signal });
  const number = lifecycle.number();
  onVersion?.(versionOf(build, number));
  build.fit(contracts);
  const way = reset ? undefined : passageBetween(incumbent.build, build);
  return { build, candidate: build.candidate({ number, contracts, way }), incumbent, way };
}

/** What differs between the two versions' states: the lossless table. */
export function changesOf({ build, incumbent, way }: Prepared): readonly Difference[] {
  const [from, to] = [incumbent.build.manifest.state, build.manifest.state];
  return way && from && to && !to.opaque ? changesBetween(from, to) : [];
}
