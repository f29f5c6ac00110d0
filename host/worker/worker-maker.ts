/** Makes generations in threads of their own. */
import { LIMITS } from "../../abi/limits.ts";
import { bindings } from "../contract/bindings.ts";
import { PluginError } from "../errors.ts";
import { namedApart } from "../generation/call-names.ts";
import type {
  Build,
  Candidate,
  CandidateOptions,
  GenerationMaker,
  State,
  Surroundings,
} from "../generation/generation.ts";
import { ModuleBuild } from "../generation/module-build.ts";
import { NearMaker } from "../generation/near-maker.ts";
import type { NearOptions } from "../generation/near-options.ts";
import type { Mode } from "../grant/granted-calls.ts";
import { linkage } from "../grant/linkage.ts";
import { DEADLINE } from "../limits.ts";
import { title } from "../module/info.ts";
import type { PluginModule } from "../module/module.ts";
import type { Fetched, FetchOptions, Source } from "../module/source.ts";
import { HostPool } from "./host-pool.ts";
import { Hosting } from "./hosting.ts";
import type { InstanceHosts } from "./instance-host.ts";
import type { ModuleToSend } from "./orders.ts";
import { BY_MESSAGES, postsOf, sharesMemory } from "./posted.ts";
import { sentModule } from "./sent-module.ts";
import { WorkerGeneration } from "./worker-generation.ts";

export { stoppable } from "./stopping.ts";

/** Where instances run, if that is not in threads of this process. */
export interface Elsewhere {
  readonly hosts: InstanceHosts;
  /** Where, for messages and records. */
  readonly place: string;
}

export class WorkerMaker implements GenerationMaker {
  readonly near: NearMaker;
  readonly options: NearOptions;
  readonly elsewhere: NearOptions;
  readonly hosts: InstanceHosts;
  readonly place: string | undefined;
  /** Whether threads share memory with their host; instances elsewhere need none. */
  readonly shares: boolean;

  constructor(surroundings: Surroundings, options: NearOptions, elsewhere?: Elsewhere) {
    this.near = new NearMaker(surroundings, options);
    this.options = options;
    this.elsewhere = options;
    this.shares = elsewhere !== undefined || sharesMemory();
    this.hosts = elsewhere?.hosts ?? new HostPool((module) => new Hosting(module, this.shares));
    this.place = elsewhere?.place;
  }

  async fetch(source: Source, options: FetchOptions): Promise<Build> {
    const { module, fetched } = await this.near.compiled(source, options);
    return this.of(module, fetched);
  }

  /** A build of a module that `moduleOf` answered. @param fetched what it was made of */
  of(module: PluginModule, fetched?: Fetched): WorkerBuild {
    return new WorkerBuild(module, this, fetched);
  }

  recording(): Promise<void> {
    return this.near.recording();
  }

  close(): void {
    this.hosts.close();
    this.near.close();
  }
}

type Making = (mode: Mode, pages?: number) => Promise<WorkerGeneration>;

export class WorkerBuild extends ModuleBuild {
  readonly #maker: WorkerMaker;
  readonly #sent: ModuleToSend;

  constructor(module: PluginModule, maker: WorkerMaker, fetched: Fetched | undefined) {
    super(module, maker.near.of(module, fetched).bytes);
    this.#maker = maker;
    const sent = sentModule(module, maker.options.maxValueBytes ?? LIMITS.lifted);
    const bytes = maker.place !== undefined && fetched && "bytes" in fetched ? fetched.bytes : undefined;
    this.#sent = { ...sent, bytes, digest: module.digest };
  }

  override get warnings(): readonly string[] {
    return this.#maker.shares ? super.warnings : [...super.warnings, BY_MESSAGES];
  }

  get place(): string | undefined {
    return this.#maker.place;
  }

  candidate(options: CandidateOptions): Candidate {
    return new WorkerCandidate(this.module, this.#making(options), options.signal);
  }

  /** An instance that nothing of runs, to become another one. */
  blank(number: number, pages: number): Promise<WorkerGeneration> {
    return this.#making({ number, contracts: [], way: undefined })("looking", pages);
  }

  #making({ number, contracts, way, nth = 0 }: CandidateOptions): Making {
    const { near, options, hosts, place, shares } = this.#maker;
    const links = linkage(this.module, options.grants, { waits: true });
    checkRules(this.module);
    const posts = shares ? undefined : postsOf(this.module, links);
    // Its host starts while the rest is prepared.
    hosts.warm(this.#sent);
    const { deadline = DEADLINE, spare = false } = options;
    return (mode: Mode, pages?: number) =>
      WorkerGeneration.make({
        number,
        build: this,
        module: this.module,
        sent: this.#sent,
        linkage: links,
        lineage: namedApart(near.lineage, nth),
        mode,
        bindings: contracts.flatMap((each) => bindings(each, this.module)),
        passage: way,
        pages,
        hosts,
        posts,
        slow: place === undefined ? "its thread" : `${place}, where it runs,`,
        deadline,
        spare,
      });
  }
}

/** Its thread has no bytes of the module to see it by. @throws PluginError `mismatch` */
function checkRules(module: PluginModule): void {
  const { problem } = module;
  if (problem === undefined) return;
  throw new PluginError("mismatch", `could not load ${title(module)}: ${problem}`);
}

class WorkerCandidate implements Candidate {
  readonly #module: PluginModule;
  readonly #made: Making;
  readonly #signal: AbortSignal | undefined;
  /** The pages that the twin needed with the state in it. */
  #pages: number | undefined;

  constructor(module: PluginModule, made: Making, signal: AbortSignal | undefined) {
    this.#module = module;
    this.#made = made;
    this.#signal = signal;
  }

  async twin(state: State | undefined): Promise<WorkerGeneration> {
    const { initial = 0 } = this.#module.manifest.memory ?? {};
    // A state takes at least as much memory as its bytes, and allocators round up.
    const twin = await this.#made(
      "looking",
      state && initial + 4 + Math.ceil((state.datum.length * 1.125) / 65_536),
    );
    await this.#wanted(twin, async () => {
      await twin.start();
      if (state) await twin.restore(state);
      await twin.check();
    });
    this.#pages = twin.pages;
    return twin;
  }

  async successor(): Promise<WorkerGeneration> {
    const successor = await this.#made("held", this.#pages);
    await this.#wanted(successor, () => successor.start());
    return successor;
  }

  /** Works on a generation as long as it is wanted: its guest may never end. @throws PluginError `aborted` */
  async #wanted(made: WorkerGeneration, work: () => Promise<unknown>): Promise<void> {
    const signal = this.#signal;
    const end = () => made.discard();
    signal?.addEventListener("abort", end);
    try {
      if (!signal?.aborted) await work();
    } catch (error) {
      made.discard();
      if (!signal?.aborted) throw error;
    } finally {
      signal?.removeEventListener("abort", end);
    }
    if (!signal?.aborted) return;
    made.discard();
    throw new PluginError("aborted", "the caller gave up while it was made");
  }
}
