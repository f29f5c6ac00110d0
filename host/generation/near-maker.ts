/** Makes generations in this process. */
import type { Passage } from "../../abi/state/passage.ts";
import { bindings } from "../contract/bindings.ts";
import type { Contract } from "../contract/contract.ts";
import { PluginError } from "../errors.ts";
import { linksReady } from "../grant/lazy-link.ts";
import { type Linkage, linkage } from "../grant/linkage.ts";
import { type Lent, MemoryPool } from "../guest/memory-pool.ts";
import { LazyPart } from "../lazy-part.ts";
import { type CompileOptions, compile } from "../module/compile.ts";
import { title } from "../module/info.ts";
import type { PluginModule } from "../module/module.ts";
import { type Fetched, type FetchOptions, fetchSource, type Source } from "../module/source.ts";
import { namedApart } from "./call-names.ts";
import type { CallRecorder } from "./call-recorder.ts";
import type {
  Candidate,
  CandidateOptions,
  Generation,
  GenerationMaker,
  State,
  StateCopy,
  Surroundings,
} from "./generation.ts";
import { ModuleBuild } from "./module-build.ts";
import { type Lineage, NearGeneration } from "./near-generation.ts";
import type { NearOptions } from "./near-options.ts";

export const RECORDING = new LazyPart(() => import("./call-recorder.ts"));

/** Bytes of a page. */
const PAGE = 65_536;

export class NearMaker implements GenerationMaker {
  readonly surroundings: Surroundings;
  readonly lineage: Lineage;
  readonly options: NearOptions;
  readonly elsewhere: NearOptions;
  #recorder: CallRecorder | undefined;

  constructor(surroundings: Surroundings, options: NearOptions) {
    const { heldPosts, maxStateBytes, maxValueBytes, limits } = options;
    const maxPages = limits?.pages;
    const recorder = () => this.#recorder ?? unasked();
    this.lineage = {
      ...surroundings,
      memories: new MemoryPool(),
      recorder,
      heldPosts,
      maxStateBytes,
      maxValueBytes,
      maxPages,
    };
    this.surroundings = surroundings;
    this.options = options;
    this.elsewhere = options;
  }

  async fetch(source: Source, options: FetchOptions): Promise<NearBuild> {
    const { module, fetched } = await this.compiled(source, options);
    return this.of(module, fetched);
  }

  /** A module, and what it was made of. @throws PluginError as `fetch` does */
  async compiled(
    source: Source,
    options: FetchOptions,
  ): Promise<{ readonly module: PluginModule; readonly fetched: Fetched }> {
    const { adapter, limits, proofs } = this.options;
    const maxSourceBytes = options.maxSourceBytes ?? this.options.maxSourceBytes;
    const compiles = limits?.fuel === undefined && limits?.pages === undefined;
    const fetched = await fetchSource(source, { ...proofs, ...options, maxSourceBytes, compiles });
    return { module: await moduleOf(fetched, { adapter, limits }), fetched };
  }

  /** A build of a module that `moduleOf` answered. @param fetched what it was made of */
  of(module: PluginModule, fetched?: Fetched): NearBuild {
    const bytes = this.options.keepBytes && fetched && "bytes" in fetched ? fetched.bytes : undefined;
    return new NearBuild(module, this, bytes);
  }

  async recording(): Promise<void> {
    const { CallRecorder } = await RECORDING.load(`could not record calls of ${this.lineage.plugin}`);
    this.#recorder ??= new CallRecorder();
  }

  close(): void {
    this.lineage.memories.close();
  }
}

/**
 * Compiles what a source held, and has ready what generations of it take.
 * @throws PluginError as `compile` does; `unavailable`
 */
export async function moduleOf(fetched: Fetched, options: CompileOptions): Promise<PluginModule> {
  const module = await compile(fetched, options);
  await linksReady(module);
  return module;
}

function unasked(): never {
  throw new Error("calls are to be recorded, and the maker was not told before");
}

