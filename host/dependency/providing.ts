/** Providing: one plugin's functions are granted to others, and a swap of either side keeps the other working. */
import { carried } from "#async-context";
import { camelCase, type FunctionType } from "../../abi/type.ts";
import type { Awaitable } from "../awaitable.ts";
import { atOnce, later, type Slot } from "../call/calls.ts";
import { detail, PluginError } from "../errors.ts";
import type { Build, Generation } from "../generation/generation.ts";
import type { Dependent, Provider, Providing as Shape } from "../grant/provider.ts";
import { title } from "../module/info.ts";
import type { Lifecycle } from "../swap/lifecycle.ts";
import { Dependencies } from "./dependencies.ts";
import { Holding, quietIn, upwards } from "./gates.ts";
import { unserved } from "./unserved.ts";

/** One plugin that calls this one. */
interface Joined {
  readonly dependent: Dependent;
  readonly provider: Provider;
  /** Whether its calls can wait. */
  readonly waits: boolean;
}

export class Providing implements Shape {
  readonly rank: number;
  readonly #lifecycle: Lifecycle;
  readonly #own: Dependent;
  readonly #joined = new Set<Joined>();
  /** The numbers of functions that dependents call, by name and type. */
  readonly #slots = new Map<string, Slot>();
  readonly #holding = new Holding();

  constructor(lifecycle: Lifecycle, own: Dependent) {
    this.#lifecycle = lifecycle;
    this.#own = own;
    this.rank = own.rank;
  }

  get inUse(): PluginError | undefined {
    const users = new Set([...this.#using()].map(({ build }) => title(build)));
    if (users.size === 0) return undefined;
    const why = `${[...users].join(", ")} would have nothing to call; close what calls it first`;
    return new PluginError("in-use", `could not close ${this.#lifecycle.name}: ${why}`);
  }

  get atOnce(): readonly Dependent[] {
    const those = [...this.#using()].filter(({ waits }) => !waits);
    return [...new Set(those.map(({ dependent }) => dependent))];
  }

  /** What a grant of this plugin tells its dependents. @param waits whether their calls can wait */
  provider(waits: boolean): Provider {
    const provider: Provider = {
      dependenciesOf: (plugin) => new Dependencies(plugin),
      rank: this.rank,
      join: (dependent) => this.#join({ dependent, provider, waits }),
      serves: (build, dependent) => {
        for (const own of this.#own.builds) this.#refuse(own, { dependent, provider, build });
      },
    };
    return provider;
  }

  #join(joined: Joined): () => void {
    const { dependent, provider } = joined;
    const { name, closed } = this.#lifecycle;
    if (closed)
      throw new PluginError(
        "closed",
        `could not load ${dependent.name}: ${name}, which it calls, was closed`,
      );
    try {
      for (const build of dependent.builds) provider.serves(build, dependent);
    } catch (cause) {
      if (!(cause instanceof PluginError)) throw cause;
      throw new PluginError(cause.code, `could not load ${dependent.name}: ${detail(cause)}`, { cause });
    }
    this.#joined.add(joined);
    return () => this.#joined.delete(joined);
  }

  check(build: Build, successor?: Generation): void {
    for (const used of this.#using()) {
      this.#refuse(build, used);
      if (successor?.answersLater && !used.waits) {
        const why = `its calls answer later, and ${used.dependent.name} ${used.build.manifest.version} calls it at once`;
        const how = "load that with a grant of { async: true }";
        throw new PluginError("broken-dependency", `version ${build.manifest.version}: ${why}; ${how}`);
      }
    }
  }

  /** @throws PluginError `broken-dependency` when a version of this plugin does not serve a build of a dependent */
  #refuse(
    own: Build,
    { dependent, provider, build }: Pick<Joined, "dependent" | "provider"> & { readonly build: Build },
  ): void {
    const used = build.manifest.imports.filter((each) => dependent.providerOf(each.interface) === provider);
    const problems = used.flatMap((each) => unserved(own.manifest, each));
    if (problems.length === 0) return;
    const whole = `${title(own)} does not serve what ${title(build)} uses: ${problems.join("; ")}`;
    throw new PluginError("broken-dependency", whole);
  }

  /** The dependents, with every version of each that calls this plugin. */
  *#using(): Iterable<Joined & { readonly build: Build }> {
    for (const joined of this.#joined) {
      const { dependent, provider } = joined;
      for (const build of new Set(dependent.builds)) {
        if (build.manifest.imports.some((each) => dependent.providerOf(each.interface) === provider))
          yield { ...joined, build };
      }
    }
  }

  quiet<T>(work: () => Awaitable<T>, drain: number, signal?: AbortSignal): Promise<T> {
    let next = () => this.#lifecycle.gate.quiet(work, drain, signal);
    for (const each of upwards(this.atOnce)) next = quietIn(each, next, [drain, signal]);
    return next();
  }

  hold(held: boolean): void {
    this.#holding.hold(held, () => upwards(this.atOnce));
  }

  /**
   * A function of this plugin as a dependent calls it.
   * @param type as the dependent imports it
   */
  call(name: string, type: FunctionType, waits: boolean): (...args: never[]) => unknown {
    const { serving } = this.#lifecycle;
    const slot = this.#slot(camelCase(name), type);
    return waits ? later(serving, slot, { bind: carried }) : atOnce(serving, slot);
  }

  #slot(key: string, type: FunctionType): Slot {
    const id = JSON.stringify([key, type.params, type.result]);
    const known = this.#slots.get(id);
    if (known) return known;
    const { current, probation, successor, contracts } = this.#lifecycle;
    const slot = { key, id: current.calls.length, arity: type.params.length };
    const own = { path: "", version: [], text: "" };
    const contract = { interface: own, functions: new Map([[key, type]]), lenient: true };
    for (const each of new Set([current, probation?.incumbent, successor])) each?.bind(contract);
    contracts.push(contract);
    this.#slots.set(id, slot);
    return slot;
  }
}
