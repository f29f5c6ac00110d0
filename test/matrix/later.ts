/** Generations that answer later whatever may be awaited: the protocol around them is the one of near generations. */

import { assemble } from "../../host/assemble.ts";
import type { Functions } from "../../host/contract/contract.ts";
import type {
  Build,
  Call,
  Candidate,
  CandidateOptions,
  Generation,
  GenerationMaker,
  State,
  Surroundings,
} from "../../host/generation/generation.ts";
import { moduleOf, NearMaker } from "../../host/generation/near-maker.ts";
import type { CallLog, CallObserver, RecordedCall, TrappedCall } from "../../host/generation/observer.ts";
import type { HostCalls } from "../../host/generation/question.ts";
import { moult } from "../../host/guest/moult.ts";
import { boundsOf } from "../../host/isolation.ts";
import type { LoadOptions } from "../../host/load-options.ts";
import type { Contract, PluginError } from "../../host/mod.ts";
import { type FetchOptions, fetchSource, type Source } from "../../host/module/source.ts";
import type { Plugin } from "../../host/plugin.ts";
import { isLive, type LiveSource } from "../../host/swap/live-source.ts";

type Later<F extends Functions> = LoadOptions<F> & { readonly contract: Contract<F> };

/** What `load` does, with generations that answer later. */
export async function loadLater<F extends Functions>(
  given: Source | LiveSource,
  options: Later<F>,
): Promise<Plugin<F>> {
  const { contract, grant = [], queue = 1024, trust } = options;
  const { limits } = await boundsOf(options);
  const source = isLive(given) ? await given.current() : given;
  const module = await moduleOf(await fetchSource(source, options), { adapter: moult, limits });
  const { name } = module.manifest;
  const plugin = await assemble({ ...options, name, contract, queue }, (surroundings) => {
    const maker = new LaterMaker(
      surroundings,
      (inner) =>
        new NearMaker(inner, {
          grants: grant.flat(),
          adapter: moult,
          limits,
          ...(trust && { proofs: { trust } }),
        }),
    );
    return { maker, build: maker.over(maker.near.of(module)) };
  });
  if (isLive(given)) plugin.follow(given, options.follow);
  return plugin;
}

class LaterMaker implements GenerationMaker {
  readonly near: NearMaker;
  readonly #known = new WeakMap<Generation, LaterGeneration>();

  constructor(surroundings: Surroundings, near: (surroundings: Surroundings) => NearMaker) {
    this.near = near({
      ...surroundings,
      onTrap: (generation, error) => surroundings.onTrap(this.#known.get(generation) ?? generation, error),
    });
  }

  async fetch(source: Source, options: FetchOptions): Promise<Build> {
    return this.over(await this.near.fetch(source, options));
  }

  over(near: Build): Build {
    const build: Build = {
      manifest: near.manifest,
      typed: near.typed,
      digest: near.digest,
      from: near.from,
      warnings: near.warnings,
      fit: (contracts) => near.fit(contracts),
      candidate: (options: CandidateOptions): Candidate => {
        const candidate = near.candidate(options);
        return {
          twin: async (state) => this.#later(build, await candidate.twin(state)),
          successor: async () => this.#later(build, await candidate.successor()),
        };
      },
    };
    return build;
  }

  recording(): Promise<void> {
    return this.near.recording();
  }

  close(): void {
    this.near.close();
  }

  async #later(build: Build, near: Generation): Promise<LaterGeneration> {
    await turn();
    const generation = new LaterGeneration(build, near);
    this.#known.set(near, generation);
    return generation;
  }
}

class LaterGeneration implements Generation {
  readonly build: Build;
  readonly #near: Generation;
  calls: readonly Call[] = [];

  constructor(build: Build, near: Generation) {
    this.build = build;
    this.#near = near;
    this.#bind();
  }

  get number(): number {
    return this.#near.number;
  }

  readonly answersLater = true;

  get trapped(): PluginError | undefined {
    return this.#near.trapped;
  }

  get fuelUsed(): number | undefined {
    return this.#near.fuelUsed;
  }

  get cloneable(): boolean {
    return this.#near.cloneable;
  }

  bind(contract: Contract): void {
    this.#near.bind(contract);
    this.#bind();
  }

  unbind(first: number): void {
    this.#near.unbind(first);
    this.#bind();
  }

  observe(observer: CallObserver | undefined): void {
    this.#near.observe(observer && { ...observer, answersLater: true });
    this.#bind();
  }

  answerFrom(hostCalls: () => HostCalls): void {
    this.#near.answerFrom(hostCalls);
    this.#bind();
  }

  failed(error: unknown, name: string): PluginError {
    return this.#near.failed(error, name);
  }

  abandon(error: PluginError): void {
    this.#near.abandon(error);
  }

  async save(reuse?: State): Promise<State | undefined> {
    await turn();
    return this.#near.save(reuse);
  }

  async saveInPlace(): Promise<State | undefined> {
    await turn();
    return this.#near.saveInPlace();
  }

  forget(): void {
    this.#near.forget();
  }

  async restore(state: State): Promise<void> {
    await turn();
    await this.#near.restore(state);
    await turn();
  }

  async check(): Promise<void> {
    await turn();
    await this.#near.check();
  }

  serve(): void {
    this.#near.serve();
  }

  discard(): void {
    this.#near.discard();
  }

  retire(): ReturnType<Generation["retire"]> {
    return this.#near.retire();
  }

  closing(): void {
    this.#near.closing();
  }

  async replay(call: RecordedCall, log?: CallLog): Promise<number> {
    await turn();
    return this.#near.replay(call, log);
  }

  async resume(call: TrappedCall): Promise<unknown> {
    await turn();
    return this.#near.resume(call);
  }

  image(): ReturnType<Generation["image"]> {
    return this.#near.image();
  }

  async clone(): Promise<Generation> {
    return new LaterGeneration(this.build, await this.#near.clone());
  }

  #bind(): void {
    this.calls = this.#near.calls.map((call) => async (...args: never[]) => {
      await turn();
      const answer = await call(...args);
      await turn();
      return answer;
    });
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
