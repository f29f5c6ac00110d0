/** Makes generations of several instances, of what another maker makes. */
import { PluginError } from "../errors.ts";
import { title } from "../module/info.ts";
import type { FetchOptions, Source } from "../module/source.ts";
import type {
  Build,
  Candidate,
  CandidateOptions,
  Generation,
  GenerationMaker,
  State,
  Surroundings,
} from "./generation.ts";
import { PooledGeneration } from "./pooled-generation.ts";

export class PooledMaker implements GenerationMaker {
  readonly #inner: GenerationMaker;
  readonly #instances: number;
  /** The pools of instances that serve, or may. */
  readonly #pools = new WeakMap<Generation, PooledGeneration>();

  /** @param made makes the maker of single instances */
  constructor(
    surroundings: Surroundings,
    instances: number,
    made: (surroundings: Surroundings) => GenerationMaker,
  ) {
    this.#instances = instances;
    this.#inner = made({
      ...surroundings,
      onTrap: (generation, error) => {
        const pool = this.#pools.get(generation);
        // The second trap of a pool is no news.
        if (pool?.trapped) return;
        pool?.lost(error);
        surroundings.onTrap(pool ?? generation, error);
      },
    });
  }

  async fetch(source: Source, options: FetchOptions): Promise<Build> {
    return this.over(await this.#inner.fetch(source, options));
  }

  /** A build of several instances. @throws PluginError `mismatch` for a module with state */
  over(build: Build): Build {
    const { manifest, typed, digest, from, warnings, bytes } = build;
    if (manifest.state) {
      const why = "it has state, which one instance alone can hold; leave out the option instances";
      throw new PluginError("mismatch", `could not load ${title(build)}: ${why}`);
    }
    return {
      manifest,
      typed,
      digest,
      from,
      warnings,
      bytes,
      fit: (contracts) => build.fit(contracts),
      candidate: (options) => this.#candidate(build, options),
    };
  }

  #candidate(build: Build, options: CandidateOptions): Candidate {
    const { contracts } = options;
    const candidate = build.candidate(options);
    const others = Array.from({ length: this.#instances - 1 }, (_, i) =>
      build.candidate({ ...options, nth: i + 1 }),
    );
    const pools = this.#pools;
    return {
      twin: (state: State | undefined) => candidate.twin(state),
      async successor() {
        const made = await all([candidate, ...others]);
        const pool = new PooledGeneration(made, contracts);
        for (const each of made) pools.set(each, pool);
        return pool;
      },
    };
  }

  recording(): Promise<void> {
    return this.#inner.recording();
  }

  close(): void {
    this.#inner.close();
  }
}

/** A successor of each, or of none. @throws PluginError as `successor` does */
async function all(candidates: readonly Candidate[]): Promise<Generation[]> {
  const tried = await Promise.allSettled(candidates.map(async (each) => each.successor()));
  const made = tried.flatMap((each) => (each.status === "fulfilled" ? [each.value] : []));
  const failed = tried.find((each) => each.status === "rejected");
  if (!failed) return made;
  for (const each of made) each.discard();
  throw failed.reason;
}
