/// <reference lib="esnext.disposable" preserve="true" />
/** Sets: plugins that were loaded together, and call one another. */
import { misfit } from "../option.ts";
import type { Plugin } from "../plugin.ts";
import { type CloseOptions, drainOf } from "../swap/close-options.ts";
import type { Dependency } from "./wiring.ts";

export interface SetParts<P extends readonly Plugin[]> {
  /** In the order of the entries. */
  readonly plugins: P;
  readonly dependencies: readonly Dependency[];
  /** The plugins in the order in which they began. */
  readonly begun: readonly Plugin[];
}

/** Made by `loadAll`. */
export class PluginSet<P extends readonly Plugin[] = readonly Plugin[]> implements AsyncDisposable {
  /** The plugins in the order in which they were given, each with the type of its contract. */
  readonly plugins: P;
  /** Which plugin calls which. */
  readonly dependencies: readonly Dependency[];
  readonly #begun: readonly Plugin[];
  readonly #byName: ReadonlyMap<string, Plugin>;

  constructor({ plugins, dependencies, begun }: SetParts<P>) {
    this.plugins = plugins;
    this.dependencies = dependencies;
    this.#begun = begun;
    this.#byName = new Map(plugins.map((each) => [each.name, each]));
  }

  /** Whether a plugin of this name is in the set. */
  has(name: string): boolean {
    return this.#byName.has(name);
  }

  /** The plugin of this name; `get("trips").as(Trips)` has the types of a contract. @throws PluginError `argument` */
  get(name: string): Plugin {
    const found = this.#byName.get(name);
    if (found) return found;
    throw misfit(name, "a plugin of the set", `one of ${[...this.#byName.keys()].join(", ")}`);
  }

  /**
   * Closes every plugin before those that it calls.
   *
   * @throws PluginError the first one of a `close`: `in-use` when a plugin outside of the set calls one in it. All
   * others are closed
   */
  async close(options?: CloseOptions): Promise<void> {
    const drain = drainOf(options);
    const failed = await closed(this.#begun, { drain });
    if (failed.length > 0) throw failed[0];
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** Closes plugins in the reverse of the order in which they began. @returns the errors of those that were not closed */
export async function closed(begun: readonly Plugin[], options?: CloseOptions): Promise<unknown[]> {
  const failed: unknown[] = [];
  for (const each of [...begun].reverse()) {
    await each.close(options).catch((error: unknown) => failed.push(error));
  }
  return failed;
}