export class NearBuild extends ModuleBuild {
  readonly #maker: NearMaker;

  constructor(module: PluginModule, maker: NearMaker, bytes: Uint8Array | undefined) {
    super(module, bytes);
    this.#maker = maker;
  }

  candidate({ number, contracts, way, nth = 0 }: CandidateOptions): Candidate {
    const { options } = this.#maker;
    const lineage = namedApart(this.#maker.lineage, nth);
    const links = linkage(this.module, options.grants);
    refuseEffects(this, links, lineage.waits);
    return new NearCandidate(this.#maker, this, lineage, { links, number, contracts, way });
  }
}

interface CandidateParts {
  readonly links: Linkage;
  readonly number: number;
  readonly contracts: readonly Contract[];
  readonly way: Passage | undefined;
}

class NearCandidate implements Candidate {
  readonly #maker: NearMaker;
  readonly #build: NearBuild;
  readonly #lineage: Lineage;
  readonly #parts: CandidateParts;
  /** The pages that the twin needed with the state in it. */
  #pages: number | undefined;

  constructor(maker: NearMaker, build: NearBuild, lineage: Lineage, parts: CandidateParts) {
    this.#maker = maker;
    this.#build = build;
    this.#lineage = lineage;
    this.#parts = parts;
  }

  twin(state: State | undefined): NearGeneration {
    const { initial = 0 } = this.#build.manifest.memory ?? {};
    // A state takes at least as much memory as its bytes, and allocators round up.
    const twin = this.#made(
      "looking",
      state && initial + 4 + Math.ceil((state.datum.length * 1.125) / 65_536),
    );
    try {
      twin.start();
      if (state) twin.restore(state);
      twin.check();
    } catch (error) {
      twin.discard();
      throw error;
    }
    this.#pages = twin.instance.pages();
    return twin;
  }

  successor(): NearGeneration {
    const successor = this.#made("held", this.#pages);
    try {
      return successor.start();
    } catch (error) {
      successor.discard();
      throw error;
    }
  }

  async copying(incumbent: Generation, from: number): Promise<StateCopy | undefined> {
    const { options, surroundings, lineage } = this.#maker;
    const { way, number } = this.#parts;
    if (!(incumbent instanceof NearGeneration) || !options.crossing || !way || way.translate)
      return undefined;
    const { instance, module } = incumbent;
    if (!incumbent.cloneable || instance.pages() * PAGE < from) return undefined;
    return options.crossing({
      surroundings,
      options,
      memories: lineage.memories,
      incumbent: instance,
      from: module,
      to: this.#build.module,
      number,
      way,
      make: (mode, pages, lent) => this.#made(mode, pages, lent),
    });
  }

  #made(mode: "looking" | "held", pages: number | undefined, lent?: Lent): NearGeneration {
    const { number, links, contracts, way } = this.#parts;
    // Written out, because objects made by spreads each get a shape of their own in the engine.
    return new NearGeneration({
      number,
      build: this.#build,
      module: this.#build.module,
      linkage: links,
      lineage: this.#lineage,
      mode,
      bindings: contracts.flatMap((each) => bindings(each, this.#build.module)),
      passage: way,
      pages,
      lent,
    });
  }
}

/**
 * Refuses effects where the store answers promises: an effect's answer is logged before the guest sees it,
 * and a guest that cannot be suspended cannot wait for that.
 *
 * @throws PluginError `no-suspension`
 */
function refuseEffects(build: NearBuild, { matches }: Linkage, store: string | undefined): void {
  if (store === undefined) return;
  const names = matches.flatMap(({ import: owner, functions }) =>
    functions
      .filter(({ granted }) => granted.kind === "effect" && !granted.async)
      .map(({ name }) => `${owner}#${name}`),
  );
  if (names.length === 0) return;
  throw new PluginError(
    "no-suspension",
    `could not load ${title(build)} from ${store}: ${names.join(", ")} has an effect and answers at once, and this ` +
      "store answers later; declare it async: true, or use a store that is synchronous",
  );
}
